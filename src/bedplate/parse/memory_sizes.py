"""The lines ``Pss:   120 kB`` that smaps and smaps_rollup share: sizes of a mapping, or of all, found by their names.

Source: __show_smap() of fs/proc/task_mmu.c.  The kernel counts bytes, and writes them in kB rounded down.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, overload

from bedplate.errors import ParseError
from bedplate.parse.decimal import unsigned
from bedplate.parse.maps import Mapping, parse_mapping
from bedplate.parse.raw_record import RawRecord
from bedplate.values.sizes import KIB

if TYPE_CHECKING:
    from collections.abc import Iterator

_LINE = re.compile(rb"\n([A-Za-z_]+):[ \t]*([^\n]*)", re.ASCII)
# 2^54 kB are all 64 bits of bytes.
_LIMIT_KIB = 1 << 54
# What int() converts at most is 4300 digits.
_DIGITS_LIMIT = 4000


class Size:
    """One line in bytes; None where the kernel does not write it."""

    def __init__(self, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, sizes: None, owner: object) -> Size: ...
    @overload
    def __get__(self, sizes: MemorySizes, owner: object) -> int | None: ...
    def __get__(self, sizes: MemorySizes | None, owner: object) -> Size | int | None:
        return self if sizes is None else sizes.size(self.name)


class MemorySizes(RawRecord):
    """The line of a mapping, and the lines of sizes below it.

    Pss (proportional set size) is a page's size divided by the processes that have it.  The fields are in bytes.
    """

    __slots__ = ()

    rss = Size("Rss")
    pss = Size("Pss")
    pss_dirty = Size("Pss_Dirty")
    """Since Linux 6.0."""
    shared_clean = Size("Shared_Clean")
    shared_dirty = Size("Shared_Dirty")
    private_clean = Size("Private_Clean")
    private_dirty = Size("Private_Dirty")
    referenced = Size("Referenced")
    anonymous = Size("Anonymous")
    ksm = Size("KSM")
    """Merged by KSM; since Linux 6.7."""
    lazy_free = Size("LazyFree")
    """Given up with MADV_FREE and not taken yet; since Linux 4.12."""
    anon_huge_pages = Size("AnonHugePages")
    shmem_pmd_mapped = Size("ShmemPmdMapped")
    """Since Linux 4.8."""
    file_pmd_mapped = Size("FilePmdMapped")
    """Since Linux 5.4."""
    shared_hugetlb = Size("Shared_Hugetlb")
    """Huge pages of hugetlbfs; neither Rss nor Pss counts them.  Since Linux 4.4."""
    private_hugetlb = Size("Private_Hugetlb")
    swap = Size("Swap")
    """Of anonymous memory alone; what shared memory has swapped out is here too for a mapping of it."""
    swap_pss = Size("SwapPss")
    locked = Size("Locked")
    """The Pss of what is locked with mlock(2)."""

    @property
    def mapping(self) -> Mapping:
        """The line above the sizes."""
        return parse_mapping(self.raw[: self.raw.find(b"\n") + 1])

    def size(self, name: str) -> int | None:
        """Return a size in bytes by the kernel's name, such as ``Pss_Anon``; None where it is not written."""
        text = self.text(name)
        return None if text is None else kib(text, name)

    def text(self, name: str) -> bytes | None:
        """Return what stands behind a name without the white space around; None where the name is not there."""
        # The line of the mapping is the first one and the kernel writes no newline into it: a path forges nothing.
        key = b"\n%b:" % name.encode("ascii", "replace")
        at = self.raw.find(key)
        if at < 0:
            return None
        at += len(key)
        return self.raw[at : self.raw.find(b"\n", at)].strip()

    def lines(self) -> Iterator[tuple[str, bytes]]:
        """Yield name and text of each line below that of the mapping, in the kernel's order."""
        for name, text in _LINE.findall(self.raw):
            yield name.decode("ascii"), text.rstrip()

    def sizes(self) -> dict[str, int]:
        """Return all sizes in bytes by the kernel's names, those unknown here too."""
        raw = self.raw
        words = raw[raw.find(b"\n") : raw.rfind(b" kB\n") + 3].split()
        numbers = words[1::3]
        digits = b"".join(numbers)
        # The kernels of today write all sizes first; a line of another kind between them is read the long way.
        if words[2::3].count(b"kB") * 3 == len(words) and digits.isdigit() and len(digits) < _DIGITS_LIMIT:
            sizes = dict(zip(map(_name, words[0::3]), [int(number) * KIB for number in numbers], strict=True))
            if max(sizes.values()) < _LIMIT_KIB * KIB:
                return sizes
        return {name: kib(text, name) for name, text in self.lines() if text.endswith(b" kB")}

    @property
    def unknown(self) -> dict[str, bytes]:
        """What stands behind each name that has no field here."""
        return {name: text for name, text in self.lines() if name not in self._known()}

    @classmethod
    def _known(cls) -> frozenset[str]:
        """Return the names of the lines that have a field."""
        return frozenset(field.name for kind in cls.__mro__ for field in vars(kind).values() if isinstance(field, Size))


def kib(text: bytes, name: str) -> int:
    """Return the bytes that a text such as ``120 kB`` means; ParseError where it is none."""
    if text[-3:] != b" kB":
        raise ParseError("not a size in kB", field=name, text=text)
    return unsigned(text[:-3], name, _LIMIT_KIB) * KIB


@lru_cache(256)
def _name(key: bytes) -> str:
    if not key.endswith(b":"):
        raise ParseError("not the name of a size", text=key)
    return key[:-1].decode("latin-1")
