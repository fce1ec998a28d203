"""PCI devices as text and JSON: what the schemas say, of any host, with nothing that acts on a terminal."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests import recorded
from tests.schemas import assert_valid
from tests.trees import FolderRoot

from bedplate.facts.pci import Locality
from bedplate.facts.specimen import CONSTANTS, specimen_topology
from bedplate.facts.specimen_devices import specimen_device, specimen_link, specimen_links, specimen_pci
from bedplate.facts.topology import Problem
from bedplate.host.host import Host
from bedplate.render.pci_json import pci_document, pci_entries
from bedplate.render.pci_text import pci_text
from bedplate.render.topology_json import topology_document
from bedplate.values.reading import Absent, Present, Source

TOPOLOGY = specimen_topology()
NOWHERE = Source("specimen/nowhere")


def all_text(host: Host, *, verbose: bool = False) -> str:
    lines = [line.plain() for line in pci_text(host.pci, host.pci_links, verbose=verbose)]
    assert all(line.isprintable() for line in lines)
    return "\n".join(lines)


def check(host: Host) -> None:
    document = pci_document(host.pci, host.pci_links, host.constants)
    assert_valid(document, "pci-1")
    assert_valid(topology_document(host.topology, host.constants, host.pci), "topology-1")
    text = all_text(host, verbose=True)
    assert all(device.address in text for device in host.pci.devices)


def test_this_machine() -> None:
    with Host.live() as host:
        check(host)


@recorded.each_machine
def test_recorded_machines(machine: str) -> None:
    check(Host(FolderRoot(recorded.folder(machine))))


def test_a_large_machine_is_told_in_few_lines() -> None:
    host = Host(FolderRoot(recorded.folder("cnto--master.internal")))
    lines = all_text(host).splitlines()
    assert len(lines) < 40
    assert sum("Ethernet" in line for line in lines) == 10
    assert sum("NVMe" in line for line in lines) == 4


def test_an_entry_of_the_topology_document() -> None:
    pci = specimen_pci(TOPOLOGY, [specimen_device("10000:e1:00.0", 1, "4-7")])
    assert pci_entries(pci) == [
        {
            "address": "10000:e1:00.0",
            "class": "0x020000",
            "vendor": "0x8086",
            "device": "0x1592",
            "numa_node": 1,
            "local_cpus": "4-7",
            "local_cpulist": "4-7",
            "locality": {"cpus": "4-7", "node": 1, "source": "numa_node"},
        }
    ]


def test_what_is_not_known_is_null_and_minus_one_is_what_the_kernel_writes() -> None:
    bare = specimen_device("0000:41:00.0", None, "0-7")._replace(
        class_code=Absent(NOWHERE, "not in this capture", certain=False), local_cpus=Absent(NOWHERE, "no such file")
    )
    lost = bare._replace(address="0000:42:00.0", numa_node=Absent(NOWHERE, "no such file"))
    first, second = pci_entries(specimen_pci(TOPOLOGY, [bare, lost]))
    assert isinstance(first, dict)
    assert isinstance(second, dict)
    assert (first["class"], first["local_cpus"], first["numa_node"]) == (None, None, -1)
    assert second["numa_node"] is None
    assert second["locality"] == {"cpus": None, "node": None, "source": "unknown"}


def test_hostile_names_do_not_reach_the_terminal() -> None:
    device = specimen_device("0000:41:00.0", 1, "4-7")
    evil = "\x1b[31mred\n\u202e\udcff"
    link = specimen_link(device, evil)._replace(power_control=Present(evil, NOWHERE))
    pci = replace(specimen_pci(TOPOLOGY, [device]), problems=(Problem(evil, evil),))
    links = specimen_links(pci, [link])
    document = pci_document(pci, links, CONSTANTS)
    assert_valid(document, "pci-1")
    assert "\x1b" not in repr(document)
    assert all(line.plain().isprintable() for line in pci_text(pci, links))


@pytest.mark.parametrize(
    ("speed", "width", "expected"),
    [
        (8000, 8, "8 GT/s ×8 of 16 GT/s ×8"),
        (16000, 4, "16 GT/s ×4 of 16 GT/s ×8"),
        (2500, 1, "2.5 GT/s ×1 of 16 GT/s ×8"),
        (16000, 8, "16 GT/s ×8"),
        (None, 8, ""),
    ],
)
def test_the_link_of_a_device(speed: int | None, width: int, expected: str) -> None:
    device = specimen_device("0000:41:00.0", 1, "4-7")
    link = specimen_link(device)._replace(current_speed=Present(speed, NOWHERE), current_width=Present(width, NOWHERE))
    pci = specimen_pci(TOPOLOGY, [device])
    row = [line.plain() for line in pci_text(pci, specimen_links(pci, [link])) if "0000:41" in line.plain()]
    assert row == [f"  0000:41:00.0  Ethernet  8086:1592  ice  {expected}".rstrip()]


def test_places_come_by_node_and_the_unknown_last() -> None:
    devices = [
        specimen_device("0000:01:00.0", None, "0-7"),
        specimen_device("0000:02:00.0", 1, "4-7"),
        specimen_device("0000:03:00.0", None, "2-5"),
        specimen_device("0000:04:00.0", 0, "0-3"),
    ]
    pci = specimen_pci(TOPOLOGY, devices)
    titles = [line.plain() for line in pci_text(pci, specimen_links(pci)) if not line.plain().startswith(" ")]
    assert titles == [
        "Node 0, CPUs 0-3  1 device",
        "Node 1, CPUs 4-7  1 device",
        "CPUs 2-5, node not known  1 device",
        "Place not known  1 device",
    ]
    assert pci.devices[0].locality == Locality(None, None, "unknown")
