"""/proc/swaps: the swap areas in use.

Sources: proc_swaps(5), swap_show() in mm/swapfile.c.  The columns are what the heading names; sizes are in KiB.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from bedplate.errors import ParseError
from bedplate.parse.mounts import unescaped
from bedplate.values.escape import decoded
from bedplate.values.sizes import KIB

_HEADING = (b"Filename", b"Type", b"Size", b"Used", b"Priority")
_ROW = re.compile(rb"([^\s]+)\s+([a-z]{1,16})\s+([0-9]{1,16})\s+([0-9]{1,16})\s+(-?[0-9]{1,6})((?:\s+[^\s]+)*)\s*")


class SwapArea(NamedTuple):
    """One swap area."""

    filename: bytes
    """The device or file, by the path that the reader sees."""
    type: str
    """``partition`` or ``file``."""
    size_bytes: int
    used_bytes: int
    priority: int
    """Areas with a higher number are filled first; below 0 where nobody gave it one."""
    unknown: tuple[bytes, ...]
    """Further columns."""


def parse_swaps(text: bytes) -> tuple[SwapArea, ...]:
    """Return the swap areas, none where there is no swap.

    ParseError where the heading or a line is of another form, and where the last line is cut off.
    """
    text = text.rstrip(b"\0")
    if not text.endswith(b"\n"):
        raise ParseError("does not end with a whole line", text=text[-80:])
    heading, *lines = text.split(b"\n")[:-1]
    if tuple(heading.split()[: len(_HEADING)]) != _HEADING:
        raise ParseError("not the heading of /proc/swaps", text=heading[:80])
    return tuple(_area(line) for line in lines if line.strip())


def _area(line: bytes) -> SwapArea:
    match = _ROW.fullmatch(line)
    if match is None:
        raise ParseError("not a line such as “/dev/sda2 partition 131068 176 -2”", text=line[:80])
    name, kind, size, used, priority, more = match.groups()
    return SwapArea(
        unescaped(name), decoded(kind), int(size) * KIB, int(used) * KIB, int(priority), tuple(more.split())
    )
