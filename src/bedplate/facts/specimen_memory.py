"""Small made-up counters, files of settings and tiers, on which rules show what they find; see facts/specimen.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bedplate.facts.memory_tiers import MemoryTiers
from bedplate.facts.numastat import NodeStat, NumaStat
from bedplate.facts.persistence import ConfFile, Persistence
from bedplate.parse.numastat import NumaCounters
from bedplate.parse.sysctl_conf import parse_sysctl_conf
from bedplate.values.reading import Present, Source

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_FOLDER = "/etc/sysctl.d"


def specimen_persistence(files: Mapping[str, str] | None = None) -> Persistence:
    """Return files of /etc/sysctl.d by their names and texts, none where none are given."""
    given = files or {}
    made = tuple(
        ConfFile(path, Present(parse_sysctl_conf(text.encode()), Source(path)), None)
        for path, text in ((f"{_FOLDER}/{name}", text) for name, text in sorted(given.items()))
    )
    return Persistence((Present(tuple(sorted(given)), Source(_FOLDER)),), made)


def specimen_numastat(*grown: tuple[int, int], seconds: float | None = 10.0) -> NumaStat:
    """Return two samples of counters, with the growth of numa_miss and numa_foreign of each node from node 0 on."""
    return NumaStat(tuple(_node(node, miss, foreign) for node, (miss, foreign) in enumerate(grown)), True, seconds)


def _node(node: int, miss: int, foreign: int) -> NodeStat:
    source = Source(f"specimen/node{node}/numastat")
    first = NumaCounters(1000, 7, 7, 0, 1000, 7)
    later = NumaCounters(2000, 7 + miss, 7 + foreign, 0, 2000, 7 + miss)
    return NodeStat(node, Present(first, source), Present(later, source))


def specimen_tiers(demotion: bool = False) -> MemoryTiers:
    """Return a host that demotes pages to slower memory, or one that does not."""
    return MemoryTiers(Present(demotion, Source("specimen/numa/demotion_enabled")))


def once(numastat: NumaStat) -> NumaStat:
    """Return the first sample alone."""
    nodes: Sequence[NodeStat] = [node._replace(second=None) for node in numastat.nodes]
    return NumaStat(tuple(nodes), False, None)
