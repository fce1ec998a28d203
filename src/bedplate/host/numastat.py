"""Reads the counters of NUMA allocations from node*/numastat."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bedplate.facts.numastat import NodeStat, NumaStat
from bedplate.parse.numastat import parse_numastat
from bedplate.values.idset import NUMBER_LIMIT

if TYPE_CHECKING:
    from bedplate.host.root import Root
    from bedplate.host.samples import Samples
    from bedplate.parse.numastat import NumaCounters
    from bedplate.values.reading import Reading

_NODE = "/sys/devices/system/node"


def read_counters(root: Root) -> dict[int, Reading[NumaCounters]]:
    """Return the counters of every node with a folder, by its number."""
    nodes = [number for number in root.numbered(_NODE, "node") if number < NUMBER_LIMIT]
    return {node: root.reading(f"{_NODE}/node{node}/numastat", parse_numastat) for node in nodes}


def read_numastat(samples: Samples) -> NumaStat:
    """Return the counters of the samples, node by node; a node that comes or goes in between has one of them."""
    first, second = samples.first.numastat, samples.second.numastat if samples.second is not None else None
    nodes = tuple(NodeStat(node, reading, second.get(node) if second else None) for node, reading in first.items())
    return NumaStat(nodes, second is not None, samples.seconds)
