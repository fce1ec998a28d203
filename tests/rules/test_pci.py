"""The rules on PCI: exact findings on hosts made here, and sensible ones on recorded machines."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests import recorded
from tests.trees import FolderRoot

from bedplate.facts.facts import Facts
from bedplate.facts.pci import PciDevice
from bedplate.facts.pci_links import PciLink
from bedplate.facts.specimen import specimen, specimen_topology
from bedplate.facts.specimen_devices import (
    specimen_device,
    specimen_irq,
    specimen_irqs,
    specimen_isolation,
    specimen_link,
    specimen_links,
    specimen_pci,
)
from bedplate.facts.topology import Topology
from bedplate.host.host import Host
from bedplate.policy import DEFAULT, Profile, Workload
from bedplate.rules.engine import run
from bedplate.rules.pci_devices import place_evidence
from bedplate.rules.registry import find_rule, rules_of
from bedplate.rules.rule import Cause, Expected, Finding, Section, Severity, State
from bedplate.rules.specimen_profile import wanting
from bedplate.values.idset import CpuSet
from bedplate.values.reading import Absent, Malformed, Present, Source

TOPOLOGY = specimen_topology()
ONE_NODE = specimen_topology({0: "0-7"})
NOT_HERE = Absent(Source("specimen/pci/x"), "not in this capture", certain=False)
EVERY_WISH = wanting(
    {
        "pci.workload_locality": "node",
        "pci.irq_placement": "local-housekeeping",
        "pci.queues": "local",
        "pci.aspm_policy": "performance",
        "pci.power_control": "on",
        "pci.user_drivers_need_iommu": True,
        "kernel.watchdog_cpumask": "housekeeping",
    }
)


def findings(code: str, facts: Facts, profile: Profile = DEFAULT) -> list[Finding]:
    return list(run([find_rule(code)], facts, profile).findings)


def only(code: str, facts: Facts, profile: Profile = DEFAULT) -> Finding:
    (finding,) = findings(code, facts, profile)
    return finding


def with_devices(*devices: PciDevice, topology: Topology = TOPOLOGY) -> Facts:
    return specimen(topology, pci=specimen_pci(topology, devices))


def with_links(*links: PciLink, policy: str = "performance") -> Facts:
    devices = [specimen_device(link.address, 1, "4-7") for link in links]
    pci = specimen_pci(TOPOLOGY, devices)
    return specimen(pci=pci, pci_links=specimen_links(pci, links, policy))


CARD = specimen_device("0000:41:00.0", 1, "4-7")


def test_mask_and_list_are_told_with_their_files_and_both_values() -> None:
    device = CARD._replace(local_cpulist=Present(CpuSet.from_list("4-6"), CARD.local_cpulist.source))
    finding = only("PCI001", with_devices(device))
    assert finding.state is State.FAIL
    assert str(finding.subject) == "pci:0000:41:00.0"
    assert finding.expected == Expected("equal", CpuSet.from_list("4-7"))
    assert finding.actual == CpuSet.from_list("4-6")
    assert [(piece.path, piece.raw) for piece in finding.evidence] == [
        ("specimen/pci/0000:41:00.0/local_cpus", "4-7"),
        ("specimen/pci/0000:41:00.0/local_cpulist", "4-6"),
    ]
    assert "4-7" in finding.reason
    assert "4-6" in finding.reason


def test_a_capture_with_the_list_alone_is_unknown_and_never_a_pass() -> None:
    devices = [specimen_device(f"0000:{bus:02x}:00.0", 1, "4-7")._replace(local_cpus=NOT_HERE) for bus in range(20)]
    few = only("PCI001", with_devices(*devices[:2]))
    assert (few.state, str(few.subject)) == (State.UNKNOWN, "pci:0000:00:00.0,0000:01:00.0")
    many = only("PCI001", with_devices(*devices))
    assert (many.state, str(many.subject)) == (State.UNKNOWN, "host")
    assert many.reason.startswith("of 20 devices, ")


def test_a_mask_that_cannot_be_understood_is_unknown() -> None:
    malformed = Malformed(CARD.local_cpus.source, b"zz\n", "not a mask")
    finding = only("PCI001", with_devices(CARD._replace(local_cpus=malformed)))
    assert (finding.state, finding.cause) == (State.UNKNOWN, Cause.UNPARSABLE)
    assert (finding.reason, finding.evidence[0].raw) == ("local_cpus: not a mask: “zz”", "zz")


@pytest.mark.parametrize("code", ["PCI001", "PCI002", "PCI003", "PCI006", "PCI008"])
def test_a_host_without_pci_is_not_concerned_and_a_capture_without_it_is_unknown(code: str) -> None:
    bare = replace(specimen_pci(TOPOLOGY), devices=())
    none = replace(bare, bus=Absent(Source("specimen/pci"), "no PCI bus"))
    lost = replace(bare, bus=Absent(Source("specimen/pci"), "not in this capture", certain=False))
    assert only(code, specimen(pci=bare)).state is State.NOT_APPLICABLE
    assert only(code, specimen(pci=none)).state is State.NOT_APPLICABLE
    assert only(code, specimen(pci=replace(bare, complete=False))).state is State.UNKNOWN
    assert only(code, specimen(pci=lost)).state is State.UNKNOWN


def test_no_node_is_normal_on_a_host_with_one() -> None:
    device = specimen_device("0000:41:00.0", None, "0-7")
    assert only("PCI002", with_devices(device, topology=ONE_NODE)).state is State.NOT_APPLICABLE
    assert only("PCI003", with_devices(device, topology=ONE_NODE)).state is State.NOT_APPLICABLE


def test_devices_without_a_node_fold_by_what_else_tells() -> None:
    blind = [specimen_device(f"0000:4{n}:00.0", None, "0-7") for n in range(3)]
    listed = specimen_device("0000:51:00.0", None, "4-7")
    bridge = specimen_device("0000:60:00.0", 0, "0-3", 0x060400)
    below = specimen_device("0000:61:00.0", None, "0-7")._replace(bridges=("0000:60:00.0",))
    found = findings("PCI002", with_devices(*blind, listed, bridge, below))
    assert {str(one.subject): one.reason.rpartition("; ")[2] for one in found} == {
        "pci:0000:40:00.0,0000:41:00.0,0000:42:00.0": "nothing else tells where it is",
        "pci:0000:51:00.0": "by its CPU list it is near to node 1",
        "pci:0000:61:00.0": "by its bridge 0000:60:00.0 it is near to node 0",
    }


def test_a_node_that_is_not_on_line_is_out_of_range() -> None:
    finding = only("PCI003", with_devices(specimen_device("0000:41:00.0", 7, "4-7")))
    assert (finding.state, finding.cause, finding.actual) == (State.FAIL, Cause.OUT_OF_RANGE, 7)
    assert [(piece.path, piece.raw) for piece in finding.evidence] == [
        ("specimen/pci/0000:41:00.0/numa_node", "7"),
        ("specimen/node/online", "0-1"),
    ]


def test_off_line_cpus_of_a_node_are_not_held_against_a_device() -> None:
    topology = replace(TOPOLOGY, online=CpuSet.from_list("0-6"))
    assert (
        only("PCI003", with_devices(specimen_device("0000:41:00.0", 1, "4-6"), topology=topology)).state is State.PASS
    )


def test_a_workload_across_nodes_but_within_a_package() -> None:
    nodes = specimen_topology({0: "0-3", 1: "4-7"})
    whole = replace(nodes, packages=(nodes.packages[0]._replace(cpus=CpuSet.from_list("0-7")),))
    workload = Workload("db", ("0000:41:00.0",), CpuSet.from_list("2-5"))
    facts = with_devices(CARD, topology=whole)
    near = only("PCI004", facts, wanting({"pci.workload_locality": "node"}, workload))
    assert near.state is State.FAIL
    assert "2-3" in near.reason
    assert only("PCI004", facts, wanting({"pci.workload_locality": "package"}, workload)).state is State.PASS


def test_the_device_of_a_workload_may_be_missing_from_a_capture() -> None:
    profile = wanting({"pci.workload_locality": "node"}, Workload("db", ("0000:99:00.0",), CpuSet([1])))
    facts = with_devices(CARD)
    assert only("PCI004", facts, profile).cause is Cause.ABSENT
    partial = specimen(pci=replace(specimen_pci(TOPOLOGY, [CARD]), complete=False))
    assert only("PCI004", partial, profile).state is State.UNKNOWN


def test_interrupts_of_one_device_are_one_finding_and_idle_ones_none() -> None:
    irqs = [
        specimen_irq(40, "0-7", "1", device=CARD.address),
        specimen_irq(41, "0-7", "2", device=CARD.address),
        specimen_irq(42, "0-7", "5", device=CARD.address),
        specimen_irq(43, "0-7", "3", device=CARD.address)._replace(actions=()),
        specimen_irq(44, "0-7", "3"),
    ]
    facts = specimen(pci=specimen_pci(TOPOLOGY, [CARD]), irqs=specimen_irqs("0-7", irqs))
    finding = only("PCI005", facts, wanting({"pci.irq_placement": "local"}))
    assert (str(finding.subject), str(finding.actual)) == ("irq:40-41", "1-2")
    assert CARD.address in finding.reason


def test_interrupts_are_unknown_where_nothing_tells_where_they_are_served() -> None:
    irq = specimen_irq(40, "0-7", "1", device=CARD.address)._replace(effective=NOT_HERE)
    facts = specimen(pci=specimen_pci(TOPOLOGY, [CARD]), irqs=specimen_irqs("0-7", [irq]))
    finding = only("PCI005", facts, wanting({"pci.irq_placement": "local"}))
    assert (finding.state, str(finding.subject)) == (State.UNKNOWN, "irq:40")


def link(speed: int | None = 16000, width: int = 8) -> PciLink:
    made = specimen_link(CARD)
    return made._replace(
        current_speed=Present(speed, made.current_speed.source), current_width=Present(width, made.current_width.source)
    )


def below_port(card: PciLink, speed: int | None, width: int | None) -> Facts:
    bridge = specimen_device("0000:40:00.0", 1, "4-7", 0x060400)
    pci = specimen_pci(TOPOLOGY, [bridge, CARD._replace(bridges=(bridge.address,))])
    port = specimen_link(bridge, "pcieport")
    port = port._replace(
        max_speed=Present(speed, port.max_speed.source), max_width=Present(width, port.max_width.source)
    )
    return specimen(pci=pci, pci_links=specimen_links(pci, [card, port]))


def test_the_lesser_end_of_a_link_counts() -> None:
    fast_card_slow_slot = below_port(link(speed=8000), 8000, 16)
    assert only("PCI006", fast_card_slow_slot).state is State.PASS
    trained_down = only("PCI006", below_port(link(speed=2500), 8000, 16))
    assert (trained_down.state, trained_down.actual) == (State.FAIL, "2.5 GT/s ×8")
    assert trained_down.expected == Expected("at-least", "8 GT/s ×8")
    narrow = only("PCI006", below_port(link(width=1), 16000, 4))
    assert narrow.expected == Expected("at-least", "16 GT/s ×4")


def test_a_link_is_unknown_where_its_other_end_is_or_where_it_sleeps() -> None:
    assert only("PCI006", below_port(link(speed=8000), None, None)).state is State.UNKNOWN
    asleep = link(speed=2500)
    asleep = asleep._replace(runtime_status=Present("suspended", asleep.runtime_status.source))
    assert only("PCI006", below_port(asleep, 16000, 8)).state is State.UNKNOWN


def test_a_device_without_a_link_is_not_concerned() -> None:
    assert only("PCI006", with_links(link(speed=None))).state is State.NOT_APPLICABLE
    gone = Absent(Source("specimen/link"), "the device has no PCI Express link")
    bare = specimen_link(CARD)._replace(current_speed=gone, current_width=gone, max_speed=gone, max_width=gone)
    assert only("PCI006", with_links(bare)).state is State.NOT_APPLICABLE


def test_power_is_not_judged_without_an_opinion() -> None:
    assert only("PCI007", with_links(link(), policy="powersave")).state is State.NOT_APPLICABLE


def test_a_policy_without_a_link_to_manage_is_without_effect() -> None:
    unmanaged = specimen_link(CARD)._replace(aspm=Present(dict[str, bool](), Source("specimen/link")))
    assert only("PCI007", with_links(unmanaged, policy="default"), EVERY_WISH).state is State.NOT_APPLICABLE


def test_power_of_links_and_devices() -> None:
    saving = specimen_link(CARD)
    saving = saving._replace(
        aspm=Present({"l0s_aspm": False, "l1_aspm": True}, saving.aspm.source),
        power_control=Present("auto", saving.power_control.source),
    )
    found = findings("PCI007", with_links(saving, policy="powersave"), EVERY_WISH)
    assert [(str(one.subject), one.actual, one.evidence[0].path) for one in found] == [
        ("host", "powersave", "specimen/pcie_aspm/policy"),
        ("pci:0000:41:00.0", 1, "specimen/pci/0000:41:00.0/link/l1_aspm"),
        ("pci:0000:41:00.0", "auto", "specimen/pci/0000:41:00.0/power/control"),
    ]


def test_vfio_wants_an_iommu_and_a_group_of_its_own() -> None:
    vfio = specimen_link(CARD, "vfio-pci")
    assert only("PCI008", with_links(vfio)).state is State.PASS
    assert only("PCI008", with_links(specimen_link(CARD, "mlx5_vfio_pci"))).state is State.PASS
    assert only("PCI008", with_links(specimen_link(CARD, None))).state is State.NOT_APPLICABLE
    unbound = specimen_link(CARD)._replace(driver=NOT_HERE)
    assert only("PCI008", with_links(unbound)).state is State.UNKNOWN


def test_vfio_in_a_group_without_an_iommu_weighs_more_by_profile() -> None:
    facts = with_links(specimen_link(CARD, "vfio-pci"))
    groups = {
        number: group._replace(name=Present("vfio-noiommu", group.name.source))
        for number, group in facts.pci_links.groups.items()
    }
    unsafe = specimen(pci=facts.pci, pci_links=replace(facts.pci_links, groups=groups))
    assert only("PCI008", unsafe).severity is Severity.WARNING
    assert only("PCI008", unsafe, EVERY_WISH).severity is Severity.ERROR
    assert "noiommu" in only("PCI008", unsafe).reason


def test_bridges_may_share_the_group_of_a_vfio_device() -> None:
    bridge = specimen_device("0000:40:00.0", 1, "4-7", 0x060400)
    pci = specimen_pci(TOPOLOGY, [bridge, CARD])
    port = specimen_link(bridge, "pcieport")
    port = port._replace(iommu_group=Present(CARD.address, port.iommu_group.source))
    facts = specimen(pci=pci, pci_links=specimen_links(pci, [port, specimen_link(CARD, "vfio-pci")]))
    assert only("PCI008", facts).state is State.PASS


def test_queues_are_unknown_where_isolation_is() -> None:
    topology = replace(TOPOLOGY, isolated=NOT_HERE)
    facts = specimen(topology, pci=specimen_pci(topology, [CARD]), isolation=specimen_isolation())
    assert only("PCI009", facts, wanting({"pci.queues": "local"})).state is State.UNKNOWN


def test_a_machine_whose_firmware_gives_most_devices_no_node() -> None:
    with Host(FolderRoot(recorded.folder("ghw--linux-amd64-intel-xeon-L5640"))) as host:
        facts = host.facts(["topology", "pci"])
    lost = only("PCI002", facts)
    assert lost.state is State.FAIL
    assert len(str(lost.subject).split(",")) == 72
    assert only("PCI001", facts).state is State.UNKNOWN
    assert only("PCI003", facts).state is State.PASS


def test_interrupts_of_a_large_machine_are_local() -> None:
    with Host(FolderRoot(recorded.folder("cnto--master.internal"))) as host:
        facts = host.facts(["topology", "pci", "pci_links", "irqs", "isolation"])
    assert only("PCI005", facts, wanting({"pci.irq_placement": "local"})).state is State.PASS
    disturbed = findings("PCI005", facts, wanting({"pci.irq_placement": "local-housekeeping"}, isolated="4-55"))
    assert {finding.state for finding in disturbed} == {State.FAIL}
    assert any("0000:31:00.0" in finding.reason for finding in disturbed)


def test_power_is_unknown_where_a_capture_does_not_tell_it() -> None:
    silent = specimen_link(CARD)._replace(aspm=NOT_HERE, power_control=NOT_HERE)
    facts = with_links(silent)
    facts = specimen(pci=facts.pci, pci_links=replace(facts.pci_links, aspm_policy=NOT_HERE))
    assert {finding.state for finding in findings("PCI007", facts, EVERY_WISH)} == {State.UNKNOWN}
    undriven = with_links(specimen_link(CARD)._replace(driver=NOT_HERE))
    assert {finding.state for finding in findings("PCI007", undriven, EVERY_WISH)} == {State.UNKNOWN}


@recorded.each_machine
def test_every_recorded_machine_gets_an_answer(machine: str) -> None:
    rules = [*rules_of(Section.PCI), *(rule for rule in rules_of(Section.ISOLATION) if rule.code >= "ISO003")]
    with Host(FolderRoot(recorded.folder(machine))) as host:
        facts = host.facts({name for rule in rules for name in rule.needs})
    for isolated in (None, "1", "all-but-first-core-per-node"):
        report = run(rules, facts, replace(EVERY_WISH, isolated=isolated))
        assert {finding.rule.code for finding in report.findings} == {rule.code for rule in rules}
        faults = [finding for finding in report.findings if finding.state is State.ERROR]
        assert not faults, faults[0].reason


def test_the_evidence_of_a_mask_is_its_text() -> None:
    mask = Present(CpuSet.from_mask("f0f1"), Source("specimen/local_cpus", raw=b"f0f1\n"))
    finding = only("PCI001", with_devices(CARD._replace(local_cpus=mask)))
    assert [piece.raw for piece in finding.evidence] == ["f0f1", "4-7"]
    placed = CARD._replace(local_cpus=mask, locality=CARD.locality._replace(source="cpulist"))
    assert [piece.raw for piece in place_evidence(placed, specimen_pci(TOPOLOGY, [placed]))] == ["f0f1"]
