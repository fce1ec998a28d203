"""Which device an interrupt is of, and which interrupts are spread over all CPUs by design."""

from __future__ import annotations

from tests import recorded
from tests.trees import FolderRoot

from bedplate.facts.irq_devices import devices_of_irqs, irqs_of_devices, spread
from bedplate.facts.specimen import specimen_topology
from bedplate.facts.specimen_devices import (
    specimen_device,
    specimen_irq,
    specimen_irqs,
    specimen_link,
    specimen_links,
    specimen_pci,
)
from bedplate.host.host import Host
from bedplate.values.idset import CpuSet, IdSet
from bedplate.values.reading import Present, Source

TOPOLOGY = specimen_topology()
NOWHERE = Source("specimen/nowhere")


def test_an_irq_is_of_the_device_that_lists_it_or_that_its_chip_names() -> None:
    devices = [specimen_device("0000:01:00.0", 0, "0-3"), specimen_device("0000:02:00.0", 1, "4-7")]
    pci = specimen_pci(TOPOLOGY, devices)
    links = specimen_links(pci, [specimen_link(devices[0])._replace(msi_irqs=Present(IdSet([40, 41]), NOWHERE))])
    irqs = specimen_irqs(
        "0-7",
        [
            specimen_irq(40, "0-7", "0"),
            specimen_irq(41, "0-7", "0", device="0000:02:00.0"),
            specimen_irq(42, "0-7", "0", device="0000:09:00.0"),
        ],
    )
    assert devices_of_irqs(irqs, links) == {40: "0000:01:00.0", 41: "0000:02:00.0"}


def test_irqs_that_share_out_all_cpus_are_spread() -> None:
    online = CpuSet.from_list("0-3")
    by_cpu = [specimen_irq(40 + cpu, str(cpu), str(cpu)) for cpu in range(4)]
    whole = specimen_irq(39, "0-7", "0")
    assert spread([whole, *by_cpu], online) == {40, 41, 42, 43}
    assert spread(by_cpu[:3], online) == frozenset()
    before, behind = specimen_irq(38, "2", "2"), specimen_irq(50, "0-1", "0")
    assert spread([before, *by_cpu], online) == {40, 41, 42, 43}
    assert spread([*by_cpu, behind], online) == {40, 41, 42, 43}
    assert spread([specimen_irq(50, "0-1", "0"), specimen_irq(51, "2-3", "2")], online) == {50, 51}
    assert spread([whole], online) == frozenset()


def test_of_a_recorded_machine_the_queues_of_nvme_are_spread_and_its_network_cards_are_local() -> None:
    host = Host(FolderRoot(recorded.folder("cnto--master.internal")))
    found = irqs_of_devices(host.irqs, host.pci_links)
    assert len(spread(found["0000:b1:00.0"], host.topology.online)) == 112
    assert len(found["0000:b1:00.0"]) == 113
    assert spread(found["0000:98:00.0"], host.topology.online) == frozenset()
