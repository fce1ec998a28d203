"""The rules on masks that leave out the isolated CPUs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bedplate.facts.facts import Facts
from bedplate.facts.specimen import specimen, specimen_topology
from bedplate.facts.specimen_devices import (
    specimen_device,
    specimen_irq,
    specimen_irqs,
    specimen_isolation,
    specimen_pci,
)
from bedplate.policy import DEFAULT, Profile, Workload
from bedplate.rules.engine import run
from bedplate.rules.registry import find_rule
from bedplate.rules.rule import Finding, Severity, State
from bedplate.rules.specimen_profile import wanting
from bedplate.values.idset import CpuSet
from bedplate.values.reading import Absent, Denied, Present, Source

TOPOLOGY = specimen_topology()
CODES = ["ISO003", "ISO004", "ISO006", "ISO007", "ISO010"]
ISOLATED = wanting({}, isolated="2-3")


def cpus(text: str) -> CpuSet:
    return CpuSet.from_list(text)


def findings(code: str, facts: Facts, profile: Profile = DEFAULT) -> list[Finding]:
    return list(run([find_rule(code)], facts, profile).findings)


def only(code: str, facts: Facts, profile: Profile = DEFAULT) -> Finding:
    (finding,) = findings(code, facts, profile)
    return finding


@pytest.mark.parametrize("code", CODES)
def test_without_isolation_nothing_applies_and_the_reason_is_told(code: str) -> None:
    finding = only(code, specimen())
    assert finding.state is State.NOT_APPLICABLE
    assert "isolates no CPU" in finding.reason


@pytest.mark.parametrize("code", CODES)
def test_what_could_not_be_seen_is_unknown(code: str) -> None:
    lost = replace(TOPOLOGY, isolated=Denied(Source("specimen/cpu/isolated"), 13, "root"))
    assert only(code, specimen(lost)).state is State.UNKNOWN


@pytest.mark.parametrize("code", CODES)
def test_a_profile_whose_cpus_are_not_understood_is_unknown(code: str) -> None:
    finding = only(code, specimen(), wanting({}, isolated="the fast ones"))
    assert finding.state is State.UNKNOWN
    assert "all-but-first-core-per-node" in finding.reason


def test_masks_name_the_shared_cpus_and_every_file_that_isolates() -> None:
    topology = replace(
        TOPOLOGY,
        isolated=Present(cpus("2-3"), Source("specimen/cpu/isolated")),
        nohz_full=Present(cpus("3,6"), Source("specimen/cpu/nohz_full")),
    )
    facts = specimen(topology, irqs=specimen_irqs("0-1,6"))
    finding = only("ISO006", facts)
    assert (finding.state, str(finding.subject)) == (State.FAIL, "cpu:6")
    assert [piece.path for piece in finding.evidence] == [
        "specimen/irq/default_smp_affinity",
        "specimen/cpu/isolated",
        "specimen/cpu/nohz_full",
    ]


def test_an_isolated_partition_isolates_too() -> None:
    isolation = replace(specimen_isolation(), partitions=Present(cpus("7"), Source("specimen/partitions")))
    assert str(only("ISO010", specimen(isolation=isolation)).subject) == "cpu:7"


def test_the_mask_of_one_workqueue_is_not_held_against_it() -> None:
    # writeback's own mask is 0-7 in the specimen; its workers stay within the mask of all.
    assert only("ISO010", specimen(isolation=specimen_isolation(unbound="0-1,4-7")), ISOLATED).state is State.PASS


def test_interrupts_of_a_device_stand_alone_and_a_few_of_others_together() -> None:
    mine, other = "0000:00:00.0", "0000:01:00.0"
    irqs = [specimen_irq(40 + n, "0-7", "2", device=mine) for n in range(4)]
    irqs += [specimen_irq(50, "0-7", "3", device=other), specimen_irq(51, "0-7", "3")]
    found = findings("ISO007", specimen(irqs=specimen_irqs("0-1", irqs)), ISOLATED)
    assert {(str(one.subject), one.reason) for one in found} == {
        ("irq:40-43", f"interrupts of {mine} are served at isolated CPUs"),
        ("irq:50-51", "interrupts are served at isolated CPUs"),
    }


def test_queues_made_for_each_cpu_and_managed_interrupts_are_information() -> None:
    device = "0000:00:00.0"
    queues = [specimen_irq(40 + cpu, str(cpu), str(cpu), device=device) for cpu in TOPOLOGY.online]
    finding = only("ISO007", specimen(irqs=specimen_irqs("0-1", queues)), ISOLATED)
    assert (finding.severity, str(finding.subject)) == (Severity.INFO, "irq:42-43")
    managed = specimen_irq(60, "2", "2")
    managed = managed._replace(managed=Present(True, managed.managed.source))
    assert only("ISO007", specimen(irqs=specimen_irqs("0-1", [managed])), ISOLATED).severity is Severity.INFO


def test_a_workload_may_have_its_own_interrupts_on_its_cpus_and_no_others() -> None:
    device = "0000:00:00.0"
    own, stray = specimen_irq(40, "2", "2", device=device), specimen_irq(41, "3", "3", device=device)
    profile = wanting({}, Workload("db", (device,), CpuSet([2])), isolated="2-3")
    finding = only("ISO007", specimen(irqs=specimen_irqs("0-1", [own, stray])), profile)
    assert str(finding.subject) == "irq:41"


def test_a_node_with_devices_and_no_cpu_left_is_a_warning() -> None:
    finding = only("ISO003", specimen(), wanting({}, isolated="4-7"))
    assert (finding.severity, str(finding.subject)) == (Severity.WARNING, "node:1")
    bridges = [specimen_device("0000:01:00.0", 1, "4-7", 0x060400)]
    bare = specimen(pci=specimen_pci(TOPOLOGY, bridges))
    assert only("ISO003", bare, wanting({}, isolated="4-7")).state is State.PASS


def test_every_cpu_isolated() -> None:
    states = {(str(one.subject), one.severity) for one in findings("ISO003", specimen(), wanting({}, isolated="all"))}
    assert ("host", Severity.ERROR) in states


def test_the_boot_cpu_among_those_that_stop_their_tick() -> None:
    full = replace(TOPOLOGY, nohz_full=Present(cpus("0-3"), Source("specimen/cpu/nohz_full")))
    (finding, *_) = findings("ISO003", specimen(full))
    assert str(finding.subject) == "cpu:0"


def test_siblings_that_are_off_line_are_no_fault() -> None:
    topology = replace(TOPOLOGY, online=cpus("0-2,4-7"))
    assert only("ISO004", specimen(topology), wanting({}, isolated="2")).state is State.PASS
    finding = only("ISO004", specimen(), wanting({}, isolated="2"))
    assert (str(finding.subject), finding.evidence[-1].raw) == ("cpu:3", "2-3")


def test_cores_that_nothing_tells_are_unknown() -> None:
    assert only("ISO004", specimen(replace(TOPOLOGY, cores=())), ISOLATED).state is State.UNKNOWN


def test_watchdogs_that_are_off_disturb_nobody() -> None:
    wish = wanting({"kernel.watchdog_cpumask": "housekeeping"}, isolated="2-3")
    isolation = specimen_isolation()
    assert only("ISO011", specimen(isolation=isolation), wish).state is State.FAIL
    off = replace(isolation, watchdog=Present(0, isolation.watchdog.source))
    assert only("ISO011", specimen(isolation=off), wish).state is State.NOT_APPLICABLE
    none = replace(isolation, watchdog=Absent(isolation.watchdog.source, "no lockup detector"))
    assert only("ISO011", specimen(isolation=none), wish).state is State.NOT_APPLICABLE
    assert only("ISO011", specimen(isolation=isolation)).state is State.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("wished", "state"),
    [("2-3", State.FAIL), ("2", State.FAIL), ("1-2", State.NOT_APPLICABLE), ("0", State.NOT_APPLICABLE)],
)
def test_an_interrupt_that_does_not_tell_where_it_is_served(wished: str, state: State) -> None:
    irq = specimen_irq(40, wished, wished)
    silent = irq._replace(effective=Absent(irq.effective.source, "the interrupt controller does not tell"))
    finding = only("ISO007", specimen(irqs=specimen_irqs("0-1", [silent])), ISOLATED)
    assert (finding.state, str(finding.subject)) == (state, "irq:40")
    if state is State.FAIL:
        assert finding.evidence[0].path == irq.wished.source.path
