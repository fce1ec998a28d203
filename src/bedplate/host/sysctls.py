"""Reads the kernel settings of the catalogue from /proc/sys, and from debugfs those that the kernel has moved there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bedplate.facts.sysctl_key import ACTION
from bedplate.facts.sysctls import CATALOGUE, Kind, Sysctls, other_home_of, path_of
from bedplate.host.namespaces import namespace_of
from bedplate.parse.sysctl_value import parse_integer, parse_numbers, parse_text
from bedplate.values.idset import CpuSet
from bedplate.values.reading import Absent, Malformed, Present, Source

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bedplate.facts.sysctls import Key, Value
    from bedplate.host.root import Root
    from bedplate.values.reading import Reading

_PARSERS: Mapping[Kind, Callable[[bytes], Value]] = {
    Kind.INTEGER: parse_integer,
    Kind.NUMBERS: parse_numbers,
    Kind.TEXT: parse_text,
    Kind.CPU_LIST: CpuSet.from_list,
    Kind.CPU_MASK: CpuSet.from_mask,
}
_DEBUGFS = "/sys/kernel/debug"
# The one setting whose file may have no text although the kernel has it: where all CPUs are alike.
_MAY_BE_EMPTY = "kernel.sched_energy_aware"


def read_sysctls(root: Root) -> Sysctls:
    """Return every setting of the catalogue: its value, or why there is none.  What only acts is not opened."""
    namespaces = {kind: namespace_of(root, kind) for kind in {key.namespace for key in CATALOGUE.values()} if kind}
    return Sysctls({name: _read(root, key, namespaces.get(key.namespace or "")) for name, key in CATALOGUE.items()})


def _read(root: Root, key: Key, namespace: str | None) -> Reading[Value]:
    path = path_of(key.name)
    if key.write_only:
        return _action(root, key, path)
    reading = root.reading(path, _PARSERS[key.kind], absent=_why_absent(key))
    if isinstance(reading, Absent):
        return _elsewhere(root, key, reading)
    if key.name == _MAY_BE_EMPTY and isinstance(reading, Malformed) and not reading.text.strip():
        return Absent(reading.source, "the file is empty: all CPUs of this host are alike")
    if isinstance(reading, Present) and namespace is not None:
        return Present(reading.value, reading.source._replace(namespace=namespace))
    return reading


def _action(root: Root, key: Key, path: str) -> Reading[Value]:
    # Their mode is 0200, so that not even root can read them, but for stat_refresh, whose reading is a flush.
    if root.exists(path):
        return Absent(Source(path), f"{ACTION}: a write does something, and there is no value")
    certain = root.knows_absence_of(path)
    return Absent(Source(path), _why_absent(key) if certain else "not in this capture", certain)


def _elsewhere(root: Root, key: Key, absent: Absent) -> Reading[Value]:
    """Return the reading of a setting's other home; where that is not to be seen, why."""
    home = other_home_of(key.name)
    if home is None:
        return absent
    reading = root.reading(home, _PARSERS[key.kind])
    if not isinstance(reading, Absent):
        return reading
    if absent.certain and not root.names(_DEBUGFS):
        return Absent(Source(home), "debugfs, where newer kernels have it, is not mounted or holds nothing", False)
    return absent


def _why_absent(key: Key) -> str:
    needs = " and ".join(
        part for part in (key.option, f"Linux {key.since} or later" if key.since else None) if part is not None
    )
    gone = f"gone since Linux {key.until}" if key.until else None
    parts = [part for part in (f"needs {needs}" if needs else None, gone) if part is not None]
    return ", ".join(parts) or "not a setting of this kernel"
