"""Reads every file that names the hyper threads of a CPU's core."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bedplate.errors import ParseError
from bedplate.facts.siblings import Siblings
from bedplate.values.idset import CpuSet
from bedplate.values.reading import Absent, Malformed, Present, Source

if TYPE_CHECKING:
    from bedplate.host.root import Root
    from bedplate.values.reading import Reading

_CPU = "/sys/devices/system/cpu"
_FILES = (
    ("core_cpus", CpuSet.from_mask),
    ("core_cpus_list", CpuSet.from_list),
    ("thread_siblings", CpuSet.from_mask),
    ("thread_siblings_list", CpuSet.from_list),
)
# A mask of 2^16 CPUs has 18 KiB, a list of every second one 192 KiB.
_LIMIT_BYTES = 1 << 18


def read_siblings(root: Root, online: CpuSet) -> Siblings:
    """Return what the files of the online CPUs say; of a file that is not there nothing."""
    return Siblings({cpu: _views(root, f"{_CPU}/cpu{cpu}/topology") for cpu in online})


def _views(root: Root, folder: str) -> tuple[Reading[CpuSet], ...]:
    readings: list[Reading[CpuSet]] = []
    for name, parse in _FILES:
        path = f"{folder}/{name}"
        try:
            text = root.read(path, _LIMIT_BYTES)
        except OSError as error:
            missing = root.missing(path, error)
            if not isinstance(missing, Absent):
                readings.append(missing)
            continue
        try:
            readings.append(Present(parse(text), Source(path, raw=text)))
        except ParseError as error:
            readings.append(Malformed(Source(path), text, error.message, error.text))
    return tuple(readings)
