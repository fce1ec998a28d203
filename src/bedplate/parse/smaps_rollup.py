"""Parses /proc/<pid>/smaps_rollup: the sums of smaps over an address space, in one block.

Sources: show_smaps_rollup() of fs/proc/task_mmu.c, Documentation/ABI/testing/procfs-smaps_rollup; since Linux 4.14.

Reading it walks the page tables under the lock of the address space, 72 ms for 4 GiB of small pages: it is not for
polling.  The lock is dropped when others wait for it, so the sums are not of one instant.  A task without an address
space has no such text: the read fails with ESRCH, as it does where the process has ended.
"""

from __future__ import annotations

import re

from bedplate.errors import ParseError
from bedplate.parse.maps import parse_mapping
from bedplate.parse.memory_sizes import MemorySizes, Size
from bedplate.parse.raw_record import check_lines

_LIMIT_BYTES = 1 << 16
_LINES = re.compile(rb"(?:[A-Za-z_]+: +[0-9]{1,16} kB\n)*+", re.ASCII)
ROLLUP = b"[rollup]"


class SmapsRollup(MemorySizes):
    """The sums; 22 lines in Linux 7.2.  ``mapping`` is from the first mapping's start to the last one's end."""

    __slots__ = ()

    pss_anon = Size("Pss_Anon")
    """The parts of Pss, since Linux 5.4; they are in smaps_rollup alone."""
    pss_file = Size("Pss_File")
    pss_shmem = Size("Pss_Shmem")


def parse_smaps_rollup(raw: bytes) -> SmapsRollup:
    """Return the sums; every line has been checked, those of names unknown here too."""
    check_lines(raw, _LIMIT_BYTES, "smaps_rollup")
    first = raw.find(b"\n") + 1
    if parse_mapping(raw[:first]).pathname != ROLLUP:
        raise ParseError("not the sums of an address space", field="smaps_rollup", text=raw[:first])
    match = _LINES.match(raw, first)
    checked = 0 if match is None else match.end()
    if checked != len(raw):
        raise ParseError("not a size in kB", field="smaps_rollup", text=raw[checked:].partition(b"\n")[0])
    return SmapsRollup(raw)
