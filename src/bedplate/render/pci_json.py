"""The PCI devices as the JSON document bedplate/pci/1 (docs/schemas/pci-1.json), and as part of bedplate/topology/1."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from bedplate.facts.pci import class_name
from bedplate.render.values import Json, plain
from bedplate.values.reading import Present, value_of

if TYPE_CHECKING:
    from bedplate.facts.pci import Pci, PciDevice
    from bedplate.facts.pci_links import Interface, IommuGroup, PciLink, PciLinks
    from bedplate.values.constants import HostConstants
    from bedplate.values.reading import Reading

SCHEMA = "bedplate/pci/1"


def pci_entries(pci: Pci) -> list[Json]:
    """Return the devices as the topology document holds them, in the order of their addresses."""
    return [_entry(device) for device in pci.devices]


def pci_document(pci: Pci, links: PciLinks, constants: HostConstants) -> dict[str, Json]:
    """Return the document: sets of CPUs are kernel list text, what is not known is null."""
    known = links.by_address()
    return {
        "schema": SCHEMA,
        "constants": plain(asdict(constants)),
        "bus": plain(value_of(pci.bus)),
        "aspm_policy": plain(value_of(links.aspm_policy)),
        "unsafe_noiommu": value_of(links.unsafe_noiommu),
        "devices": [_device(device, known.get(device.address)) for device in pci.devices],
        "iommu_groups": [_group(group) for group in links.groups.values()],
        "problems": [
            {"path": plain(problem.path), "text": plain(problem.text)} for problem in (*pci.problems, *links.problems)
        ],
    }


def hexadecimal(reading: Reading[int], digits: int) -> str | None:
    """Return an id as the kernel writes it, such as ``0x8086``; None where it is not known."""
    value = value_of(reading)
    return None if value is None else f"0x{value:0{digits}x}"


def _entry(device: PciDevice) -> dict[str, Json]:
    place = device.locality
    return {
        "address": device.address,
        "class": hexadecimal(device.class_code, 6),
        "vendor": hexadecimal(device.vendor, 4),
        "device": hexadecimal(device.device, 4),
        "numa_node": _node(device.numa_node),
        "local_cpus": _text(value_of(device.local_cpus)),
        "local_cpulist": _text(value_of(device.local_cpulist)),
        "locality": {"cpus": _text(place.cpus), "node": place.node, "source": place.source},
    }


def _node(reading: Reading[int | None]) -> int | None:
    """Return what the file reads: -1 where the kernel knows no node, None where the file is not there."""
    if not isinstance(reading, Present):
        return None
    return -1 if reading.value is None else reading.value


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _device(device: PciDevice, link: PciLink | None) -> dict[str, Json]:
    code = value_of(device.class_code)
    entry = _entry(device)
    entry["class_name"] = None if code is None else class_name(code)
    entry["bridges"] = list(device.bridges)
    return entry | ({} if link is None else _link(link))


def _link(link: PciLink) -> dict[str, Json]:
    aspm = value_of(link.aspm)
    return {
        "driver": plain(value_of(link.driver)),
        "link": {
            "speed_mt_s": value_of(link.current_speed),
            "max_speed_mt_s": value_of(link.max_speed),
            "width": value_of(link.current_width),
            "max_width": value_of(link.max_width),
        },
        "aspm": None if aspm is None else plain(aspm),
        "power_control": plain(value_of(link.power_control)),
        "runtime_status": plain(value_of(link.runtime_status)),
        "iommu_group": plain(value_of(link.iommu_group)),
        "msi_irqs": _text(value_of(link.msi_irqs)),
        "virtual_functions": value_of(link.virtual_functions),
        "physical_function": link.physical_function,
        "interfaces": [_interface(interface) for interface in link.interfaces],
    }


def _interface(interface: Interface) -> dict[str, Json]:
    return {
        "name": plain(interface.name),
        "receive_queues": interface.receive_queues,
        "transmit_queues": interface.transmit_queues,
    }


def _group(group: IommuGroup) -> dict[str, Json]:
    return {
        "number": plain(group.number),
        "name": plain(value_of(group.name)),
        "type": plain(value_of(group.type)),
    }
