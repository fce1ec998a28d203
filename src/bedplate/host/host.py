"""Host: the facts of one host, each section read when it is first asked for."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from bedplate.facts.facts import Facts, Sections
from bedplate.values.escape import decoded
from bedplate.values.reading import Present

if TYPE_CHECKING:
    from collections.abc import Iterable

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
    from bedplate.host.root import Root
    from bedplate.host.samples import Samples
    from bedplate.values.constants import HostConstants

# Each is a property of Host and a field of facts.Sections; its reader is read_<section> in bedplate.host.<section>.
SECTIONS = (
    "topology",
    "siblings",
    "pci",
    "irqs",
    "boot",
    "sysctls",
    "isolation",
    "pci_links",
    "persistence",
    "numastat",
    "memory_tiers",
    "memory",
    "hugepages",
    "mounts",
    "cgroups",
    "ipc",
)


class Host:
    """One host, live or captured."""

    def __init__(self, root: Root, interval: float | None = None) -> None:
        self.root = root
        self.interval = interval

    @classmethod
    def live(cls, path: str = "/", *, interval: float | None = None) -> Host:
        """Return this host; ``path`` is where its / is seen from here, such as /host in a container.

        With an ``interval``, in seconds, counters are read twice, that long apart.
        """
        from bedplate.host.open import live_root

        return cls(live_root(path), interval)

    @classmethod
    def open(cls, path: str) -> Host:
        """Return the host that a capture (a folder, .tar, .tar.gz or .tar.xz) holds; CaptureError where it is none."""
        from bedplate.host.open import captured_root

        return cls(captured_root(path))

    @cached_property
    def constants(self) -> HostConstants:
        """Page size, byte order, architecture … of this host; of a capture, those that it was recorded with."""
        from bedplate.host.constants import read_constants

        return read_constants(self.root)

    @cached_property
    def name(self) -> str:
        """The host's name; of a capture that does not tell it, the name of the capture."""
        named = self.root.reading("/proc/sys/kernel/hostname", decoded)
        told = named.value.strip() if isinstance(named, Present) else ""
        return told or _file_name(self.root.where)

    @cached_property
    def topology(self) -> Topology:
        """CPUs, cores, caches and NUMA nodes."""
        from bedplate.host.topology import read_topology

        return read_topology(self.root, self.constants)

    @cached_property
    def siblings(self) -> Siblings:
        """What every file of every CPU says of the hyper threads of its core; the topology reads one map a core."""
        from bedplate.host.siblings import read_siblings

        return read_siblings(self.root, self.topology.online)

    @cached_property
    def pci(self) -> Pci:
        """PCI devices, and which CPUs and memory are near to each."""
        from bedplate.host.pci import read_pci

        return read_pci(self.root, self.topology)

    @cached_property
    def pci_links(self) -> PciLinks:
        """Drivers, links, power, IOMMU groups, interrupts and network queues of PCI devices."""
        from bedplate.host.pci_links import read_pci_links

        return read_pci_links(self.root, self.pci)

    @cached_property
    def irqs(self) -> Irqs:
        """Interrupts: where each may be served, and where it is."""
        from bedplate.host.irqs import read_irqs

        return read_irqs(self.root)

    @cached_property
    def boot(self) -> Boot:
        """How this host was booted, and how it will be."""
        from bedplate.host.boot import read_boot

        return read_boot(self.root, self.constants)

    @cached_property
    def sysctls(self) -> Sysctls:
        """Kernel settings of the catalogue: the value of each, or why it has none."""
        from bedplate.host.sysctls import read_sysctls

        return read_sysctls(self.root)

    @cached_property
    def persistence(self) -> Persistence:
        """What is written to kernel settings at boot: the files of sysctl.d."""
        from bedplate.host.persistence import read_persistence

        return read_persistence(self.root)

    @cached_property
    def memory_tiers(self) -> MemoryTiers:
        """Whether the kernel moves pages between memory of different speed."""
        from bedplate.host.memory_tiers import read_memory_tiers

        return read_memory_tiers(self.root)

    @cached_property
    def samples(self) -> Samples:
        """Every moving counter, read twice where there is an interval: the one place that waits for it."""
        from bedplate.host.samples import read_samples

        return read_samples(self.root, self.interval)

    @cached_property
    def numastat(self) -> NumaStat:
        """Where the memory of each NUMA node went; twice with an interval, or of a capture that holds two samples."""
        from bedplate.host.numastat import read_numastat

        return read_numastat(self.samples)

    @cached_property
    def isolation(self) -> Isolation:
        """The masks that keep the kernel's own work away from isolated CPUs."""
        from bedplate.host.isolation import read_isolation

        return read_isolation(self.root)

    @cached_property
    def memory(self) -> Memory:
        """Zones with watermarks and free blocks, swap, transparent huge pages, KSM."""
        from bedplate.host.memory import read_memory

        return read_memory(self.root)

    @cached_property
    def hugepages(self) -> HugePagePools:
        """The huge page pools of every size, as a whole and by node."""
        from bedplate.host.hugepages import read_hugepages

        return read_hugepages(self.root)

    @cached_property
    def mounts(self) -> Mounts:
        """What is mounted where."""
        from bedplate.host.mounts import read_mounts

        return read_mounts(self.root)

    @cached_property
    def cgroups(self) -> Cgroups:
        """Control groups of v1 and v2, their cpusets and limits."""
        from bedplate.host.cgroups import read_cgroups

        return read_cgroups(self.root, self.mounts)

    @cached_property
    def ipc(self) -> InterProcess:
        """System V and POSIX objects of communication, and their limits."""
        from bedplate.host.ipc import read_ipc

        return read_ipc(self.root, self.mounts)

    @cached_property
    def tasks(self) -> Tasks:
        """Every task: where it may run and does, how it is scheduled.  Not read unless it is asked for by its name."""
        from bedplate.host.tasks import read_tasks

        return read_tasks(self.root)

    def facts(self, sections: Iterable[str] = SECTIONS) -> Facts:
        """Return the named sections, read."""
        return Facts(self.constants, Sections(**{name: getattr(self, name) for name in sorted(set(sections))}))

    def close(self) -> None:
        """Release the files; what was read stays."""
        self.root.close()

    def __enter__(self) -> Host:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _file_name(path: str) -> str:
    name = path.rstrip("/").rpartition("/")[2]
    return name.partition(".tar")[0] or path
