"""Reads the topology of a host from /sys/devices/system/{cpu,node}."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bedplate.facts.topology import Topology
from bedplate.values.idset import CpuSet, NodeSet

if TYPE_CHECKING:
    from bedplate.host.root import Root
    from bedplate.values.constants import HostConstants

_CPU = "/sys/devices/system/cpu"
_NODE = "/sys/devices/system/node"


def read_topology(root: Root, _: HostConstants) -> Topology:
    """Return the topology; a file that is missing or malformed leaves the rest as it is."""
    online = CpuSet.from_list(root.read(f"{_CPU}/online"))
    return Topology(
        possible=root.reading(f"{_CPU}/possible", CpuSet.from_list),
        present=root.reading(f"{_CPU}/present", CpuSet.from_list),
        online=online,
        online_source=f"{_CPU}/online",
        offline=CpuSet(),
        isolated=root.reading(f"{_CPU}/isolated", CpuSet.from_list),
        nohz_full=root.reading(f"{_CPU}/nohz_full", CpuSet.from_list),
        smt_control=root.reading(f"{_CPU}/smt/control", lambda text: text.decode()),
        packages=(),
        cores=(),
        caches=(),
        kinds=(),
        nodes=(),
        nodes_source=_NODE,
        possible_nodes=root.reading(f"{_NODE}/possible", NodeSet.from_list),
        problems=(),
    )
