"""Parses /proc/<pid>/cgroup: the group that a task is in, in each hierarchy.

Sources: proc_cgroup_show() of kernel/cgroup/cgroup.c, cgroups(7).

A line is ``hierarchy:controllers:path``; the one of cgroup v2 is ``0::path``.  Paths are as the namespace of the
READER shows them: one outside of its own root begins with ``/..``.  A path may hold colons; newlines are forbidden in
names of cgroups for the sake of this file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bedplate.errors import ParseError
from bedplate.parse.decimal import unsigned
from bedplate.parse.raw_record import RawRecord, check_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

# Dozens of hierarchies of 4 KiB paths.
_LIMIT_BYTES = 1 << 20
_UNIFIED = b"0::"
_NAMED = "name="
_DELETED = b" (deleted)"


class CgroupLine(NamedTuple):
    """The group of a task in one hierarchy."""

    hierarchy: int
    """0 for cgroup v2, else the number that /proc/cgroups and the mount have; it changes from boot to boot."""
    controllers: tuple[str, ...]
    """The controllers of a v1 hierarchy; none for v2 and for a named hierarchy."""
    name: str | None
    """The name of a v1 hierarchy that has one, such as ``systemd``."""
    path: bytes
    """Below the hierarchy's root, as it stands; untrusted bytes."""

    @property
    def maybe_deleted(self) -> bool:
        """Whether the group has been removed with a task still in it (v2, a zombie), or has a name that says so."""
        return self.hierarchy == 0 and self.path.endswith(_DELETED)


class Cgroups(RawRecord):
    """The groups of one task in all hierarchies.  Nothing is mounted where there is no line."""

    __slots__ = ()

    @property
    def unified(self) -> bytes | None:
        """The path in the cgroup v2 hierarchy; None where the kernel tells none."""
        at = 0 if self.raw.startswith(_UNIFIED) else self.raw.find(b"\n" + _UNIFIED) + 1
        if at == 0 and not self.raw.startswith(_UNIFIED):
            return None
        return self.raw[at + len(_UNIFIED) : self.raw.find(b"\n", at)]

    def of(self, controller: str) -> CgroupLine | None:
        """Return the group in the v1 hierarchy that has this controller; None where v1 does not have it."""
        word, raw = controller.encode("ascii", "replace"), self.raw
        at = raw.find(word)
        while at >= 0:
            # Whatever a path says, only the line as a whole tells which hierarchy it is.
            end = raw.find(b"\n", at)
            line = _line(raw[raw.rfind(b"\n", 0, at) + 1 : end])
            if controller in line.controllers:
                return line
            at = raw.find(word, end)
        return None

    def __iter__(self) -> Iterator[CgroupLine]:
        return map(_line, self.raw[:-1].split(b"\n") if self.raw else [])


def parse_pid_cgroup(raw: bytes) -> Cgroups:
    """Return the groups of a task; a line that cannot be read raises ParseError when it is come to."""
    check_lines(raw, _LIMIT_BYTES, "cgroup")
    return Cgroups(raw)


def _line(line: bytes) -> CgroupLine:
    hierarchy, colon, rest = line.partition(b":")
    words, second, path = rest.partition(b":")
    if not colon or not second or not path.startswith(b"/"):
        raise ParseError("not a hierarchy, controllers and a path", field="cgroup", text=line[:400])
    listed = words.decode("latin-1").split(",") if words else []
    name = next((word.removeprefix(_NAMED) for word in listed if word.startswith(_NAMED)), None)
    controllers = tuple(word for word in listed if not word.startswith(_NAMED))
    return CgroupLine(unsigned(hierarchy, "cgroup", 1 << 31), controllers, name, path)
