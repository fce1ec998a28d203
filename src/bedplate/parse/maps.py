r"""Parses /proc/<pid>/maps: one line for each mapping of an address space.

Sources: show_vma_header_prefix() and show_map_vma() of fs/proc/task_mmu.c, proc_pid_maps(5).

A path is written as it is but for newlines, which become ``\012``; a path that holds these four characters reads the
same, and so does a file called ``x (deleted)`` and the deleted file ``x``.  So the text is kept as it stands; the
ioctl PROCMAP_QUERY (Linux 6.11) is what tells them apart.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from bedplate.errors import ParseError
from bedplate.parse.raw_record import RawRecord, check_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

# 65,530 mappings (vm.max_map_count) of 4 KiB paths would be more; no such host was seen.
_LIMIT_BYTES = 64 << 20
# start-end perms offset major:minor inode, padding, path.  A minor number has up to 20 bits, a major one 12.
_LINE = (
    rb"([0-9a-f]{1,16})-([0-9a-f]{1,16}) ([^ \n]{4}) ([0-9a-f]{1,16})"
    rb" ([0-9a-f]{2,8}):([0-9a-f]{2,8}) ([0-9]{1,20})(?: +([^\n]*+))?+\n"
)
_ONE = re.compile(_LINE, re.ASCII)
# Possessive: without it the matcher keeps a state for each line, a gigabyte for a hostile file.
_ALL = re.compile(rb"(?:" + re.sub(rb"\((?!\?)", rb"(?:", _LINE) + rb")*+", re.ASCII)
_DELETED = b" (deleted)"


class Mapping(NamedTuple):
    """One mapping."""

    start: int
    end: int
    """The address behind its last byte."""
    perms: str
    """``r``, ``w``, ``x`` or ``-`` each, and ``s`` for shared or ``p`` for private (copy on write)."""
    offset: int
    """Bytes into the file."""
    major: int
    minor: int
    inode: int
    """0 where there is no file."""
    pathname: bytes
    """As the kernel wrote it: a path, ``[heap]``, ``[anon:name]``, or nothing; untrusted bytes."""

    @property
    def size_bytes(self) -> int:
        """Bytes of address space."""
        return self.end - self.start

    @property
    def maybe_deleted(self) -> bool:
        """Whether the file is deleted, or has a name that says so."""
        return self.inode != 0 and self.pathname.endswith(_DELETED)


class Maps(RawRecord):
    """The mappings of one address space, each read when it is come to; no mapping: the task has no address space.

    The kernel gives an empty file for kernel threads and zombies; a live process has one mapping at least.
    """

    __slots__ = ()

    def __iter__(self) -> Iterator[Mapping]:
        return map(_mapping, _ONE.findall(self.raw))

    def __len__(self) -> int:
        return self.raw.count(b"\n")


def parse_maps(raw: bytes) -> Maps:
    """Return the mappings of a maps file; every line has been checked."""
    check_lines(raw, _LIMIT_BYTES, "maps")
    match = _ALL.match(raw)
    checked = 0 if match is None else match.end()
    if checked != len(raw):
        raise ParseError("not a mapping", text=raw[checked : checked + 400].partition(b"\n")[0])
    return Maps(raw)


def parse_mapping(line: bytes) -> Mapping:
    """Return the mapping of one line, which ends with its newline; smaps has the same lines."""
    match = _ONE.fullmatch(line)
    if match is None:
        raise ParseError("not a mapping", text=line[:400])
    return _mapping(match.groups(b""))


def _mapping(parts: tuple[bytes, ...]) -> Mapping:
    start, end, perms, offset, major, minor, inode, path = parts
    device = int(major, 16), int(minor, 16)
    return Mapping(int(start, 16), int(end, 16), str(perms, "latin-1"), int(offset, 16), *device, int(inode), path)
