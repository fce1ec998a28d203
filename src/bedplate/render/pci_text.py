"""The PCI devices as text, by where they are; bridges and the chipset's own devices are counted."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from bedplate.facts.pci import class_name
from bedplate.render.line import Line, Span, line
from bedplate.render.pci_json import hexadecimal
from bedplate.render.table import columns
from bedplate.values.escape import printable
from bedplate.values.reading import Present, value_of, why_missing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bedplate.facts.pci import Locality, Pci, PciDevice
    from bedplate.facts.pci_links import PciLink, PciLinks

_INDENT = "  "
# Base classes of what people place: storage, network, display, multimedia, processors, wireless, encryption, signal
# processing, accelerators, co-processors, and what has no class (virtio's balloon, sockets and the like).
_PLACED = frozenset((0x01, 0x02, 0x03, 0x04, 0x0B, 0x0D, 0x10, 0x11, 0x12, 0x40, 0xFF))
# Counters in the processor's own uncore are signal processing by class.
_PERFORMANCE_COUNTER = 0x1101


def pci_text(pci: Pci, links: PciLinks, *, verbose: bool = False) -> Iterator[Line]:
    """Yield the lines: each place with its devices, then what is wrong; with ``verbose`` every device."""
    if not isinstance(pci.bus, Present):
        yield line("no PCI devices are known: ", why_missing(pci.bus))
    known = links.by_address()
    for place, devices in _places(pci):
        yield line((_where(place), "bold"), f"  {len(devices)} device{'s' * (len(devices) != 1)}")
        yield from _table([device for device in devices if verbose or _is_placed(device)], known)
        yield from _counted([device for device in devices if not (verbose or _is_placed(device))])
    problems = (*pci.problems, *links.problems)
    if problems:
        yield line(("Problems", "bold yellow"))
        yield from (line(_INDENT, f"{problem.path}: {problem.text}") for problem in problems)


def _places(pci: Pci) -> list[tuple[Locality, list[PciDevice]]]:
    """Return the devices by node and CPUs, whatever told them; what is not known last."""
    groups: dict[tuple[int | None, str], list[PciDevice]] = {}
    for device in pci.devices:
        place = device.locality
        groups.setdefault((place.node, "" if place.cpus is None else str(place.cpus)), []).append(device)
    ordered = sorted(groups.items(), key=lambda item: (item[0][0] is None, item[0][0] or 0, item[0][1] == ""))
    return [(devices[0].locality, devices) for _, devices in ordered]


def _where(place: Locality) -> str:
    if place.node is not None:
        return f"Node {place.node}" if place.cpus is None else f"Node {place.node}, CPUs {place.cpus}"
    return "Place not known" if place.cpus is None else f"CPUs {place.cpus}, node not known"


def _is_placed(device: PciDevice) -> bool:
    code = value_of(device.class_code)
    return code is None or (code >> 16 in _PLACED and code >> 8 != _PERFORMANCE_COUNTER)


def _table(devices: Sequence[PciDevice], known: Mapping[str, PciLink]) -> Iterator[Line]:
    rows = [_row(device, known.get(device.address)) for device in devices]
    if rows:
        yield from (Line((Span(_INDENT + row),)) for row in columns(rows, "<<<<<<<"))


def _row(device: PciDevice, link: PciLink | None) -> list[str]:
    code = value_of(device.class_code)
    source = device.locality.source
    ids = [hexadecimal(reading, 4) or "?" for reading in (device.vendor, device.device)]
    return [
        device.address,
        "class not known" if code is None else class_name(code),
        ":".join(number.removeprefix("0x") for number in ids),
        "" if link is None else _driver(link),
        "" if link is None else _speed(link),
        "" if link is None else _interrupts(link),
        "" if source in ("numa_node", "one node", "unknown") else f"by {source}",
    ]


def _driver(link: PciLink) -> str:
    names = [interface.name for interface in link.interfaces]
    return " ".join([value_of(link.driver) or "-", *names])


def _speed(link: PciLink) -> str:
    """Return the link such as ``16 GT/s ×8``, with what it could be where that is more."""
    speed, width = value_of(link.current_speed), value_of(link.current_width)
    if speed is None or width is None:
        return ""
    best = (value_of(link.max_speed) or speed, value_of(link.max_width) or width)
    now = f"{speed / 1000:g} GT/s ×{width}"
    return now if (speed, width) >= best else f"{now} of {best[0] / 1000:g} GT/s ×{best[1]}"


def _interrupts(link: PciLink) -> str:
    numbers = value_of(link.msi_irqs)
    return f"IRQs {numbers}" if numbers else ""


def _counted(devices: Sequence[PciDevice]) -> Iterator[Line]:
    codes = [value_of(device.class_code) or 0 for device in devices]
    kinds = Counter(class_name(code) for code in codes)
    if kinds:
        parts = ", ".join(f"{count} × {printable(name)}" for name, count in kinds.most_common())
        yield line(_INDENT, (f"and {parts}", "dim"))
