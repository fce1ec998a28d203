"""PCI: where devices are.  Mask, list and node say the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bedplate.rules.numa_nodes import cpus_reading, nodes_of, seen_cpus, seen_online_nodes, seen_reading, tells_cpus
from bedplate.rules.pci_devices import devices_of, lacking, several_nodes, subject
from bedplate.rules.rule import (
    Cause,
    Expected,
    Outcome,
    Remedy,
    Rule,
    Section,
    Severity,
    Specimens,
    State,
    not_applicable,
    seen,
    unknown,
)
from bedplate.values.idset import NodeSet
from bedplate.values.reading import Absent, Present

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bedplate.facts.facts import Facts
    from bedplate.facts.pci import PciDevice
    from bedplate.facts.topology import Node, Topology
    from bedplate.policy import Profile
    from bedplate.values.idset import CpuSet
    from bedplate.values.reading import Reading


def _mask_differs(facts: Facts, _: Profile) -> Iterator[Outcome]:
    devices = devices_of(facts.pci)
    yield from lacking((device, view) for device in devices for view in (device.local_cpus, device.local_cpulist))
    for device in devices:
        mask, listed = device.local_cpus, device.local_cpulist
        if isinstance(mask, Present) and isinstance(listed, Present) and mask.value != listed.value:
            yield Outcome(
                State.FAIL,
                subject(device),
                f"local_cpus names the CPUs {mask.value or 'none'} and local_cpulist the CPUs {listed.value or 'none'}",
                Expected("equal", mask.value),
                listed.value,
                (seen_reading(mask), seen_reading(listed)),
                Cause.CONFLICT,
            )


def _without_node(facts: Facts, _: Profile) -> Iterator[Outcome]:
    devices = devices_of(facts.pci)
    nodes = NodeSet(node.id for node in several_nodes(facts.topology))
    yield from lacking((device, device.numa_node) for device in devices)
    for device in devices:
        reading = device.numa_node
        if isinstance(reading, Present) and reading.value is None:
            yield Outcome(
                State.FAIL,
                subject(device),
                f"the firmware gives the device no NUMA node; {_found_otherwise(device)}",
                Expected("one of", nodes),
                -1,
                (seen(reading.source, -1),),
                Cause.ABSENT,
            )


def _found_otherwise(device: PciDevice) -> str:
    place = device.locality
    by = "its CPU list" if place.source == "cpulist" else f"its {place.source}"
    if place.node is not None:
        return f"by {by} it is near to node {place.node}"
    return "nothing else tells where it is" if place.cpus is None else f"by {by} it is near to the CPUs {place.cpus}"


def _differs_from_node(facts: Facts, _: Profile) -> Iterator[Outcome]:
    devices = [device for device in devices_of(facts.pci) if not _says_no_node(device)]
    nodes = {node.id: node for node in nodes_of(facts.topology)}
    if not devices:
        yield not_applicable("no device names a NUMA node (numa_node is -1 everywhere)")
        return
    yield from lacking((device, device.numa_node) for device in devices)
    yield from lacking(_views_missing(devices))
    for device in devices:
        if isinstance(device.numa_node, Present) and device.numa_node.value is not None:
            node = nodes.get(device.numa_node.value)
            if node is None:
                yield _no_such_node(device, facts.topology)
            elif tells_cpus(node):
                yield from _compared(device, node, facts.topology)
            else:
                yield unknown(
                    f"the CPUs of node {node.id} are not known",
                    seen(cpus_reading(node).source),
                    subject=subject(device),
                )


def _says_no_node(device: PciDevice) -> bool:
    return isinstance(device.numa_node, Present) and device.numa_node.value is None


def _views(device: PciDevice) -> tuple[Reading[CpuSet], ...]:
    return device.local_cpulist, device.local_cpus


def _views_missing(devices: list[PciDevice]) -> Iterator[tuple[PciDevice, Reading[CpuSet]]]:
    """Yield the list of each device that has neither list nor mask."""
    for device in devices:
        if not any(isinstance(view, Present) for view in _views(device)):
            yield device, device.local_cpulist


def _no_such_node(device: PciDevice, topology: Topology) -> Outcome:
    nodes = NodeSet(node.id for node in topology.nodes)
    reading = device.numa_node
    number = reading.value if isinstance(reading, Present) else None
    return Outcome(
        State.FAIL,
        subject(device),
        f"numa_node names node {number}, which is not on line",
        Expected("one of", nodes),
        number,
        (seen(reading.source, number), seen_online_nodes(topology)),
        Cause.OUT_OF_RANGE,
    )


def _compared(device: PciDevice, node: Node, topology: Topology) -> Iterator[Outcome]:
    """Compare the first view that is there; that mask and list agree is PCI001."""
    view = next((view for view in _views(device) if isinstance(view, Present)), None)
    if view is None:
        return
    near, own = view.value & topology.online, node.cpus & topology.online
    if near != own:
        name = view.source.path.rpartition("/")[2]
        yield Outcome(
            State.FAIL,
            subject(device),
            f"{name} names the CPUs {near or 'none'}, and its node {node.id} holds the CPUs {own or 'none'}",
            Expected("equal", own),
            near,
            (seen(device.numa_node.source, node.id), seen_reading(view), seen_cpus(node)),
            Cause.CONFLICT,
        )


def _mask_specimens() -> Specimens:
    from bedplate.facts.specimen import specimen, specimen_topology
    from bedplate.facts.specimen_devices import specimen_device, specimen_pci

    topology = specimen_topology()
    good = specimen_device("0000:41:00.0", 1, "4-7")
    failing = good._replace(local_cpulist=specimen_device("0000:41:00.0", 1, "4-6").local_cpulist)
    return Specimens(
        passing=((specimen(pci=specimen_pci(topology, [good])), None),),
        failing=((specimen(pci=specimen_pci(topology, [good, failing])), None),),
    )


def _node_specimens() -> Specimens:
    from bedplate.facts.specimen import specimen, specimen_topology
    from bedplate.facts.specimen_devices import specimen_device, specimen_pci

    topology = specimen_topology()
    lost = [specimen_device("0000:41:00.0", None, "0-7"), specimen_device("0000:42:00.0", None, "4-5")]
    return Specimens(
        passing=((specimen(pci=specimen_pci(topology)), None),),
        failing=tuple((specimen(pci=specimen_pci(topology, [device])), None) for device in lost),
    )


def _differs_specimens() -> Specimens:
    from bedplate.facts.specimen import specimen, specimen_topology
    from bedplate.facts.specimen_devices import specimen_device, specimen_pci

    topology = specimen_topology()
    maskless = specimen_device("0000:41:00.0", 1, "4-7")
    maskless = maskless._replace(local_cpulist=Absent(maskless.local_cpulist.source, "no such file"))
    wrong = [specimen_device("0000:41:00.0", 0, "4-7"), specimen_device("0000:41:00.0", 7, "4-7")]
    return Specimens(
        passing=tuple((specimen(pci=specimen_pci(topology, one)), None) for one in (None, [maskless])),
        failing=tuple((specimen(pci=specimen_pci(topology, [device])), None) for device in wrong),
    )


RULES = (
    Rule(
        code="PCI001",
        name="local-mask-differs-from-list",
        section=Section.PCI,
        severity=Severity.ERROR,
        needs=("pci",),
        check=_mask_differs,
        what="local_cpus and local_cpulist of each PCI device name the same CPUs.",
        why="The kernel prints both from one mask.  Where they differ, the files were taken at different times or "
        "edited, and programs that read one place their threads and interrupts elsewhere than those that read the "
        "other.",
        example="0000:41:00.0 has local_cpus f0 and local_cpulist 4-6: CPU 7 is local by the mask alone.",
        remedy=Remedy(
            "Take the capture again on the host; on a live host look for CPUs that come and go.", risk="none"
        ),
        references=("ABI/testing/sysfs-bus-pci: /sys/bus/pci/devices/.../local_cpus, .../local_cpulist",),
        specimens=_mask_specimens,
    ),
    Rule(
        code="PCI002",
        name="device-without-numa-node",
        section=Section.PCI,
        severity=Severity.WARNING,
        needs=("topology", "pci"),
        check=_without_node,
        what="On a host with several NUMA nodes every PCI device names its node: numa_node is not -1.",
        why="Drivers allocate their rings on the node of the device, and interrupts are spread from there.  Without "
        "a node they get that of whichever CPU loads the driver.  On a host with one node -1 is normal.",
        example="Two nodes, and 0000:41:00.0 has numa_node -1 and local_cpulist 0-7: the firmware gives the host "
        "bridge no proximity domain (_PXM).",
        remedy=Remedy(
            "Update the firmware.  Until then root may write the right node to the device's numa_node, before its "
            "driver is bound; the kernel notes that the firmware is at fault.",
            runtime=True,
            risk="medium",
        ),
        references=("ABI/testing/sysfs-bus-pci: /sys/bus/pci/devices/.../numa_node",),
        specimens=_node_specimens,
    ),
    Rule(
        code="PCI003",
        name="local-cpus-differ-from-node",
        section=Section.PCI,
        severity=Severity.ERROR,
        needs=("topology", "pci"),
        check=_differs_from_node,
        what="The CPUs local to a PCI device are those of the NUMA node that it names, and that node is on line.",
        why="Some programs place by numa_node and others by the CPU list.  Where the two contradict each other, one "
        "half of them is remote, whichever is right.",
        example="0000:41:00.0 has numa_node 0 and local_cpulist 4-7, and node0/cpulist reads 0-3.",
        remedy=Remedy("Update the firmware; undo what has been written to numa_node by hand.", reboot=True),
        references=(
            "ABI/testing/sysfs-bus-pci: /sys/bus/pci/devices/.../numa_node",
            "ABI/stable/sysfs-devices-node: /sys/devices/system/node/nodeX/cpulist",
        ),
        specimens=_differs_specimens,
    ),
)
