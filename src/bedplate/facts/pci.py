"""The PCI devices of a host, and which CPUs and memory are near to each.

Sources: Documentation/ABI/testing/sysfs-bus-pci, Documentation/PCI/sysfs-pci.rst.
What a device's driver, link and power are is a section of its own, :mod:`bedplate.facts.pci_links`: it takes several
times as many files.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bedplate.facts.topology import Problem
    from bedplate.values.idset import CpuSet
    from bedplate.values.reading import Reading


class Locality(NamedTuple):
    """Where a device is, as far as that can be told; see :func:`bedplate.facts.locality.locate`."""

    cpus: CpuSet | None
    """The online CPUs near to the device; None where nothing tells them from the others."""
    node: int | None
    """The NUMA node of its memory; None where it is not known."""
    source: str
    """What tells: ``numa_node``, ``one node``, ``bridge 0000:16:00.0``, ``cpulist`` or ``unknown``."""


class PciDevice(NamedTuple):
    """One function of a PCI device."""

    address: str
    """domain:bus:slot.function such as 0000:41:00.0; a domain can have up to 32 bits."""
    path: str
    """The folder of its files."""
    class_code: Reading[int]
    """Base class, sub-class and interface in 24 bits: 0x020000 is an Ethernet controller."""
    vendor: Reading[int]
    device: Reading[int]
    numa_node: Reading[int | None]
    """None for -1, the kernel's NUMA_NO_NODE: the firmware tells no node (no _PXM), as is normal on a one-node host."""
    local_cpus: Reading[CpuSet]
    """The mask of the CPUs near to the device, as it reads."""
    local_cpulist: Reading[CpuSet]
    """The same as a list, as it reads; a capture may hold either, both or neither."""
    bridges: tuple[str, ...]
    """The addresses of the bridges above it, nearest first; empty on a root bus."""
    locality: Locality


@dataclass(frozen=True, slots=True)
class Pci:
    """The PCI devices of a host."""

    bus: Reading[str]
    """The folder that the devices are from; absent where the host has no PCI bus."""
    devices: tuple[PciDevice, ...]
    """In the order of their addresses."""
    complete: bool
    """Whether a device that is not here is not in the host either; False for a partial capture."""
    problems: tuple[Problem, ...]

    def by_address(self) -> Mapping[str, PciDevice]:
        """Return the devices by their addresses."""
        return {device.address: device for device in self.devices}


# Base classes of PCI (the PCI Code and ID Assignment Specification, names shortened), and sub-classes that people
# who place devices look for.
_CLASSES = {
    0x00: "unclassified",
    0x01: "storage",
    0x02: "network",
    0x03: "display",
    0x04: "multimedia",
    0x05: "memory",
    0x06: "bridge",
    0x07: "communication",
    0x08: "system peripheral",
    0x09: "input",
    0x0A: "docking station",
    0x0B: "processor",
    0x0C: "serial bus",
    0x0D: "wireless",
    0x0E: "intelligent I/O",
    0x0F: "satellite communication",
    0x10: "encryption",
    0x11: "signal processing",
    0x12: "processing accelerator",
    0x13: "instrumentation",
    0x40: "co-processor",
    0xFF: "without a class",
}
_SUBCLASSES = {
    0x0100: "SCSI",
    0x0101: "IDE",
    0x0104: "RAID",
    0x0106: "SATA",
    0x0107: "SAS",
    0x0108: "NVMe",
    0x0200: "Ethernet",
    0x0207: "InfiniBand",
    0x0300: "VGA",
    0x0302: "3D accelerator",
    0x0403: "audio",
    0x0500: "RAM",
    0x0502: "CXL memory",
    0x0600: "host bridge",
    0x0601: "ISA bridge",
    0x0604: "PCI bridge",
    0x0700: "serial port",
    0x0880: "system peripheral",
    0x0B40: "co-processor",
    0x0C03: "USB",
    0x0C04: "Fibre Channel",
    0x0C05: "SMBus",
    0x0C06: "InfiniBand",
    0x1101: "performance counter",
}
_BRIDGE = 0x06


def class_name(code: int) -> str:
    """Return what a class code is called, such as ``Ethernet``; ``class 0x7f`` where it has no name here."""
    return _SUBCLASSES.get(code >> 8) or _CLASSES.get(code >> 16) or f"class {code >> 16:#04x}"


def is_bridge(code: int) -> bool:
    """Return whether a class code is that of a bridge."""
    return code >> 16 == _BRIDGE
