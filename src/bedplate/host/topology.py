"""Reads the topology of a host: the parts, from their own readers, put together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bedplate.facts.topology import Topology
from bedplate.host.attributes import Attributes
from bedplate.host.caches import read_caches
from bedplate.host.core_kinds import read_kinds
from bedplate.host.cores import read_cores
from bedplate.host.cpus import read_cpus
from bedplate.host.nodes import NODE, read_nodes
from bedplate.values.idset import NodeSet

if TYPE_CHECKING:
    from bedplate.host.root import Root
    from bedplate.values.constants import HostConstants


def read_topology(root: Root, _: HostConstants) -> Topology:
    """Return the topology; what is missing, malformed or denied is told as such, and the rest goes on."""
    files = Attributes(root)
    cpus = read_cpus(files)
    cores = read_cores(files, cpus.online, cpus.folders)
    caches = read_caches(files, cpus.online & cpus.folders, cores.cores)
    kinds = read_kinds(files, cpus.online, cpus.offline, cores.cores)
    online_nodes = files.reading(f"{NODE}/online", NodeSet.from_list, keep=True)
    nodes = read_nodes(files, cpus.online, online_nodes)
    possible_nodes = files.reading(f"{NODE}/possible", NodeSet.from_list)
    return Topology(
        possible=cpus.possible,
        present=cpus.present,
        online=cpus.online,
        online_source=cpus.online_source,
        offline=cpus.offline,
        isolated=cpus.isolated,
        nohz_full=cpus.nohz_full,
        smt_control=cpus.smt_control,
        packages=cores.packages,
        cores=cores.cores,
        caches=caches,
        kinds=kinds,
        nodes=nodes,
        nodes_source=NODE,
        possible_nodes=possible_nodes,
        online_nodes=online_nodes,
        problems=files.problems(),
    )
