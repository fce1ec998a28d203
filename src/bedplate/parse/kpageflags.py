"""What a word of /proc/kpageflags says of one page frame; also what /proc/kpagecount does.

Sources: include/uapi/linux/kernel-page-flags.h, include/linux/kernel-page-flags.h, stable_page_flags() and
kpagecount_read() of fs/proc/page.c, Documentation/admin-guide/mm/pagemap.rst.

Bits up to 31 are stable.  Those from 32 on are the kernel's own: they move, go and are renamed.  A bit without a name
here is kept, and called by its number.  page-types(8) shows more names (anon_exclusive, readahead, slub_…, file, swap,
mmap_exclusive): it puts these together itself, they are not in the file.
"""

from __future__ import annotations

from enum import KEEP, IntFlag
from typing import TYPE_CHECKING, NamedTuple

from bedplate.parse.words import parse_words

if TYPE_CHECKING:
    from array import array

    from bedplate.values.constants import HostConstants


class KPageFlag(IntFlag, boundary=KEEP):
    """The flags of a page frame, by the kernel's names without KPF_; a second name is an older one of the same bit."""

    LOCKED = 1 << 0
    ERROR = 1 << 1
    """Not set since Linux 6.12."""
    REFERENCED = 1 << 2
    UPTODATE = 1 << 3
    DIRTY = 1 << 4
    LRU = 1 << 5
    ACTIVE = 1 << 6
    SLAB = 1 << 7
    WRITEBACK = 1 << 8
    RECLAIM = 1 << 9
    BUDDY = 1 << 10
    """Free; on the first page of a free block alone in older kernels, on all of them in newer ones."""
    MMAP = 1 << 11
    ANON = 1 << 12
    SWAPCACHE = 1 << 13
    SWAPBACKED = 1 << 14
    COMPOUND_HEAD = 1 << 15
    COMPOUND_TAIL = 1 << 16
    HUGE = 1 << 17
    """hugetlbfs."""
    UNEVICTABLE = 1 << 18
    HWPOISON = 1 << 19
    NOPAGE = 1 << 20
    """There is no page frame at this number."""
    KSM = 1 << 21
    THP = 1 << 22
    OFFLINE = 1 << 23
    BALLOON = 1 << 23
    ZERO_PAGE = 1 << 24
    IDLE = 1 << 25
    PGTABLE = 1 << 26
    RESERVED = 1 << 32
    MLOCKED = 1 << 33
    OWNER_2 = 1 << 34
    MAPPEDTODISK = 1 << 34
    PRIVATE = 1 << 35
    PRIVATE_2 = 1 << 36
    OWNER_PRIVATE = 1 << 37
    ARCH = 1 << 38
    UNCACHED = 1 << 39
    """Gone from newer kernels."""
    SOFTDIRTY = 1 << 40
    ARCH_2 = 1 << 41
    ARCH_3 = 1 << 42


def flag_names(word: int) -> list[str]:
    """Return the names of the bits that are set, lowest first; ``bit43`` for one that has none here."""
    return [KPageFlag(1 << bit).name or f"bit{bit}" for bit in range(word.bit_length()) if word >> bit & 1]


def parse_kpageflags(raw: bytes, constants: HostConstants) -> array[int]:
    """Return the words of a piece of kpageflags; :class:`KPageFlag` says what one means."""
    return parse_words(raw, constants)


class PageCounts(NamedTuple):
    """How often page frames are mapped."""

    counts: array[int]
    exact: bool | None
    """False: a kernel without CONFIG_PAGE_MAPCOUNT, which tells the average of a large folio's pages for each of
    them.  None where it is not known."""


def parse_kpagecount(raw: bytes, constants: HostConstants, page_mapcount: bool | None) -> PageCounts:
    """Return the words of a piece of kpagecount; ``page_mapcount`` is CONFIG_PAGE_MAPCOUNT of the host's kernel.

    Pass True where the kernel has no such option (before Linux 6.15): it counted each page.
    """
    return PageCounts(parse_words(raw, constants), page_mapcount)
