"""/proc/meminfo: sizes in kB and counts of huge pages, a line each.

Sources: Documentation/filesystems/proc.rst ("meminfo"), meminfo_proc_show() in fs/proc/meminfo.c, and for the last
lines hugetlb_report_meminfo() and arch_report_meminfo() of the architecture.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from bedplate.errors import ParseError
from bedplate.values.escape import decoded
from bedplate.values.sizes import KIB

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# "MemTotal:       66322432 kB", "HugePages_Total:     0", "Active(anon):  8 kB"
_LINE = re.compile(rb"^([^\s\0:]{1,64}):[ \t]*([0-9]{1,18})(?:[ \t]+(kB))?[ \t\r]*$", re.MULTILINE)


class Meminfo(NamedTuple):
    """What /proc/meminfo says; keys that this version does not know are kept like all others."""

    sizes: Mapping[str, int]
    """MemTotal, CommitLimit, Hugepagesize …: bytes, of the lines that are in kB (which the kernel means as KiB)."""
    counts: Mapping[str, int]
    """HugePages_Total, HugePages_Free, HugePages_Rsvd, HugePages_Surp: pages of the default size."""
    unknown: tuple[bytes, ...]
    """The lines that are neither."""


def parse_meminfo(text: bytes) -> Meminfo:
    """Return the sizes, in bytes, and the counts; ParseError where no line is one.

    Of two lines with one key the first stands.  A last line without its newline may have been cut off in the middle
    of its number, and is kept as unknown.
    """
    whole, _, cut = text.strip(b"\0").rpartition(b"\n")
    rows = _LINE.findall(whole)
    if not rows:
        raise ParseError("no line is such as “MemTotal: 1024 kB”", text=text[:80])
    complete = len(rows) == whole.count(b"\n") + 1 and not cut
    return Meminfo(*sizes_and_counts(rows), () if complete else (*_unknown(whole), *filter(None, [cut.strip()])))


def sizes_and_counts(rows: Iterable[tuple[bytes, bytes, bytes]]) -> tuple[dict[str, int], dict[str, int]]:
    """Return by key what rows of key, number and unit say: bytes of those in kB, and the numbers without a unit."""
    sizes: dict[str, int] = {}
    counts: dict[str, int] = {}
    for key, number, unit in rows:
        if unit:
            sizes.setdefault(decoded(key), int(number) * KIB)
        else:
            counts.setdefault(decoded(key), int(number))
    return sizes, counts


def _unknown(whole: bytes) -> tuple[bytes, ...]:
    return tuple(line for line in whole.split(b"\n") if line.strip() and not _LINE.fullmatch(line))
