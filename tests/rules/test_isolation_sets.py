"""The relation of the isolating sets, and of the command line to what the kernel reports."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bedplate.facts.facts import Facts
from bedplate.facts.specimen import booted, specimen_topology
from bedplate.facts.specimen_boot import specimen_log
from bedplate.policy import DEFAULT, Profile
from bedplate.rules.engine import run
from bedplate.rules.registry import find_rule
from bedplate.rules.rule import Cause, Finding, Severity, State
from bedplate.rules.specimen_profile import wanting
from bedplate.values.idset import CpuSet
from bedplate.values.reading import Absent, Denied, Present, Source

PLAIN = specimen_topology()
STRICT = wanting({"iso.sets_match": True})


def findings(code: str, facts: Facts, profile: Profile = DEFAULT) -> list[Finding]:
    return list(run([find_rule(code)], facts, profile).findings)


def only(code: str, facts: Facts, profile: Profile = DEFAULT) -> Finding:
    (finding,) = findings(code, facts, profile)
    return finding


def reporting(line: str, isolated: str, nohz_full: str, log: str = "") -> Facts:
    topology = replace(
        PLAIN,
        isolated=Present(CpuSet.from_list(isolated), PLAIN.isolated.source),
        nohz_full=Present(CpuSet.from_list(nohz_full), PLAIN.nohz_full.source),
    )
    return booted(line, topology, log=specimen_log(log))


def test_each_pair_that_differs_is_told_with_both_sets() -> None:
    found = findings("ISO001", booted("isolcpus=2-3 nohz_full=4-5"))
    assert [(str(one.subject), one.reason) for one in found] == [
        ("cpu:2-5", "isolcpus= is 2-3, and nohz_full= is 4-5"),
        ("cpu:2-5", "isolcpus= is 2-3, and rcu_nocbs= with nohz_full= is 4-5"),
    ]
    assert [piece.raw for piece in found[0].evidence] == ["isolcpus=2-3", "nohz_full=4-5"]


def test_callbacks_of_other_cpus_is_the_defect_of_a_shipped_sample() -> None:
    # A vendor's sample once isolated CPUs 2-3 and offloaded the callbacks of 0-1.
    found = findings("ISO001", booted("isolcpus=2-3 nohz_full=2-3 rcu_nocbs=0-1"))
    assert [one.reason for one in found] == [
        "isolcpus= is 2-3, and rcu_nocbs= with nohz_full= is 0-3",
        "nohz_full= is 2-3, and rcu_nocbs= with nohz_full= is 0-3",
    ]
    # nohz_full offloads its own CPUs, so that nothing of the isolated ones is lost: others are offloaded in vain.
    assert {one.severity for one in found} == {Severity.INFO}


def test_offloading_less_than_is_isolated_is_an_error() -> None:
    (finding,) = findings("ISO001", booted("isolcpus=2-5 rcu_nocbs=2-3"))
    assert finding.severity is Severity.ERROR


@pytest.mark.parametrize("line", ["quiet", "rcu_nocbs=all", "isolcpus=2-3", "isolcpus=managed_irq,2-3"])
def test_one_set_alone_is_no_relation(line: str) -> None:
    assert only("ISO001", booted(line)).state is State.NOT_APPLICABLE


@pytest.mark.parametrize("line", ["isolcpus=nohz,domain,2-3", "isolcpus=2,3 nohz-full=2-3", "nohz_full=2-3"])
def test_sets_that_are_one(line: str) -> None:
    finding = only("ISO001", booted(line))
    assert (finding.state, finding.actual) == (State.PASS, CpuSet([2, 3]))


def test_a_profile_that_isolates_misses_what_is_not_given() -> None:
    assert {one.state for one in findings("ISO001", booted("isolcpus=2-3"), STRICT)} == {State.FAIL}
    wished = wanting({}, isolated="2-3")
    found = findings("ISO001", booted("quiet"), wished)
    assert "isolcpus= is empty, and the profile's isolated CPUs is 2-3" in [one.reason for one in found]
    nothing = wanting({"iso.sets_match": False})
    assert only("ISO001", booted("isolcpus=2-3 nohz_full=4"), nothing).state is State.NOT_APPLICABLE


def test_the_boot_cpu_keeps_its_tick() -> None:
    log = specimen_log("NO_HZ: Clearing 0 from nohz_full range for timekeeping")
    finding = only("ISO001", booted("isolcpus=0-3 nohz_full=0-3", log=log))
    assert (str(finding.subject), finding.cause) == ("cpu:0", Cause.CONFLICT)
    assert "NO_HZ: Clearing 0 from nohz_full range for timekeeping" in [piece.raw for piece in finding.evidence]


def test_a_parameter_that_the_kernel_drops() -> None:
    found = findings("ISO001", booted("nohz_full=2-3 isolcpus=nohz,domain,4-5"))
    assert [one.reason for one in found] == [
        "the kernel ignores isolcpus=nohz,domain,4-5: nohz_full=2-3 came before and says otherwise"
    ]


def test_a_set_that_cannot_be_told() -> None:
    topology = replace(PLAIN, possible=Absent(Source("possible"), "not in this capture", certain=False))
    for code in ("ISO001", "ISO002"):
        assert only(code, booted("nohz_full=2-N", topology)).state is State.UNKNOWN


def test_the_kernel_agrees() -> None:
    assert only("ISO002", reporting("quiet", "", "")).state is State.PASS
    facts = reporting("isolcpus=2-3 nohz_full=2-3 rcu_nocbs=2", "2-3", "2-3", "Offload RCU callbacks from CPUs: 2-3.")
    assert {one.state for one in findings("ISO002", facts)} == {State.PASS}


def test_the_kernel_disagrees() -> None:
    facts = reporting(
        "isolcpus=2-9 nohz_full=0-3", "", "1-3", "Housekeeping: nohz_full= or isolcpus= incorrect CPU range"
    )
    found = {one.reason: one for one in findings("ISO002", facts) if one.state is State.FAIL}
    # A list with a CPU too many asks for nothing: that the kernel isolates none is then no news of this rule.
    assert list(found) == ["nohz_full= asks for 0-3, and the kernel reports 1-3"]
    (finding,) = found.values()
    assert str(finding.subject) == "cpu:0"
    assert [piece.path for piece in finding.evidence][:2] == ["specimen/cmdline", "specimen/cpu/nohz_full"]
    offloaded = reporting("rcu_nocbs=2-3", "", "", "rcu: \tOffload RCU callbacks from CPUs: (none).")
    assert "rcu_nocbs= with nohz_full= asks for 2-3, and the kernel reports none" in [
        one.reason for one in findings("ISO002", offloaded)
    ]


def test_a_kernel_without_adaptive_ticks() -> None:
    without = replace(PLAIN, nohz_full=Absent(PLAIN.nohz_full.source, "no such file"))
    assert only("ISO002", booted("quiet", without)).state is State.PASS
    found = findings("ISO002", booted("nohz_full=2-3", without))
    assert [(one.state, one.cause) for one in found if one.state is State.FAIL] == [(State.FAIL, Cause.KERNEL_LACKS)]


def test_what_may_not_be_read_is_unknown() -> None:
    hidden = replace(PLAIN, isolated=Denied(Source("specimen/cpu/isolated"), 13, "root"))
    assert State.UNKNOWN in {one.state for one in findings("ISO002", booted("isolcpus=2-3", hidden))}
