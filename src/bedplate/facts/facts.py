"""Facts: what was read of one host, by section, for the rules to judge."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from bedplate.facts.boot import Boot
    from bedplate.facts.cgroups import Cgroups
    from bedplate.facts.hugepages import HugePagePools
    from bedplate.facts.ipc import InterProcess
    from bedplate.facts.irqs import Irqs
    from bedplate.facts.isolation import Isolation
    from bedplate.facts.memory import Memory
    from bedplate.facts.memory_tiers import MemoryTiers
    from bedplate.facts.mounts import Mounts
    from bedplate.facts.numastat import NumaStat
    from bedplate.facts.pci import Pci
    from bedplate.facts.pci_links import PciLinks
    from bedplate.facts.persistence import Persistence
    from bedplate.facts.siblings import Siblings
    from bedplate.facts.sysctls import Sysctls
    from bedplate.facts.tasks import Tasks
    from bedplate.facts.topology import Topology
    from bedplate.values.constants import HostConstants

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Sections:
    """The sections of a host that were read; None for the others."""

    topology: Topology | None = None
    siblings: Siblings | None = None
    pci: Pci | None = None
    pci_links: PciLinks | None = None
    irqs: Irqs | None = None
    boot: Boot | None = None
    sysctls: Sysctls | None = None
    persistence: Persistence | None = None
    numastat: NumaStat | None = None
    memory_tiers: MemoryTiers | None = None
    isolation: Isolation | None = None
    memory: Memory | None = None
    hugepages: HugePagePools | None = None
    mounts: Mounts | None = None
    cgroups: Cgroups | None = None
    ipc: InterProcess | None = None
    tasks: Tasks | None = None


class Facts:
    """What a rule sees of a host: only the sections that it declared to need were read."""

    __slots__ = ("_sections", "constants")

    def __init__(self, constants: HostConstants, sections: Sections) -> None:
        self.constants = constants
        self._sections = sections

    @property
    def topology(self) -> Topology:
        """CPUs, cores, caches and NUMA nodes."""
        return _declared(self._sections.topology, "topology")

    @property
    def siblings(self) -> Siblings:
        """What every file of every CPU says of the hyper threads of its core."""
        return _declared(self._sections.siblings, "siblings")

    @property
    def pci(self) -> Pci:
        """PCI devices, and which CPUs and memory are near to each."""
        return _declared(self._sections.pci, "pci")

    @property
    def pci_links(self) -> PciLinks:
        """Drivers, links, power, IOMMU groups, interrupts and network queues of PCI devices."""
        return _declared(self._sections.pci_links, "pci_links")

    @property
    def irqs(self) -> Irqs:
        """Interrupts: where each may be served, and where it is."""
        return _declared(self._sections.irqs, "irqs")

    @property
    def boot(self) -> Boot:
        """How the host was booted, and how it will be."""
        return _declared(self._sections.boot, "boot")

    @property
    def sysctls(self) -> Sysctls:
        """Kernel settings of the catalogue."""
        return _declared(self._sections.sysctls, "sysctls")

    @property
    def persistence(self) -> Persistence:
        """What is written to kernel settings at boot."""
        return _declared(self._sections.persistence, "persistence")

    @property
    def numastat(self) -> NumaStat:
        """Where the memory of each node went, once or twice."""
        return _declared(self._sections.numastat, "numastat")

    @property
    def memory_tiers(self) -> MemoryTiers:
        """Whether the kernel moves pages between memory tiers."""
        return _declared(self._sections.memory_tiers, "memory_tiers")

    @property
    def isolation(self) -> Isolation:
        """The masks that keep the kernel's own work away from isolated CPUs."""
        return _declared(self._sections.isolation, "isolation")

    @property
    def memory(self) -> Memory:
        """Zones with watermarks and free blocks, swap, transparent huge pages, KSM."""
        return _declared(self._sections.memory, "memory")

    @property
    def hugepages(self) -> HugePagePools:
        """The huge page pools of every size, as a whole and by node."""
        return _declared(self._sections.hugepages, "hugepages")

    @property
    def mounts(self) -> Mounts:
        """What is mounted where."""
        return _declared(self._sections.mounts, "mounts")

    @property
    def cgroups(self) -> Cgroups:
        """Control groups of v1 and v2, their cpusets and limits."""
        return _declared(self._sections.cgroups, "cgroups")

    @property
    def ipc(self) -> InterProcess:
        """System V and POSIX objects of communication, and their limits."""
        return _declared(self._sections.ipc, "ipc")

    @property
    def tasks(self) -> Tasks:
        """Every task of the host."""
        return _declared(self._sections.tasks, "tasks")


def _declared(section: T | None, name: str) -> T:
    if section is None:
        raise LookupError(f"a rule looks at {name!r} and does not declare it in needs")
    return section
