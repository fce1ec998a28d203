"""Small made-up hosts, on which rules show what they find.

Every rule carries facts that it passes and facts that it fails; they begin with a well-formed specimen and change
what the rule looks at.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bedplate.facts.facts import Facts, Sections
from bedplate.facts.specimen_boot import specimen_boot
from bedplate.facts.specimen_devices import specimen_irqs, specimen_isolation, specimen_links, specimen_pci
from bedplate.facts.specimen_memory import specimen_numastat, specimen_persistence, specimen_tiers
from bedplate.facts.specimen_settings import specimen_sysctls
from bedplate.facts.specimen_siblings import specimen_siblings
from bedplate.facts.specimen_tasks import specimen_tasks
from bedplate.facts.topology import Cache, Core, Kind, Node, Package, Topology
from bedplate.values.constants import HostConstants
from bedplate.values.idset import CpuSet, NodeSet, union
from bedplate.values.reading import Present, Source

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bedplate.facts.boot import Boot
    from bedplate.facts.irqs import Irqs
    from bedplate.facts.isolation import Isolation
    from bedplate.facts.memory_tiers import MemoryTiers
    from bedplate.facts.numastat import NumaStat
    from bedplate.facts.pci import Pci
    from bedplate.facts.pci_links import PciLinks
    from bedplate.facts.persistence import Persistence
    from bedplate.facts.siblings import Siblings
    from bedplate.facts.sysctls import Sysctls
    from bedplate.facts.tasks import Tasks
    from bedplate.values.reading import Reading

CONSTANTS = HostConstants("x86_64", "little", "6.12.0", 4096, 100, 8192, 1024)


def specimen_topology(nodes: Mapping[int, str] | None = None) -> Topology:
    """Return a machine with one package a node and two threads a core, by default nodes 0 (0-3) and 1 (4-7)."""
    layout = {number: CpuSet.from_list(text) for number, text in (nodes or {0: "0-3", 1: "4-7"}).items()}
    online = union(CpuSet, layout.values())
    cores = tuple(
        Core(number, 0, None, index, CpuSet(pair), Source(f"specimen/cpu{pair[0]}/topology/thread_siblings_list"))
        for number, cpus in layout.items()
        for index, pair in enumerate(_pairs(list(cpus)))
    )
    return Topology(
        possible=Present(online, Source("specimen/cpu/possible")),
        present=Present(online, Source("specimen/cpu/present")),
        online=online,
        online_source="specimen/cpu/online",
        offline=CpuSet(),
        isolated=Present(CpuSet(), Source("specimen/cpu/isolated")),
        nohz_full=Present(CpuSet(), Source("specimen/cpu/nohz_full")),
        smt_control=Present("on", Source("specimen/cpu/smt/control")),
        packages=tuple(Package(number, cpus) for number, cpus in layout.items()),
        cores=cores,
        caches=tuple(Cache(3, "Unified", 32 << 20, cpus) for cpus in layout.values()),
        kinds=(Kind(online, {}),),
        nodes=tuple(specimen_node(number, cpus, layout) for number, cpus in layout.items()),
        nodes_source="specimen/node",
        possible_nodes=Present(NodeSet(layout), Source("specimen/node/possible")),
        online_nodes=Present(NodeSet(layout), Source("specimen/node/online")),
        problems=(),
    )


def specimen_node(number: int, cpus: CpuSet, layout: Mapping[int, CpuSet]) -> Node:
    """Return one node of 64 GiB at distance 10 from itself and 20 from the others."""
    folder = f"specimen/node{number}"
    return Node(
        id=number,
        cpulist=Present(cpus, Source(f"{folder}/cpulist")),
        cpumap=Present(cpus, Source(f"{folder}/cpumap")),
        cpus=cpus,
        online_cpus=cpus,
        closest_cpus=cpus,
        closest_from="own",
        memory_bytes=64 << 30,
        memory_free_bytes=32 << 30,
        distances=Present({to: 10 if to == number else 20 for to in layout}, Source(f"{folder}/distance")),
        hugepages=(),
        accesses=(),
        memory_caches=(),
        memory_tier=None,
    )


def specimen(
    topology: Topology | None = None,
    *,
    sysctls: Sysctls | None = None,
    pci: Pci | None = None,
    pci_links: PciLinks | None = None,
    irqs: Irqs | None = None,
    isolation: Isolation | None = None,
    persistence: Persistence | None = None,
    numastat: NumaStat | None = None,
    memory_tiers: MemoryTiers | None = None,
    boot: Boot | None = None,
    siblings: Siblings | None = None,
    tasks: Tasks | None = None,
) -> Facts:
    """Return facts with a well-formed topology, a device a node and ordinary settings, or those given."""
    topology = topology or specimen_topology()
    pci = pci or specimen_pci(topology)
    return Facts(
        CONSTANTS,
        Sections(
            topology=topology,
            sysctls=sysctls or specimen_sysctls(),
            pci=pci,
            pci_links=pci_links or specimen_links(pci),
            irqs=irqs or specimen_irqs(str(topology.online)),
            isolation=isolation or specimen_isolation(str(topology.online), str(topology.online)),
            persistence=persistence or specimen_persistence(),
            numastat=numastat or specimen_numastat(*((0, 0) for _ in topology.nodes)),
            memory_tiers=memory_tiers or specimen_tiers(),
            boot=boot or specimen_boot(),
            siblings=siblings or specimen_siblings(topology),
            tasks=tasks or specimen_tasks(),
        ),
    )


def booted(line: str, topology: Topology | None = None, **fields: object) -> Facts:
    """Return facts of a host with this command line; ``fields`` replaces other parts of its boot."""
    return specimen(topology, boot=specimen_boot(line, **fields))


def changed_node(topology: Topology, number: int, **fields: object) -> Topology:
    """Return the topology with fields of one node replaced."""
    nodes = tuple(replace(node, **fields) if node.id == number else node for node in topology.nodes)  # type: ignore[arg-type]
    return replace(topology, nodes=nodes)


def node_with_cpus(topology: Topology, number: int, cpus: str, listed: str | None = None) -> Topology:
    """Return the topology with other CPUs in one node; ``listed``: its cpulist says something else than its cpumap."""
    folder = f"specimen/node{number}"
    mapped = CpuSet.from_list(cpus)
    return changed_node(
        topology,
        number,
        cpus=mapped,
        online_cpus=mapped & topology.online,
        cpumap=Present(mapped, Source(f"{folder}/cpumap")),
        cpulist=reading_of_cpus(cpus if listed is None else listed, f"{folder}/cpulist"),
    )


def _pairs(cpus: list[int]) -> list[list[int]]:
    return [cpus[at : at + 2] for at in range(0, len(cpus), 2)]


def reading_of_cpus(text: str, path: str) -> Reading[CpuSet]:
    """Return the reading of a file that holds list text."""
    return Present(CpuSet.from_list(text), Source(path))
