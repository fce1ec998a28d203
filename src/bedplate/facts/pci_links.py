"""What PCI devices are bound to: their drivers, links, power, IOMMU groups, interrupts and network queues.

Sources: Documentation/ABI/testing/sysfs-bus-pci, Documentation/PCI/msi-howto.rst, Documentation/power/pci.rst,
Documentation/driver-api/vfio.rst, Documentation/ABI/testing/sysfs-class-net-queues.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bedplate.facts.topology import Problem
    from bedplate.values.idset import IdSet
    from bedplate.values.reading import Reading


class Interface(NamedTuple):
    """A network interface of a device, with the queues that are in use now."""

    name: str
    path: str
    """The folder of its queues."""
    receive_queues: int
    transmit_queues: int


class IommuGroup(NamedTuple):
    """The devices that the IOMMU cannot tell apart, and what it does with them."""

    number: str
    name: Reading[str]
    """``vfio-noiommu`` for a group that no IOMMU stands behind; other groups have no name."""
    type: Reading[str]
    """The default domain: ``DMA``, ``DMA-FQ``, ``identity`` …"""


class PciLink(NamedTuple):
    """How one device is connected and driven."""

    address: str
    path: str
    """The folder of its files."""
    driver: Reading[str]
    """Absent where none is bound."""
    current_speed: Reading[int | None]
    """In megatransfers a second; None where the link is down or the device has none of its own."""
    max_speed: Reading[int | None]
    current_width: Reading[int | None]
    """In lanes; None as for the speed."""
    max_width: Reading[int | None]
    aspm: Reading[Mapping[str, bool]]
    """By name (l0s_aspm, l1_aspm, l1_1_aspm … clkpm), whether the link may save power so; empty for a link whose
    power the kernel does not manage."""
    power_control: Reading[str]
    """power/control: ``on`` keeps the device awake, ``auto`` lets it suspend when it is idle."""
    runtime_status: Reading[str]
    """power/runtime_status: ``active``, ``suspended``, ``unsupported`` …"""
    iommu_group: Reading[str]
    """The group's number; absent where no IOMMU translates for the device."""
    msi_irqs: Reading[IdSet]
    """The IRQs of its message-signalled interrupts; absent where it has none."""
    virtual_functions: Reading[int]
    """sriov_numvfs: how many are enabled; absent where the device has none to give."""
    physical_function: str | None
    """The address of the device that this virtual function is of; None for one that is none."""
    interfaces: tuple[Interface, ...]


@dataclass(frozen=True, slots=True)
class PciLinks:
    """The links of all PCI devices, and what the kernel allows of them."""

    links: tuple[PciLink, ...]
    """In the order of Pci.devices."""
    aspm_policy: Reading[str]
    """pcie_aspm/parameters/policy: ``default``, ``performance``, ``powersave`` or ``powersupersave``."""
    unsafe_noiommu: Reading[bool]
    """vfio's enable_unsafe_noiommu_mode; absent where vfio is not loaded."""
    groups: Mapping[str, IommuGroup]
    """By number, the groups of the devices here."""
    problems: tuple[Problem, ...]

    def by_address(self) -> Mapping[str, PciLink]:
        """Return the links by the addresses of their devices."""
        return {link.address: link for link in self.links}
