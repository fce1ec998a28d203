"""Which CPUs and node a PCI device is near to, and by what that is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bedplate.facts.pci import Locality
from bedplate.values.reading import value_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bedplate.facts.pci import PciDevice
    from bedplate.facts.topology import Node, Topology
    from bedplate.values.idset import CpuSet

UNKNOWN = Locality(None, None, "unknown")


def located(devices: Iterable[PciDevice], topology: Topology) -> tuple[PciDevice, ...]:
    """Return the devices, each with its locality."""
    known = {device.address: device for device in devices}
    nodes = {node.id: node for node in topology.nodes}
    return tuple(device._replace(locality=locate(device, known, nodes, topology.online)) for device in known.values())


def locate(device: PciDevice, known: Mapping[str, PciDevice], nodes: Mapping[int, Node], online: CpuSet) -> Locality:
    """Return where a device is: by its own numa_node, its bridges', or the CPUs that the kernel calls local.

    ``known`` are the devices by address, bridges among them.  A device on the only node is there whatever it says;
    on several nodes a list of every online CPU says nothing, as that is what the kernel prints for no node.
    """
    own = _node_of(device, nodes)
    if own is not None:
        return Locality(own.closest_cpus, own.id, "numa_node")
    if len(nodes) == 1:
        (only,) = nodes.values()
        return Locality(only.closest_cpus, only.id, "one node")
    for address in device.bridges:
        above = known.get(address)
        node = None if above is None else _node_of(above, nodes)
        if node is not None:
            return Locality(node.closest_cpus, node.id, f"bridge {address}")
    return _by_cpus(device, nodes, online)


def _node_of(device: PciDevice, nodes: Mapping[int, Node]) -> Node | None:
    """Return the node that a device names, None where it names none or one that is not on line."""
    number = value_of(device.numa_node)
    return None if number is None else nodes.get(number)


def _by_cpus(device: PciDevice, nodes: Mapping[int, Node], online: CpuSet) -> Locality:
    near = _local(device)
    if near is None:
        return UNKNOWN
    near &= online
    if not near or (nodes and near == online):
        return UNKNOWN
    homes = [node.id for node in nodes.values() if not near.isdisjoint(node.online_cpus)]
    return Locality(near, homes[0] if len(homes) == 1 else None, "cpulist")


def _local(device: PciDevice) -> CpuSet | None:
    """Return the CPUs that the kernel calls local: the mask, else the list."""
    mask = value_of(device.local_cpus)
    return value_of(device.local_cpulist) if mask is None else mask
