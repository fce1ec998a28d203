"""How much memory processes may be promised, how much they were, and the arithmetic behind it.

Sources: Documentation/mm/overcommit-accounting.rst, vm_commit_limit() in mm/util.c, proc.rst (CommitLimit).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bedplate.values.reading import Absent, Present
from bedplate.values.sizes import KIB

if TYPE_CHECKING:
    from bedplate.facts.memory import Memory
    from bedplate.facts.sysctls import Sysctls
    from bedplate.parse.meminfo import Meminfo
    from bedplate.values.reading import Reading

NEVER_OVERCOMMIT = 2


class Commit(NamedTuple):
    """The commit limit and its parts, in bytes."""

    mode: int
    """vm.overcommit_memory; the limit holds in mode 2 alone, in the others it is shown and not enforced."""
    limit_bytes: int
    """CommitLimit as the kernel shows it."""
    committed_bytes: int
    """Committed_AS."""
    total_bytes: int
    hugetlb_bytes: int
    """Huge pages of all sizes, which are no part of what can be promised."""
    swap_bytes: int
    ratio: int | None
    """vm.overcommit_ratio, None where vm.overcommit_kbytes decides."""
    kbytes: int | None
    """vm.overcommit_kbytes, None where it is 0 and the ratio decides."""

    @property
    def enforced(self) -> bool:
        """Whether an allocation beyond the limit fails."""
        return self.mode == NEVER_OVERCOMMIT

    @property
    def left_bytes(self) -> int:
        """What can still be promised; below 0 where more was than the limit, as modes 0 and 1 allow."""
        return self.limit_bytes - self.committed_bytes

    def computed_bytes(self, page_size_bytes: int) -> int:
        """Return the limit as the kernel computes it, in whole pages."""
        if self.kbytes is not None:
            pages = self.kbytes * KIB // page_size_bytes
        else:
            # unsigned long: the kernel takes a negative ratio and makes a huge number of it.
            pages = (self.total_bytes - self.hugetlb_bytes) // page_size_bytes * (self.ratio or 0) % (1 << 64) // 100
        return pages * page_size_bytes + self.swap_bytes


def commit_of(memory: Memory, sysctls: Sysctls) -> Reading[Commit]:
    """Return the commit limit and its parts; the first reading that is missing where one is."""
    settings = [sysctls.integer(f"vm.overcommit_{name}") for name in ("memory", "ratio", "kbytes")]
    for reading in (memory.meminfo, *settings):
        if not isinstance(reading, Present):
            return reading
    mode, ratio, kbytes = (reading.value for reading in settings if isinstance(reading, Present))
    assert isinstance(memory.meminfo, Present)
    sizes = memory.meminfo.value.sizes
    lacking = [name for name in ("CommitLimit", "Committed_AS", "MemTotal", "SwapTotal") if name not in sizes]
    if lacking:
        return Absent(memory.meminfo.source, f"the file holds no {', '.join(lacking)}")
    return Present(
        Commit(
            mode,
            limit_bytes=sizes["CommitLimit"],
            committed_bytes=sizes["Committed_AS"],
            total_bytes=sizes["MemTotal"],
            hugetlb_bytes=_hugetlb_bytes(memory.meminfo.value),
            swap_bytes=sizes["SwapTotal"],
            ratio=None if kbytes else ratio,
            kbytes=kbytes or None,
        ),
        memory.meminfo.source,
    )


def _hugetlb_bytes(meminfo: Meminfo) -> int:
    """Return ``Hugetlb`` (since 4.16), before that the pages of the default size alone."""
    told = meminfo.sizes.get("Hugetlb")
    if told is not None:
        return told
    return meminfo.counts.get("HugePages_Total", 0) * meminfo.sizes.get("Hugepagesize", 0)
