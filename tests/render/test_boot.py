"""The boot as text and JSON: what the schema says, of any host, with nothing that acts on a terminal."""

from __future__ import annotations

from tests import recorded
from tests.schemas import assert_valid
from tests.trees import FolderRoot

from bedplate.facts.boot import Boot
from bedplate.facts.specimen import CONSTANTS, specimen_topology
from bedplate.facts.specimen_boot import specimen_boot, specimen_log, specimen_persisted
from bedplate.host.host import Host
from bedplate.render.boot_json import boot_document
from bedplate.render.boot_text import boot_text
from bedplate.values.reading import Denied, Present, Source

TOPOLOGY = specimen_topology()


def lines(boot: Boot, *, verbose: bool = False) -> list[str]:
    found = [line.plain() for line in boot_text(boot, TOPOLOGY, CONSTANTS, verbose=verbose)]
    assert all(line.isprintable() for line in found)
    return found


def check(host: Host) -> None:
    document = boot_document(host.boot, host.topology, host.constants)
    assert_valid(document, "boot-1")
    for verbose in (False, True):
        text = [line.plain() for line in boot_text(host.boot, host.topology, host.constants, verbose=verbose)]
        assert text
        assert all(line.isprintable() for line in text)


def test_this_machine() -> None:
    with Host.live() as host:
        check(host)


@recorded.each_machine
def test_recorded_machines(machine: str) -> None:
    check(Host(FolderRoot(recorded.folder(machine))))


def test_what_a_line_comes_to() -> None:
    boot = specimen_boot(
        "quiet isolcpus=2-3 nohz-full=2-3 hugepagesz=1G hugepages=0:1,1:2 isolcpus=4 -- --verbose",
        log=specimen_log('Unknown kernel command line parameters "isolcpus=4", will be passed to user space.'),
        persisted=specimen_persisted("quiet isolcpus=2,3 panic=1"),
    )
    assert lines(boot) == [
        "Command line  6 parameters, 88 bytes of 2047",
        "  quiet isolcpus=2-3 nohz-full=2-3 hugepagesz=1G hugepages=0:1,1:2 isolcpus=4",
        "For init",
        "  --verbose",
        "Isolation  isolcpus 2-3, nohz_full 2-3, offloaded callbacks 2-3",
        "  ignored: isolcpus=4: isolcpus=2-3 came before and says otherwise",
        "Huge pages  3 of 1G (node 0: 1, node 1: 2)",
        "Not known to the kernel  isolcpus=4",
        "Clock  tsc of tsc hpet",
        "Idle  intel_idle, menu, no latency limit",
        "Preemption  full of none voluntary full",
        "Next boot  specimen/grub:3",
        "  quiet isolcpus=2,3 panic=1",
        "  - nohz-full=2-3  booted with it, not kept",
        "  - isolcpus=4  booted with it, not kept",
        "  - hugepagesz=1G hugepages=0:1,1:2  booted with it, not kept",
        "  + panic=1  kept, not booted with it",
    ]
    document = boot_document(boot, TOPOLOGY, CONSTANTS)
    assert_valid(document, "boot-1")
    assert document["sets"] == {
        "isolcpus": "2-3",
        "nohz_full": "2-3",
        "rcu_nocbs": "",
        "offloaded": "2-3",
        "managed_irq": "",
        "dropped": [{"parameter": "isolcpus=4", "reason": "isolcpus=2-3 came before and says otherwise"}],
        "undecided": None,
    }


def test_what_may_not_be_read_is_said() -> None:
    boot = specimen_boot(log=Denied(Source("specimen/kmsg"), 1, "CAP_SYSLOG"))
    assert "specimen/kmsg: permission denied (EPERM), needs CAP_SYSLOG" in lines(boot)
    document = boot_document(boot, TOPOLOGY, CONSTANTS)
    assert document["log"] is None
    missing = document["missing"]
    assert isinstance(missing, list)
    assert {"path": "specimen/kmsg", "reason": "specimen/kmsg: permission denied (EPERM), needs CAP_SYSLOG"} in missing


def test_hostile_text_does_not_reach_the_terminal() -> None:
    evil = "a=\x1b[31mred\u202e\udcff "
    boot = specimen_boot(
        evil + 'b="x\x9b',
        clocksource=Present(evil, Source("specimen/clock")),
        persisted=specimen_persisted("quiet"),
    )
    lines(boot, verbose=True)
    assert_valid(boot_document(boot, TOPOLOGY, CONSTANTS), "boot-1")
