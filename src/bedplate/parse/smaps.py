"""Parses /proc/<pid>/smaps: the mappings of an address space, each with what is resident of it.

Sources: show_smap() and show_smap_vma_flags() of fs/proc/task_mmu.c, Documentation/filesystems/proc.rst,
proc_pid_smaps(5), whose list of fields is old.

Reading it walks the page tables under the lock of the address space: it is not for polling.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from bedplate.errors import ParseError
from bedplate.parse.decimal import unsigned
from bedplate.parse.maps import parse_mapping
from bedplate.parse.memory_sizes import MemorySizes, Size, kib
from bedplate.parse.raw_record import RawRecord, check_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

# 65,530 mappings (vm.max_map_count) of 750 bytes are 49 MB.
_LIMIT_BYTES = 64 << 20
_FLAGS = b"\nVmFlags:"
# Names of lines begin with a capital, mappings with a hexadecimal digit in lower case.
_HEAD = re.compile(rb"^[0-9a-f]+-", re.ASCII | re.MULTILINE)
_HEAD_BYTES = b"0123456789abcdef"
_OTHER_LINES = frozenset({"THPeligible", "ProtectionKey", "VmFlags"})


class SmapsMapping(MemorySizes):
    """One mapping and its sizes."""

    __slots__ = ()

    address_space = Size("Size")
    """Bytes of address space; the kernel's name is Size."""
    kernel_page_size = Size("KernelPageSize")
    """The size of a huge page where the mapping is of hugetlbfs, else that of the base page, whatever THP makes."""
    mmu_page_size = Size("MMUPageSize")

    @property
    def thp_eligible(self) -> bool | None:
        """Whether a transparent huge page could be put here now; None before Linux 5.0."""
        text = self.text("THPeligible")
        return None if text is None else unsigned(text, "THPeligible") != 0

    @property
    def protection_key(self) -> int | None:
        """The key of pkeys(7); None where the CPU or the kernel has none."""
        text = self.text("ProtectionKey")
        return None if text is None else unsigned(text, "ProtectionKey")

    @property
    def vm_flags(self) -> frozenset[str] | None:
        """The kernel's two letters for each flag, those unknown here too; None where they are not written.

        The letters of proc.rst grow with every few releases (``gu`` and ``lf`` after Linux 6.12), and ``??`` is
        what the kernel writes for a flag that has none.  The set may be empty (riscv64).
        """
        text = self.text("VmFlags")
        return None if text is None else frozenset(text.decode("latin-1").split())

    @classmethod
    def _known(cls) -> frozenset[str]:
        return super()._known() | _OTHER_LINES


class Smaps(RawRecord):
    """The mappings of one address space; no mapping: the task has no address space.

    The kernel gives an empty file for kernel threads and zombies; a live process has one mapping at least.
    """

    __slots__ = ()

    def __iter__(self) -> Iterator[SmapsMapping]:
        for at, end in pairwise([*self._starts(), len(self.raw)]):
            yield SmapsMapping(self.raw[at:end])

    def __len__(self) -> int:
        return len(self._starts())

    def total(self, name: str) -> int | None:
        """Return the sum of a size such as ``Pss`` over all mappings, in bytes; None where no mapping has it."""
        raw, key = self.raw, b"\n%b:" % name.encode("ascii", "replace")
        sizes: list[int] = []
        at = raw.find(key)
        while at >= 0:
            end = raw.find(b"\n", at + 1)
            sizes.append(kib(raw[at + len(key) : end].strip(), name))
            at = raw.find(key, end)
        return sum(sizes) if sizes else None

    def _starts(self) -> list[int]:
        """Return where the mappings begin."""
        raw = self.raw
        if _FLAGS not in raw:  # before Linux 3.8
            return [match.start() for match in _HEAD.finditer(raw)]
        starts, size, at = [0], len(raw), raw.find(_FLAGS)
        while at >= 0:
            at = raw.find(b"\n", at + 8) + 1
            # VmFlags has been the last line of all; a later kernel may write more.
            while at < size and raw[at] not in _HEAD_BYTES:
                at = raw.find(b"\n", at) + 1
            starts.append(at)
            at = raw.find(_FLAGS, at)
        return starts[:-1] if starts[-1] == size else starts


def parse_smaps(raw: bytes) -> Smaps:
    """Return the mappings of a smaps file; what cannot be read of one raises ParseError when it is asked for."""
    check_lines(raw, _LIMIT_BYTES, "smaps")
    if raw:
        first = raw.find(b"\n") + 1
        parse_mapping(raw[:first])
        if raw[first : first + 1] == b"":
            raise ParseError("cut off: a mapping without sizes", field="smaps", text=raw[:first])
    return Smaps(raw)
