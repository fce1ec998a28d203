"""Where the memory of each NUMA node went: counters of allocations, as one sample or as two."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from bedplate.parse.numastat import NumaCounters
    from bedplate.values.reading import Reading


class NodeStat(NamedTuple):
    """The counters of one node."""

    node: int
    first: Reading[NumaCounters]
    second: Reading[NumaCounters] | None
    """The same, later; None where there is one sample."""


@dataclass(frozen=True, slots=True)
class NumaStat:
    """The counters of every node.  Source: Documentation/admin-guide/numastat.rst."""

    nodes: tuple[NodeStat, ...]
    twice: bool
    """Whether the counters were read twice, and so tell what happened in between."""
    seconds: float | None
    """The time between the samples; None where there is one, or where a capture does not tell."""


def growth(first: int | None, second: int | None) -> int | None:
    """Return by how much a counter grew; None where a sample lacks it or it is smaller than it was.

    Smaller: somebody wrote vm.numa_stat, which sets the counters to 0, or it wrapped.
    """
    return second - first if first is not None and second is not None and second >= first else None
