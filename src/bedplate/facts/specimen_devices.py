"""Small made-up devices, interrupts and masks, on which rules show what they find; see bedplate.facts.specimen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bedplate.facts.irqs import Irq, Irqs
from bedplate.facts.isolation import Isolation, Workqueue
from bedplate.facts.locality import UNKNOWN, located
from bedplate.facts.pci import Pci, PciDevice
from bedplate.facts.pci_links import IommuGroup, PciLink, PciLinks
from bedplate.values.idset import CpuSet
from bedplate.values.reading import Absent, Present, Source

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bedplate.facts.topology import Topology

_BUS = "specimen/pci"
_IRQ = "specimen/irq"
_WORKQUEUE = "specimen/workqueue"


def specimen_device(address: str, node: int | None, cpus: str, class_code: int = 0x020000) -> PciDevice:
    """Return an Ethernet controller, or another device, of a node; its mask and its list name the same CPUs."""
    path = f"{_BUS}/{address}"
    local = CpuSet.from_list(cpus)
    return PciDevice(
        address,
        path,
        class_code=Present(class_code, Source(f"{path}/class")),
        vendor=Present(0x8086, Source(f"{path}/vendor")),
        device=Present(0x1592, Source(f"{path}/device")),
        numa_node=Present(node, Source(f"{path}/numa_node")),
        local_cpus=Present(local, Source(f"{path}/local_cpus")),
        local_cpulist=Present(local, Source(f"{path}/local_cpulist")),
        bridges=(),
        locality=UNKNOWN,
    )


def specimen_pci(topology: Topology, devices: Iterable[PciDevice] | None = None) -> Pci:
    """Return the devices given, by default one for each node of the topology, in their places."""
    made = devices or (
        specimen_device(f"0000:{node.id:02x}:00.0", node.id, str(node.online_cpus)) for node in topology.nodes
    )
    return Pci(Present(_BUS, Source(_BUS)), located(made, topology), True, ())


def specimen_link(device: PciDevice, driver: str | None = "ice") -> PciLink:
    """Return an end point bound to a driver: its link at its best, awake, in an IOMMU group, without interrupts."""
    path = device.path

    def source(name: str) -> Source:
        return Source(f"{path}/{name}")

    return PciLink(
        device.address,
        path,
        driver=Absent(source("driver"), "no driver is bound") if driver is None else Present(driver, source("driver")),
        current_speed=Present(16000, source("current_link_speed")),
        max_speed=Present(16000, source("max_link_speed")),
        current_width=Present(8, source("current_link_width")),
        max_width=Present(8, source("max_link_width")),
        aspm=Present({"l0s_aspm": False, "l1_aspm": False}, source("link")),
        power_control=Present("on", source("power/control")),
        runtime_status=Present("active", source("power/runtime_status")),
        iommu_group=Present(device.address, source("iommu_group")),
        msi_irqs=Absent(source("msi_irqs"), "the device uses no message-signalled interrupts"),
        virtual_functions=Absent(source("sriov_numvfs"), "the device has no virtual functions to give"),
        physical_function=None,
        interfaces=(),
    )


def specimen_links(pci: Pci, links: Iterable[PciLink] = (), policy: str = "performance") -> PciLinks:
    """Return the links given, and one like :func:`specimen_link` for each other device."""
    given = {link.address: link for link in links}
    made = tuple(given.get(device.address) or specimen_link(device) for device in pci.devices)
    groups = {link.iommu_group.value for link in made if isinstance(link.iommu_group, Present)}
    return PciLinks(
        made,
        aspm_policy=Present(policy, Source("specimen/pcie_aspm/policy")),
        unsafe_noiommu=Absent(Source("specimen/vfio/enable_unsafe_noiommu_mode"), "vfio is not loaded"),
        groups={number: _group(number) for number in groups},
        problems=(),
    )


def _group(number: str) -> IommuGroup:
    folder = f"specimen/iommu_groups/{number}"
    name = Absent(Source(f"{folder}/name"), "groups behind an IOMMU have no name")
    return IommuGroup(number, name, Present("DMA", Source(f"{folder}/type")))


def specimen_irq(number: int, wished: str, effective: str, *actions: str, device: str | None = None) -> Irq:
    """Return an interrupt that may be served at the wished CPUs and is served at the effective ones."""
    folder = f"{_IRQ}/{number}"
    return Irq(
        number,
        folder,
        wished=Present(CpuSet.from_list(wished), Source(f"{folder}/smp_affinity_list")),
        effective=Present(CpuSet.from_list(effective), Source(f"{folder}/effective_affinity_list")),
        node=Present(None, Source(f"{folder}/node")),
        managed=Present(False, Source(f"specimen/debug/irq/{number}")),
        chip="IO-APIC",
        hwirq=number,
        flow="edge",
        actions=actions or (f"handler{number}",),
        counts=None,
        device=device,
    )


def specimen_irqs(default: str, irqs: Iterable[Irq] = ()) -> Irqs:
    """Return the interrupts given, and the wish that new ones begin with."""
    return Irqs(
        default_affinity=Present(CpuSet.from_list(default), Source(f"{_IRQ}/default_smp_affinity")),
        folder=Present(_IRQ, Source(_IRQ)),
        irqs=tuple(irqs),
        interrupts=Absent(Source("specimen/interrupts"), "no counts here"),
        counted_cpus=(),
        summaries=(),
        problems=(),
    )


def specimen_isolation(unbound: str = "0-7", watched: str = "0-7") -> Isolation:
    """Return masks of workqueues and lockup detectors; no partition isolates a CPU."""
    mask = Present(CpuSet.from_list(unbound), Source(f"{_WORKQUEUE}/cpumask"))
    return Isolation(
        unbound=mask,
        unbound_requested=Present(mask.value, Source(f"{_WORKQUEUE}/cpumask_requested")),
        unbound_isolated=Present(CpuSet(), Source(f"{_WORKQUEUE}/cpumask_isolated")),
        workqueues=(
            Workqueue("writeback", Present(CpuSet.from_list("0-7"), Source(f"{_WORKQUEUE}/writeback/cpumask"))),
        ),
        watchdog=Present(1, Source("specimen/watchdog")),
        watchdog_cpus=Present(CpuSet.from_list(watched), Source("specimen/watchdog_cpumask")),
        partitions=Present(CpuSet(), Source("specimen/cpuset.cpus.isolated")),
    )
