"""Parses /proc/<pid>/statm: the sizes of a task's memory in pages.

Sources: proc_pid_statm() of fs/proc/array.c, proc_pid_statm(5).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bedplate.errors import ParseError
from bedplate.parse.decimal import U64_LIMIT

if TYPE_CHECKING:
    from bedplate.values.constants import HostConstants

_LIMIT_BYTES = 4096


class Statm(NamedTuple):
    """Sizes in pages.

    Before Linux 6.16 the counters behind resident and shared may be off by some dozens of pages for each CPU;
    smaps_rollup is exact, and dear.
    """

    size: int
    resident: int
    shared: int
    """Resident pages of files and shared memory."""
    text: int
    lib: int
    """Always 0 since Linux 2.6."""
    data: int
    """Data and stack."""
    dt: int
    """Always 0 since Linux 2.6."""

    def resident_bytes(self, constants: HostConstants) -> int | None:
        """Return resident bytes; None where the page size of the host is not known."""
        return None if constants.page_size_bytes is None else self.resident * constants.page_size_bytes


def parse_pid_statm(raw: bytes) -> Statm | None:
    """Return the sizes; None where the task has no address space: the kernel writes seven zeros then.

    Columns of later kernels are not told; there is none up to 7.2.
    """
    if len(raw) > _LIMIT_BYTES or raw[-1:] != b"\n" or raw.translate(None, b"0123456789 \n"):
        raise ParseError("not one line of page counts", text=raw[:400])
    try:
        sizes = tuple(map(int, raw[:-1].split(b" ")))
    except ValueError:
        raise ParseError("not numbers with a space between them", text=raw) from None
    if len(sizes) < 7 or max(sizes) >= U64_LIMIT:
        raise ParseError("not seven numbers of 64 bits at least", text=raw)
    return Statm(*sizes[:7]) if any(sizes) else None
