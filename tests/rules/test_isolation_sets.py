"""The relation of the isolating sets, and of the command line to what the kernel reports."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bedplate.facts.facts import Facts, Sections
from bedplate.facts.specimen import booted, specimen, specimen_topology
from bedplate.facts.specimen_boot import specimen_boot, specimen_log
from bedplate.facts.specimen_devices import specimen_isolation
from bedplate.policy import DEFAULT, Profile
from bedplate.rules.engine import run
from bedplate.rules.registry import find_rule
from bedplate.rules.rule import Cause, Expected, Finding, Severity, State
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


def cpus(text: str) -> CpuSet:
    return CpuSet.from_list(text)


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
    finding = only("ISO001", booted("quiet"), wished)
    sets = "isolcpus=, nohz_full= and rcu_nocbs= with nohz_full= are empty"
    assert finding.reason == f"{sets}, and profile specimen isolates 2-3"
    nothing = wanting({"iso.sets_match": False})
    assert only("ISO001", booted("isolcpus=2-3 nohz_full=4"), nothing).state is State.NOT_APPLICABLE


def test_the_profile_is_the_expectation_and_each_set_that_differs_one_finding() -> None:
    wished = wanting({}, isolated="2-3")
    one = only("ISO001", booted("isolcpus=4-5 nohz_full=4-5 rcu_nocbs=4-5"), wished)
    assert (one.expected, one.actual, one.cause) == (Expected("equal", cpus("2-3")), cpus("4-5"), Cause.MISMATCH)
    assert str(one.subject) == "cpu:2-5"
    assert [piece.raw for piece in one.evidence] == ["isolcpus=4-5", "nohz_full=4-5", "rcu_nocbs=4-5", "2-3"]
    two = findings("ISO001", booted("isolcpus=2-3 nohz_full=2-4"), wished)
    assert [(found.expected, found.actual, found.reason) for found in two] == [
        (
            Expected("equal", cpus("2-3")),
            cpus("2-4"),
            "nohz_full= and rcu_nocbs= with nohz_full= are 2-4, and profile specimen isolates 2-3",
        )
    ]
    more = only("ISO001", booted("isolcpus=2-3 nohz_full=2-3 rcu_nocbs=5"), wished)
    assert (more.actual, more.severity) == (cpus("2-3,5"), Severity.INFO)


def test_cpus_that_the_host_does_not_have() -> None:
    wished = wanting({}, isolated="2-99")
    # The CPUs that are there are as wanted: one finding for the rest, and no pass beside it.
    finding = only("ISO001", booted("isolcpus=2-7 nohz_full=2-7"), wished)
    assert (finding.state, finding.cause, str(finding.subject)) == (State.FAIL, Cause.OUT_OF_RANGE, "cpu:8-99")
    assert finding.reason == "profile specimen isolates 2-99, and this host does not have 8-99"
    assert (finding.expected, finding.actual) == (Expected("subset", cpus("0-7")), cpus("2-99"))
    subjects = [str(one.subject) for one in findings("ISO001", booted("isolcpus=2-3 nohz_full=2-3"), wished)]
    assert subjects == ["cpu:8-99", "cpu:4-7"]


def test_possible_cpus_are_no_cpus_of_the_host() -> None:
    # A virtual machine with room for 240 CPUs takes isolcpus=2-99; it has eight of them.
    roomy = replace(PLAIN, possible=Present(cpus("0-239"), PLAIN.possible.source))
    finding = only("ISO001", booted("isolcpus=2-99 nohz_full=2-99", roomy), wanting({}, isolated="2-99"))
    assert str(finding.subject) == "cpu:8-99"


def test_a_host_without_its_command_line_still_lacks_cpus() -> None:
    facts = booted("quiet", cmdline=Denied(Source("specimen/cmdline"), 13, "root"))
    found = findings("ISO001", facts, wanting({}, isolated="2-99"))
    assert [one.state for one in found] == [State.FAIL, State.UNKNOWN]


NONE = wanting({}, isolated="none")


def test_none_is_to_be_isolated() -> None:
    finding = only("ISO001", reporting("isolcpus=2-3 nohz_full=2-3", "2-3", "2-3"), NONE)
    assert (finding.state, finding.severity) == (State.FAIL, Severity.ERROR)
    assert (finding.expected, finding.actual) == (Expected("equal", CpuSet()), cpus("2-3"))
    assert finding.reason == "CPUs 2-3 are isolated, and profile specimen wants none to be"
    assert [piece.raw for piece in finding.evidence] == ["none", "2-3", "2-3", "isolcpus=2-3", "nohz_full=2-3"]
    assert only("ISO001", booted("rcu_nocbs=all"), NONE).state is State.PASS


def test_none_is_isolated_by_cgroups_either() -> None:
    isolation = replace(specimen_isolation(), partitions=Present(cpus("4-5"), Source("specimen/partitions")))
    finding = only("ISO001", specimen(boot=specimen_boot("quiet"), isolation=isolation), NONE)
    assert (finding.state, finding.actual) == (State.FAIL, cpus("4-5"))


def test_whether_none_is_isolated_may_not_be_known() -> None:
    hidden = replace(PLAIN, isolated=Denied(Source("specimen/cpu/isolated"), 13, "root"))
    assert only("ISO001", booted("quiet", hidden), NONE).state is State.UNKNOWN
    assert only("ISO001", booted("isolcpus=2-3", hidden), NONE).state is State.FAIL
    agreed = wanting({"iso.sets_match": False}, isolated="none")
    assert only("ISO001", booted("isolcpus=2-3"), agreed).state is State.FAIL


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


def old_kernel(line: str, isolated: str, nohz_full: str) -> Facts:
    """Return a host whose kernel, of 64 CPUs and before 6.3, does not tell how it was built."""
    facts = reporting(line, isolated, nohz_full)
    constants = replace(facts.constants, kernel_release="5.4.0", cpu_limit=64)
    config = Absent(Source("specimen/config"), "no configuration is kept")
    boot = replace(facts.boot, kernel_config=config)
    return Facts(constants, Sections(topology=facts.topology, boot=boot, isolation=facts.isolation))


def test_a_list_beyond_the_possible_cpus_that_the_kernel_took() -> None:
    facts = old_kernel("isolcpus=2-63 nohz_full=2-63", "2-7", "2-7")
    assert {one.state for one in findings("ISO002", facts)} == {State.PASS}
    found = findings("BOOT002", facts)
    assert {one.severity for one in found if one.state is State.FAIL} == {Severity.INFO}
    assert found[0].reason.startswith("isolcpus: CPUs 8-63 cannot be there; this kernel takes the rest")


def test_a_list_beyond_the_possible_cpus_that_the_kernel_dropped() -> None:
    for line in ("isolcpus=2-63", "isolcpus=2-64"):
        facts = old_kernel(line, "", "")
        assert (only("BOOT002", facts).state, only("BOOT002", facts).severity) == (State.FAIL, Severity.ERROR)
        assert {one.state for one in findings("ISO002", facts)} == {State.PASS}


def test_a_list_beyond_the_possible_cpus_of_which_nothing_tells() -> None:
    assert only("BOOT002", old_kernel("irqaffinity=0-63", "", "")).state is State.UNKNOWN


def test_a_list_that_was_forgotten() -> None:
    found = findings("BOOT002", booted("isolcpus nohz_full rcu_nocbs"))
    assert [one.reason for one in found] == [
        "isolcpus has no “=” with a list of CPUs: it does nothing",
        "nohz_full has no “=” with a list of CPUs: it does nothing",
    ]
    assert {(one.state, one.severity) for one in found} == {(State.FAIL, Severity.ERROR)}
    assert {one.state for one in findings("BOOT002", booted("rcu_nocbs"))} == {State.PASS}


@pytest.mark.parametrize(("partitions", "state"), [("4-5", State.PASS), ("4-7", State.PASS), ("4", State.FAIL)])
def test_partitions_explain_what_is_isolated_besides(partitions: str, state: State) -> None:
    topology = replace(PLAIN, isolated=Present(CpuSet(range(2, 6)), PLAIN.isolated.source))
    masks = specimen_isolation()
    isolation = replace(masks, partitions=Present(CpuSet.from_list(partitions), masks.partitions.source))
    found = findings("ISO002", specimen(topology, boot=specimen_boot("isolcpus=2-3"), isolation=isolation))
    assert (State.FAIL in {one.state for one in found}) == (state is State.FAIL)
    lacking = findings("ISO002", specimen(topology, boot=specimen_boot("isolcpus=2-3,6"), isolation=isolation))
    assert [str(one.subject) for one in lacking if one.state is State.FAIL] == ["cpu:4-6"]
