"""Interrupts as text and JSON: what the schema says, of any host, with nothing that acts on a terminal."""

from __future__ import annotations

from dataclasses import replace

from tests import recorded
from tests.schemas import assert_valid
from tests.trees import FolderRoot

from bedplate.facts.irqs import Irqs, Summary
from bedplate.facts.specimen import CONSTANTS, specimen_topology
from bedplate.facts.specimen_devices import (
    specimen_irq,
    specimen_irqs,
    specimen_links,
    specimen_pci,
)
from bedplate.facts.topology import Problem
from bedplate.host.host import Host
from bedplate.render.irqs_json import irqs_document
from bedplate.render.irqs_text import irqs_text
from bedplate.values.reading import Absent, Source

TOPOLOGY = specimen_topology()
NOWHERE = Source("specimen/nowhere")
NO_LINKS = specimen_links(specimen_pci(TOPOLOGY))


def lines(irqs: Irqs, *, verbose: bool = False) -> list[str]:
    found = [line.plain() for line in irqs_text(irqs, verbose=verbose)]
    assert all(line.isprintable() for line in found)
    return found


def check(host: Host) -> None:
    assert_valid(irqs_document(host.irqs, host.pci_links, host.constants), "irqs-1")
    text = "\n".join(lines(host.irqs, verbose=True))
    assert all(str(irq.number) in text for irq in host.irqs.irqs)


def test_this_machine() -> None:
    with Host.live() as host:
        check(host)


@recorded.each_machine
def test_recorded_machines(machine: str) -> None:
    check(Host(FolderRoot(recorded.folder(machine))))


def test_irqs_come_by_the_cpus_that_serve_them() -> None:
    irqs = specimen_irqs(
        "0-7",
        [
            specimen_irq(30, "0-7", "3", "eth0"),
            specimen_irq(31, "0-7", "3", "a", "b"),
            specimen_irq(32, "0-7", "0-1", "timer"),
            specimen_irq(33, "0-7", "", "lost"),
            specimen_irq(34, "0-3", "0")._replace(effective=Absent(NOWHERE, "no such file")),
            specimen_irq(35, "0-7", "0")._replace(actions=()),
        ],
    )
    assert lines(irqs) == [
        "New IRQs  may be served at CPUs 0-7",
        "Served nowhere  1 IRQ",
        "  33:lost",
        "CPUs 0-1  1 IRQ",
        "  32:timer",
        "CPU 3  2 IRQs",
        "  30:eth0 31:a+b",
        "May be served at CPUs 0-3; where it is, is not known  1 IRQ",
        "  34:handler34",
        "No handler  1 IRQ",
        "  35",
    ]


def test_hostile_names_do_not_reach_the_terminal() -> None:
    evil = "\x1b[31mred\n\u202e\udcff"
    irqs = specimen_irqs("0-7", [specimen_irq(30, "0-7", "3", evil)._replace(chip=evil, flow=evil)])
    irqs = replace(irqs, problems=(Problem(evil, evil),), summaries=(Summary(evil, evil, (1, 2)),))
    document = irqs_document(irqs, NO_LINKS, CONSTANTS)
    assert_valid(document, "irqs-1")
    assert "\x1b" not in repr(document)
    lines(irqs)
