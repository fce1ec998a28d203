"""Reads the PCI devices of a host from /sys/bus/pci/devices.

The entries there are links to /sys/devices/pci…, whose text names the bridges above a device.  The text is read and
resolved as text, and the files are read where it leads: a link that leads anywhere but to a folder of the device's
own name below /sys/devices is not followed.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from bedplate.facts.locality import UNKNOWN, located
from bedplate.facts.pci import Pci, PciDevice
from bedplate.host.attributes import Attributes
from bedplate.parse.pci import is_address, is_host_bridge, parse_address, parse_hex, parse_node
from bedplate.values.escape import decoded
from bedplate.values.idset import CpuSet
from bedplate.values.reading import Absent, Malformed, Present, Source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bedplate.facts.topology import Topology
    from bedplate.host.root import Entry, Root
    from bedplate.values.reading import Reading

_BUS = "/sys/bus/pci/devices"
_DEVICES = "/sys/devices"
_ABSENT_BUS = "no PCI bus (a kernel without CONFIG_PCI, or a machine without one)"
# A topology deeper than this, or with more functions, is not one of a real machine: domains have 65,536 each.
_DEPTH_LIMIT = 32
_DEVICE_LIMIT = 1 << 17

# Hundreds of devices share a handful of sets.
_from_mask = lru_cache(256)(CpuSet.from_mask)
_from_list = lru_cache(256)(CpuSet.from_list)


def read_pci(root: Root, topology: Topology) -> Pci:
    """Return the PCI devices; ``topology`` is what their localities are told in."""
    files = Attributes(root)
    try:
        entries = root.entries(_BUS)
    except OSError as error:
        bus, paths = _without_bus(root, error)
    else:
        bus = Present(_BUS, Source(_BUS))
        paths = {entry.name: _place(root, entry) for entry in entries[:_DEVICE_LIMIT] if is_address(entry.name)}
        for entry in entries:
            if entry.name not in paths:
                files.note(f"{_BUS}/{entry.name}", "not a PCI address")
    devices = [_device(files, address, paths[address]) for address in sorted(paths, key=parse_address)]
    return Pci(bus, located(devices, topology), root.knows_absence_of(_BUS), files.problems())


def _place(root: Root, entry: Entry) -> str | Malformed:
    """Return the folder that an entry of the bus leads to, or why it leads to none."""
    path = f"{_BUS}/{entry.name}"
    if entry.kind != "link":
        return path
    try:
        text = root.link(path)
    except OSError as error:
        return Malformed(Source(path), b"", f"the link cannot be read: {error.strerror}")
    target = resolved(_BUS, text)
    if target.startswith(f"{_DEVICES}/") and target.endswith(f"/{entry.name}") and target.count("/") <= _DEPTH_LIMIT:
        return target
    shown = text.encode("utf-8", "surrogateescape")
    return Malformed(Source(path), shown, f"the link does not lead to a folder of this name below {_DEVICES}")


def resolved(folder: str, text: str) -> str:
    """Return the path that a link's text in a folder means, worked out as text: ``..`` ends at the root."""
    parts: list[str] = []
    for part in (text if text.startswith("/") else f"{folder}/{text}").split("/"):
        if part == "..":
            del parts[-1:]
        elif part not in ("", "."):
            parts.append(part)
    return "/" + "/".join(parts)


def _without_bus(root: Root, error: OSError) -> tuple[Reading[str], dict[str, str | Malformed]]:
    """Return the devices below the host bridges of /sys/devices: a capture can hold them without the bus."""
    missing = root.missing(_BUS, error, absent=_ABSENT_BUS)
    found: dict[str, str | Malformed] = {}
    if isinstance(missing, Absent):
        for bridge in filter(is_host_bridge, root.names(_DEVICES)):
            found.update(_below(root, f"{_DEVICES}/{bridge}", 1))
    return (Present(_DEVICES, Source(_DEVICES)) if found else missing), found


def _below(root: Root, folder: str, depth: int) -> Iterator[tuple[str, str]]:
    """Yield name and path of each device in a folder and below; links are not followed."""
    try:
        entries = root.entries(folder)
    except OSError:
        return
    for entry in entries:
        path = f"{folder}/{entry.name}"
        device = is_address(entry.name)
        if entry.kind != "folder" or depth > _DEPTH_LIMIT or not (device or is_host_bridge(entry.name)):
            continue
        if device:
            yield entry.name, path
        yield from _below(root, path, depth + 1)


def _device(files: Attributes, address: str, place: str | Malformed) -> PciDevice:
    if isinstance(place, Malformed):
        files.note(place.source.path, f"{place.error}: “{decoded(place.text)}”")
        return PciDevice(address, place.source.path, place, place, place, place, place, place, (), UNKNOWN)
    above = [part for part in place.split("/")[:-1] if is_address(part)]
    return PciDevice(
        address,
        place,
        class_code=files.reading(f"{place}/class", parse_hex),
        vendor=files.reading(f"{place}/vendor", parse_hex),
        device=files.reading(f"{place}/device", parse_hex),
        numa_node=files.reading(f"{place}/numa_node", parse_node, absent="CONFIG_NUMA is off"),
        local_cpus=files.reading(f"{place}/local_cpus", _from_mask, keep=True),
        local_cpulist=files.reading(f"{place}/local_cpulist", _from_list),
        bridges=tuple(reversed(above)),
        locality=UNKNOWN,
    )
