"""Small made-up settings, on which rules show what they find; the rest of a host is in facts/specimen.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bedplate.facts.sysctl_key import ACTION
from bedplate.facts.sysctls import CATALOGUE, Kind, Sysctls, path_of
from bedplate.values.idset import CpuSet
from bedplate.values.reading import Absent, Denied, Malformed, Present, Source

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bedplate.facts.sysctls import Key, Value
    from bedplate.values.reading import Reading


def specimen_sysctls(changed: Mapping[str, Value | Reading[Value]] | None = None) -> Sysctls:
    """Return the catalogue's settings, each at its default, but for those given.

    A default that depends on the machine is 0, one that is a set CPU 0 alone, and of what only acts there is no value.
    """
    given = changed or {}
    return Sysctls({name: _reading(key, given.get(name)) for name, key in CATALOGUE.items()})


def _reading(key: Key, given: Value | Reading[Value] | None) -> Reading[Value]:
    source = Source(path_of(key.name))
    if isinstance(given, Present | Absent | Denied | Malformed):
        return given
    if given is None and key.write_only:
        return Absent(source, ACTION)
    return Present(_usual(key) if given is None else given, source)


def _usual(key: Key) -> Value:
    if key.kind in (Kind.CPU_LIST, Kind.CPU_MASK):
        return CpuSet([0])
    if key.default is None:
        return (0,) if key.kind is Kind.NUMBERS else 0
    return key.default
