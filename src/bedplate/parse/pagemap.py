"""What a word of /proc/<pid>/pagemap says of one page of an address space.

Sources: pagemap_read() of fs/proc/task_mmu.c, Documentation/admin-guide/mm/pagemap.rst.

A frame number of 0 is not a place: since Linux 4.2 the kernel writes 0 for whoever lacks CAP_SYS_ADMIN in the initial
user namespace (4.0 and 4.1 refuse the file to him).  The low bits of a swapped page mean something else, so PRESENT is
looked at first; and a guard page has SWAP set too, so GUARD (bit 58, since Linux 6.15) is looked at before SWAP.
"""

from __future__ import annotations

from enum import KEEP, Enum, IntFlag
from typing import TYPE_CHECKING, NamedTuple

from bedplate.parse.words import parse_words

if TYPE_CHECKING:
    from array import array

    from bedplate.values.constants import HostConstants

_PFN_MASK = (1 << 55) - 1
_TYPE_BITS = 5
# Above the swap areas are types for what is no swapped page: migration, device memory, poison.  The last one marks
# userfaultfd's markers and its poison since Linux 5.19; it was never a swap area where the kernel can move pages.
_MARKER_TYPE = 31


class PagemapFlag(IntFlag, boundary=KEEP):
    """The flags of a word, bits 55 to 63; 59 and 60 are 0 up to Linux 7.2, and are kept."""

    SOFT_DIRTY = 1 << 55
    """Written since clear_refs was; always set without CONFIG_MEM_SOFT_DIRTY in some kernels, see pagemap.rst."""
    MMAP_EXCLUSIVE = 1 << 56
    """Mapped by this process alone (since Linux 4.2); for a part of a large folio, the whole may be looked at."""
    UFFD_WP = 1 << 57
    """Write-protected by userfaultfd; since Linux 5.13."""
    GUARD_REGION = 1 << 58
    """madvise(MADV_GUARD_INSTALL); since Linux 6.15."""
    FILE = 1 << 61
    """Of a file or of shared memory; since Linux 3.5."""
    SWAP = 1 << 62
    PRESENT = 1 << 63


class PageState(Enum):
    """Where a page of an address space is."""

    NONE = "none"
    """Nothing is there: never touched, or given back."""
    PRESENT = "present"
    SWAPPED = "swapped"
    """On a swap area, or on its way to another place (migration)."""
    MARKER = "marker"
    """Looks swapped, is a mark of userfaultfd or of poison; a count of swapped pages must not have it."""
    GUARD = "guard"
    """A guard page: touching it is SIGSEGV."""


class PagemapEntry(NamedTuple):
    """One page."""

    word: int

    @property
    def flags(self) -> PagemapFlag:
        """Bits 55 to 63."""
        return PagemapFlag(self.word & ~_PFN_MASK)

    @property
    def state(self) -> PageState:
        """Where the page is."""
        word = self.word
        if word & PagemapFlag.PRESENT.value:
            return PageState.PRESENT
        if word & PagemapFlag.GUARD_REGION.value:
            return PageState.GUARD
        if word & PagemapFlag.SWAP.value:
            return PageState.MARKER if word & (1 << _TYPE_BITS) - 1 == _MARKER_TYPE else PageState.SWAPPED
        return PageState.NONE

    @property
    def pfn(self) -> int | None:
        """The page's frame number; None where it has none and where it is hidden."""
        return self.word & _PFN_MASK or None if self.state is PageState.PRESENT else None

    @property
    def pfn_hidden(self) -> bool:
        """Whether the page has a frame that is kept from a reader who lacks CAP_SYS_ADMIN."""
        return self.state is PageState.PRESENT and self.word & _PFN_MASK == 0

    @property
    def swap_type(self) -> int | None:
        """The number of the swap area; None for what is not swapped.  0 for whoever may not see frame numbers."""
        return self.word & (1 << _TYPE_BITS) - 1 if self.state is PageState.SWAPPED else None

    @property
    def swap_offset(self) -> int | None:
        """The page's place on the swap area, in pages; as ``swap_type``."""
        return (self.word & _PFN_MASK) >> _TYPE_BITS if self.state is PageState.SWAPPED else None


def parse_pagemap(raw: bytes, constants: HostConstants) -> array[int]:
    """Return the words of a piece of a pagemap file; :class:`PagemapEntry` says what one means."""
    return parse_words(raw, constants)
