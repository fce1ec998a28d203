"""Reads what PCI devices are bound to, from the folders that :mod:`bedplate.host.pci` found."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING, TypeVar

from bedplate.facts.pci_links import Interface, IommuGroup, PciLink, PciLinks
from bedplate.host.attributes import Attributes
from bedplate.parse.pci import is_address, parse_choice, parse_count, parse_speed, parse_switch, parse_width
from bedplate.values.escape import decoded
from bedplate.values.idset import NUMBER_LIMIT, IdSet
from bedplate.values.reading import Malformed, Present, Source

if TYPE_CHECKING:
    from collections.abc import Callable

    from bedplate.facts.pci import Pci, PciDevice
    from bedplate.host.root import Root
    from bedplate.values.reading import Missing, Reading

_ASPM_POLICY = "/sys/module/pcie_aspm/parameters/policy"
_NOIOMMU = "/sys/module/vfio/parameters/enable_unsafe_noiommu_mode"
_GROUPS = "/sys/kernel/iommu_groups"
_NO_ASPM = "CONFIG_PCIEASPM is off"
_NO_VFIO = "vfio is not loaded, or built without CONFIG_VFIO_NOIOMMU"
_NO_NAME = "only groups without an IOMMU, and some platforms', have a name"
_NO_LINK = "the device has no PCI Express link"
_NO_DRIVER = "no driver is bound"
_NO_GROUP = "no IOMMU translates for the device"
_NO_MSI = "the device uses no message-signalled interrupts"
_NO_SRIOV = "the device has no virtual functions to give"
_WORD_LIMIT = 200

T = TypeVar("T")


def read_pci_links(root: Root, pci: Pci) -> PciLinks:
    """Return the links of the devices; a folder is listed once, and what it does not hold is not looked for."""
    files = Attributes(root)
    links = tuple(_link(files, device) for device in pci.devices)
    numbers = {link.iommu_group.value for link in links if isinstance(link.iommu_group, Present)}
    return PciLinks(
        links,
        aspm_policy=root.reading(_ASPM_POLICY, parse_choice, absent=_NO_ASPM),
        unsafe_noiommu=root.reading(_NOIOMMU, parse_switch, absent=_NO_VFIO),
        groups={number: _group(root, number) for number in sorted(numbers)},
        problems=files.problems(),
    )


class _Folder:
    """The folder of one device: its names, and readings of what it holds."""

    def __init__(self, files: Attributes, path: str) -> None:
        self.files = files
        self.root = files.root
        self.path = path
        self.fault: OSError | None = None
        self.names: frozenset[str] = frozenset()
        try:
            self.names = frozenset(entry.name for entry in self.root.entries(path))
        except OSError as error:
            self.fault = error

    def missing(self, name: str, absent: str) -> Missing:
        nothing = OSError(errno.ENOENT, os.strerror(errno.ENOENT))
        return self.root.missing(f"{self.path}/{name}", self.fault or nothing, absent=absent)

    def reading(self, name: str, parse: Callable[[bytes], T], absent: str) -> Reading[T]:
        if name.partition("/")[0] not in self.names:
            return self.missing(name, absent)
        return self.files.reading(f"{self.path}/{name}", parse, absent=absent)

    def linked(self, name: str, absent: str) -> Reading[str]:
        """Return the last name of the path that a link leads to."""
        if name not in self.names:
            return self.missing(name, absent)
        path = f"{self.path}/{name}"
        try:
            text = self.root.link(path)
        except OSError as error:
            return Malformed(Source(path), b"", f"not a link: {error.strerror}")
        target = text.rstrip("/").rpartition("/")[2]
        shown = text.encode("utf-8", "surrogateescape")
        return Present(target, Source(path)) if target else Malformed(Source(path), shown, "leads to no name")

    def listed(self, name: str) -> list[str]:
        return self.root.names(f"{self.path}/{name}") if name in self.names else []


def _link(files: Attributes, device: PciDevice) -> PciLink:
    folder = _Folder(files, device.path)
    if isinstance(device.vendor, Malformed) and device.vendor.source.path == device.path:
        # The bus holds a link that leads elsewhere; whatever is there is not of this device.
        folder.names, folder.fault = frozenset(), OSError(errno.ELOOP, "the entry of the bus leads elsewhere")
    function = folder.linked("physfn", "")
    return PciLink(
        device.address,
        device.path,
        driver=folder.linked("driver", _NO_DRIVER),
        current_speed=folder.reading("current_link_speed", parse_speed, _NO_LINK),
        max_speed=folder.reading("max_link_speed", parse_speed, _NO_LINK),
        current_width=folder.reading("current_link_width", parse_width, _NO_LINK),
        max_width=folder.reading("max_link_width", parse_width, _NO_LINK),
        aspm=_aspm(folder),
        power_control=folder.reading("power/control", _word, "CONFIG_PM is off"),
        runtime_status=folder.reading("power/runtime_status", _word, "CONFIG_PM is off"),
        iommu_group=folder.linked("iommu_group", _NO_GROUP),
        msi_irqs=_msi_irqs(folder),
        virtual_functions=folder.reading("sriov_numvfs", parse_count, _NO_SRIOV),
        physical_function=function.value if isinstance(function, Present) and is_address(function.value) else None,
        interfaces=_interfaces(folder),
    )


def _aspm(folder: _Folder) -> Reading[dict[str, bool]]:
    """Return the switches of ``link`` (Linux 5.5); the folder of a link that is not managed is empty."""
    if "link" not in folder.names:
        return folder.missing("link", "an older kernel (the folder came with Linux 5.5)")
    states: dict[str, bool] = {}
    for name in folder.listed("link"):
        reading = folder.reading(f"link/{name}", parse_switch, "")
        if isinstance(reading, Present):
            states[name] = reading.value
    return Present(states, Source(f"{folder.path}/link"))


def _msi_irqs(folder: _Folder) -> Reading[IdSet]:
    if "msi_irqs" not in folder.names:
        return folder.missing("msi_irqs", _NO_MSI)
    path = f"{folder.path}/msi_irqs"
    numbers = folder.root.numbered(path, "")
    return Present(IdSet(number for number in numbers if number < NUMBER_LIMIT), Source(path))


def _interfaces(folder: _Folder) -> tuple[Interface, ...]:
    """Return the network interfaces; those of virtio are one folder further down."""
    homes = [f"{name}/net" for name in folder.names if name.startswith("virtio")]
    homes += ["net"] if "net" in folder.names else []
    found: list[Interface] = []
    for home in sorted(homes):
        for name in folder.root.names(f"{folder.path}/{home}"):
            path = f"{folder.path}/{home}/{name}/queues"
            queues = folder.root.names(path)
            receive = sum(queue.startswith("rx-") for queue in queues)
            found.append(Interface(name, path, receive, sum(queue.startswith("tx-") for queue in queues)))
    return tuple(found)


def _group(root: Root, number: str) -> IommuGroup:
    path = f"{_GROUPS}/{number}"
    return IommuGroup(
        number,
        name=root.reading(f"{path}/name", _word, absent=_NO_NAME),
        type=root.reading(f"{path}/type", _word, absent="an older kernel"),
    )


def _word(text: bytes) -> str:
    return decoded(text[:_WORD_LIMIT]).strip(" \n\0")
