r"""Parses /proc/<pid>/maps: one line for each mapping of an address space.

Sources: show_vma_header_prefix() and show_map_vma() of fs/proc/task_mmu.c, proc_pid_maps(5).

A path is written as it is but for newlines, which become ``\012``; a path that holds these four characters reads the
same, and so does a file called ``x (deleted)`` and the deleted file ``x``.  So the text is kept as it stands; the
ioctl PROCMAP_QUERY (Linux 6.11) is what tells them apart.
"""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING

from bedplate.errors import ParseError
from bedplate.parse.raw_record import RawRecord, check_lines, matched_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

# 65,530 mappings (vm.max_map_count) of 4 KiB paths would be more; no such host was seen.
_LIMIT_BYTES = 64 << 20
# start-end perms offset major:minor inode, padding, path.  A minor number has up to 20 bits, a major one 12.
_LINE = re.compile(
    rb"^([0-9a-f]{1,16})-([0-9a-f]{1,16}) ([^ \n]{4}) ([0-9a-f]{1,16})"
    rb" ([0-9a-f]{2,8}):([0-9a-f]{2,8}) ([0-9]{1,20})(?: +([^\n]*+))?+\n",
    re.ASCII | re.MULTILINE,
)
_DELETED = b" (deleted)"


class Mapping(tuple[bytes, ...]):
    """One mapping: the eight parts of its line, each a number when it is asked for."""

    __slots__ = ()

    @property
    def start(self) -> int:
        """The address of its first byte."""
        return int(self[0], 16)

    @property
    def end(self) -> int:
        """The address behind its last byte."""
        return int(self[1], 16)

    @property
    def perms(self) -> str:
        """``r``, ``w``, ``x`` or ``-`` each, and ``s`` for shared or ``p`` for private (copy on write)."""
        return str(self[2], "latin-1")

    @property
    def offset(self) -> int:
        """Bytes into the file."""
        return int(self[3], 16)

    @property
    def major(self) -> int:
        """The major number of the file's device."""
        return int(self[4], 16)

    @property
    def minor(self) -> int:
        """The minor number of the file's device."""
        return int(self[5], 16)

    @property
    def inode(self) -> int:
        """0 where there is no file."""
        return int(self[6])

    @property
    def pathname(self) -> bytes:
        """As the kernel wrote it: a path, ``[heap]``, ``[anon:name]``, or nothing; untrusted bytes."""
        return self[7]

    @property
    def size_bytes(self) -> int:
        """Bytes of address space."""
        return self.end - self.start

    @property
    def maybe_deleted(self) -> bool:
        """Whether the file is deleted, or has a name that says so."""
        return self.pathname.endswith(_DELETED) and self.inode != 0


class Maps(RawRecord):
    """The mappings of one address space, each read when it is come to; no mapping: the task has no address space.

    The kernel gives an empty file for kernel threads and zombies; a live process has one mapping at least.
    """

    __slots__ = ()

    def __iter__(self) -> Iterator[Mapping]:
        return map(Mapping, chain.from_iterable(matched_lines(self.raw, _LINE)))

    def __len__(self) -> int:
        return self.raw.count(b"\n")


def parse_maps(raw: bytes) -> Maps:
    """Return the mappings of a maps file; a line that is none raises ParseError when it is come to."""
    check_lines(raw, _LIMIT_BYTES, "maps")
    return Maps(raw)


def parse_mapping(line: bytes) -> Mapping:
    """Return the mapping of one line, which ends with its newline; smaps has the same lines."""
    match = _LINE.fullmatch(line)
    if match is None:
        raise ParseError("not a mapping", text=line[:400])
    return Mapping(match.groups(b""))
