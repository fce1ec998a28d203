"""The interrupts as the JSON document bedplate/irqs/1 (docs/schemas/irqs-1.json)."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from bedplate.facts.irq_devices import devices_of_irqs
from bedplate.render.values import Json, plain
from bedplate.values.reading import Present, value_of

if TYPE_CHECKING:
    from bedplate.facts.irqs import Irq, Irqs
    from bedplate.facts.pci_links import PciLinks
    from bedplate.values.constants import HostConstants
    from bedplate.values.idset import CpuSet
    from bedplate.values.reading import Reading

SCHEMA = "bedplate/irqs/1"


def irqs_document(irqs: Irqs, links: PciLinks, constants: HostConstants) -> dict[str, Json]:
    """Return the document; ``links`` tell which device an IRQ is of where its chip does not."""
    devices = devices_of_irqs(irqs, links)
    return {
        "schema": SCHEMA,
        "constants": plain(asdict(constants)),
        "default_affinity": _listed(irqs.default_affinity),
        "irqs": [_irq(irq, devices.get(irq.number)) for irq in irqs.irqs],
        "summaries": [
            {"name": plain(one.label), "text": plain(one.text), "count": sum(one.counts)} for one in irqs.summaries
        ],
        "problems": [{"path": plain(problem.path), "text": plain(problem.text)} for problem in irqs.problems],
    }


def _irq(irq: Irq, device: str | None) -> dict[str, Json]:
    return {
        "irq": irq.number,
        "chip": plain(irq.chip),
        "hwirq": irq.hwirq,
        "flow": plain(irq.flow),
        "actions": plain(irq.actions),
        "device": device,
        "smp_affinity": _listed(irq.wished),
        "effective_affinity": _listed(irq.effective),
        "node": _node(irq.node),
        "managed": value_of(irq.managed),
        "count": None if irq.counts is None else sum(irq.counts),
    }


def _listed(reading: Reading[CpuSet]) -> str | None:
    value = value_of(reading)
    return None if value is None else str(value)


def _node(reading: Reading[int | None]) -> int | None:
    """Return what the file reads: -1 where the kernel knows no node, None where the file is not there."""
    if not isinstance(reading, Present):
        return None
    return -1 if reading.value is None else reading.value
