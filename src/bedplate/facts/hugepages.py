"""The huge page pools of a host, of each size, as a whole and by node.

Sources: Documentation/admin-guide/mm/hugetlbpage.rst, Documentation/ABI/testing/sysfs-kernel-mm-hugepages.  Which
sizes there are depends on architecture, page size and processor, so they are what sysfs lists, never a table.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from bedplate.values.reading import Present, value_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bedplate.facts.topology import Problem
    from bedplate.values.reading import Reading


class NodePool(NamedTuple):
    """The pages of one size on one node."""

    node: int
    nr: Reading[int]
    """nr_hugepages: all pages of the pool, surplus ones too."""
    free: Reading[int]
    surplus: Reading[int]


class Pool(NamedTuple):
    """The pages of one size."""

    size_bytes: int
    nr: Reading[int]
    """nr_hugepages: all pages of the pool, surplus ones too.  A write may give fewer than asked for and succeed."""
    free: Reading[int]
    """free_hugepages: those that nobody uses, reserved ones too."""
    reserved: Reading[int]
    """resv_hugepages: promised to mappings that have not touched them yet."""
    surplus: Reading[int]
    """surplus_hugepages: made on demand beyond the pool, and given back when they are free."""
    overcommit: Reading[int]
    """nr_overcommit_hugepages: how many surplus pages there may be."""
    demote_size_bytes: Reading[int]
    """The size that demoting a page makes; absent where pages of this size cannot be demoted (since 5.16)."""
    nodes: tuple[NodePool, ...]

    @property
    def available(self) -> int | None:
        """The pages that a new mapping can have: free and not promised; None where that is not known."""
        free, reserved = value_of(self.free), value_of(self.reserved)
        return None if free is None or reserved is None else free - reserved

    @property
    def total_bytes(self) -> int | None:
        """The memory that the pool takes; None where its pages are not known."""
        nr = value_of(self.nr)
        return None if nr is None else nr * self.size_bytes


@dataclass(frozen=True, slots=True)
class HugePagePools:
    """The huge page pools of one host."""

    default_size_bytes: Reading[int]
    """``Hugepagesize`` of /proc/meminfo: what MAP_HUGETLB and vm.nr_hugepages mean."""
    folder: Reading[str]
    """Where the pools are from; absent where the kernel has none (CONFIG_HUGETLB_PAGE)."""
    pools: tuple[Pool, ...]
    """By size."""
    problems: tuple[Problem, ...]

    def by_size(self) -> Mapping[int, Pool]:
        """Return the pools by the bytes of a page."""
        return {pool.size_bytes: pool for pool in self.pools}


def disagreements(pool: Pool) -> Iterator[str]:
    """Yield what cannot be of one pool's numbers: each is read at another instant, so that a running host may err."""
    nr, free, reserved, surplus = (value_of(one) for one in (pool.nr, pool.free, pool.reserved, pool.surplus))
    if nr is not None and free is not None and free > nr:
        yield f"{free} pages are free of {nr}"
    if nr is not None and surplus is not None and surplus > nr:
        yield f"{surplus} pages are surplus of {nr}"
    if free is not None and reserved is not None and reserved > free:
        yield f"{reserved} pages are reserved of {free} free ones"
    by_node = [node.nr.value for node in pool.nodes if isinstance(node.nr, Present)]
    if nr is not None and pool.nodes and len(by_node) == len(pool.nodes) and sum(by_node) != nr:
        yield f"the nodes have {sum(by_node)} pages together, the pool has {nr}"
