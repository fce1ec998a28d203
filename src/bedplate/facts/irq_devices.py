"""Which PCI device an interrupt is of, and which interrupts are spread over all CPUs by design."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bedplate.values.reading import value_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bedplate.facts.irqs import Irq, Irqs
    from bedplate.facts.pci_links import PciLinks
    from bedplate.values.idset import CpuSet


def devices_of_irqs(irqs: Irqs, links: PciLinks) -> Mapping[int, str]:
    """Return the address of the device by IRQ: what the chip names, else the device whose msi_irqs hold it."""
    found = {number: link.address for link in links.links for number in value_of(link.msi_irqs) or ()}
    known = {link.address for link in links.links}
    return found | {irq.number: irq.device for irq in irqs.irqs if irq.device is not None and irq.device in known}


def irqs_of_devices(irqs: Irqs, links: PciLinks) -> Mapping[str, tuple[Irq, ...]]:
    """Return the IRQs by the address of the device that they are of, in the order of their numbers."""
    devices = devices_of_irqs(irqs, links)
    found: dict[str, list[Irq]] = {}
    for irq in irqs.irqs:
        address = devices.get(irq.number)
        if address is not None:
            found.setdefault(address, []).append(irq)
    return {address: tuple(group) for address, group in found.items()}


def spread(irqs: Iterable[Irq], online: CpuSet) -> frozenset[int]:
    """Return the numbers of those IRQs of one device that share out all online CPUs among them.

    Drivers with a queue for each CPU have irq_create_affinity_masks() make such masks: each CPU is in one of them.
    An IRQ of these is near to the CPUs that it serves, wherever the device is.  Vectors for the device as a whole
    stand before the queues, with some drivers behind them, and are not among these.
    """
    wishes = [(irq.number, wish) for irq in irqs if (wish := value_of(irq.wished)) and not online <= wish]
    found: frozenset[int] = frozenset()
    for vectors in (wishes[::-1], wishes):
        taken, covered = _disjoint(vectors)
        if len(taken) > max(1, len(found)) and not online.bits & ~covered:
            found = taken
    return found


def _disjoint(vectors: Iterable[tuple[int, CpuSet]]) -> tuple[frozenset[int], int]:
    """Return the IRQs whose CPUs none before them has, and the bits of all these CPUs."""
    taken: set[int] = set()
    covered = 0
    for number, wish in vectors:
        if not covered & wish.bits:
            taken.add(number)
            covered |= wish.bits
    return frozenset(taken), covered
