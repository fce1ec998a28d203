"""/proc/filesystems: the kinds of file systems that the kernel can mount now; modules add theirs as they load.

Sources: proc_filesystems(5), filesystems_proc_show() in fs/filesystems.c.
"""

from __future__ import annotations

from typing import NamedTuple

from bedplate.errors import ParseError
from bedplate.values.escape import decoded

# Some 60 are built in or loaded on a large distribution kernel.
_LINES_LIMIT = 1 << 12


class FileSystem(NamedTuple):
    """One kind of file system."""

    name: str
    nodev: bool
    """Whether it needs no block device."""


def parse_filesystems(text: bytes) -> tuple[FileSystem, ...]:
    """Return the kinds in the order of the file; ParseError where a line is none, or the last one is cut off."""
    text = text.rstrip(b"\0")
    if not text.endswith(b"\n") or text.count(b"\n") > _LINES_LIMIT:
        raise ParseError(f"not whole lines, at most {_LINES_LIMIT}", text=text[-80:])
    return tuple(_kind(line) for line in text.split(b"\n")[:-1])


def _kind(line: bytes) -> FileSystem:
    mark, tab, name = line.partition(b"\t")
    if not tab or mark not in (b"", b"nodev") or not name.strip() or len(name.split()) != 1:
        raise ParseError("not a line such as “nodev⇥proc”", text=line[:80])
    return FileSystem(decoded(name.strip()), mark == b"nodev")
