"""What a kernel setting is: one row of the catalogue of facts/sysctls.py."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    """What the text of a setting is, and so the type of its value."""

    INTEGER = "integer"
    NUMBERS = "numbers"
    """Several integers on one line, such as kernel.sem: a tuple."""
    TEXT = "text"
    CPU_LIST = "cpu-list"
    CPU_MASK = "cpu-mask"


# The ends of the C types that settings without limits of their own are stored in.
INT_MIN, INT_MAX = -(1 << 31), (1 << 31) - 1
UINT_MAX = (1 << 32) - 1
ACTION = "an action and not a setting"
"""Begins the reason for which what is there and only acts has no value."""
ULONG_MAX = (1 << 64) - 1


class Key(NamedTuple):
    """One setting: what it is, what it takes, and what a write to it does besides."""

    name: str
    """As sysctl(8) writes it: vm.swappiness."""
    meaning: str
    """One sentence."""
    default: int | tuple[int, ...] | str | None = None
    """What a mainline kernel starts with; None where that depends on the machine or on the kernel's options."""
    low: int | None = None
    """The smallest value that the kernel accepts; None where the setting is no single number."""
    high: int | None = None
    """The largest value that the kernel accepts."""
    unit: str | None = None
    """``bytes``, ``KiB``, ``pages``, ``ms``, ``percent``, ``gid`` …; ``bits`` is a mask of flags, ``mode`` a choice."""
    kind: Kind = Kind.INTEGER
    option: str | None = None
    """The kernel option that it needs, without which there is no file."""
    since: str | None = None
    """The first kernel with it; None for those that are older than Linux 3.0."""
    until: str | None = None
    """The first kernel without it."""
    clears: str | None = None
    """The twin that a write to this key sets to 0, even a write of the value that is there already."""
    namespace: str | None = None
    """The kind of namespace that each has a value of its own: ``ipc``, ``net``, ``pid``, ``user``."""
    write_only: bool = False
    """An action and not a setting: it holds no value and is never read."""
    one_way: str | None = None
    """What cannot be taken back before the next boot."""
    note: str | None = None
    """A trap: what reads back as something else, what is accepted and means nothing."""
    described: str | None = None
    """The kernel document with its section, where it is not the one for the key's first part."""

    @property
    def document(self) -> str:
        """The kernel document that describes it, such as ``admin-guide/sysctl/vm: swappiness``."""
        section, _, rest = self.name.partition(".")
        return self.described or f"admin-guide/sysctl/{section}: {rest}"

    def accepts(self, value: int) -> bool:
        """Return whether the kernel takes a number, as far as its limits tell."""
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)
