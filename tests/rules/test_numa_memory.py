"""The memory of nodes: where there is none, less, and where it goes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bedplate.facts.facts import Facts
from bedplate.facts.numastat import NodeStat, NumaStat
from bedplate.facts.specimen import changed_node, node_with_cpus, reading_of_cpus, specimen, specimen_topology
from bedplate.facts.specimen_memory import once, specimen_numastat
from bedplate.facts.specimen_settings import specimen_sysctls
from bedplate.facts.topology import Topology
from bedplate.policy import DEFAULT, Profile
from bedplate.rules.engine import run
from bedplate.rules.registry import find_rule
from bedplate.rules.rule import Finding, Severity, State
from bedplate.rules.specimen_profile import wanting
from bedplate.values.idset import CpuSet
from bedplate.values.reading import Denied, Malformed, Source

GIB = 1 << 30


def findings(code: str, facts: Facts, profile: Profile = DEFAULT) -> list[Finding]:
    return list(run([find_rule(code)], facts, profile).findings)


def bare(*nodes: int) -> Topology:
    topology = specimen_topology({0: "0-3", 1: "4-7", 2: "8-11"})
    for node in nodes:
        topology = changed_node(topology, node, memory_bytes=0)
    return topology


def test_isolated_cpus_on_a_node_without_memory() -> None:
    topology = replace(bare(1), isolated=reading_of_cpus("2-5", "specimen/isolated"))
    (finding,) = findings("NUMA005", specimen(topology))
    assert (finding.state, str(finding.subject)) == (State.FAIL, "cpu:4-5")
    assert [piece.path for piece in finding.evidence] == [
        "specimen/node1/meminfo", "specimen/node1/cpumap", "specimen/isolated",
    ]  # fmt: skip


def test_a_node_without_memory_is_told_where_none_is_isolated() -> None:
    (finding,) = findings("NUMA005", specimen(bare(1)))
    assert (finding.state, finding.reason) == (State.PASS, "the node has CPUs and no memory")
    (finding,) = findings("NUMA005", specimen(bare(1)), Profile(isolated="4"))
    assert (finding.state, str(finding.subject)) == (State.FAIL, "cpu:4")


def test_a_node_of_memory_alone_is_told() -> None:
    topology = node_with_cpus(bare(), 2, "")
    (finding,) = findings("NUMA005", specimen(topology))
    assert (finding.state, finding.reason) == (State.PASS, "the node has memory and no CPUs")


def test_memory_that_is_not_known_is_unknown() -> None:
    topology = changed_node(changed_node(bare(), 1, memory_bytes=None), 2, memory_bytes=None)
    (finding,) = findings("NUMA005", specimen(topology))
    assert (finding.state, str(finding.subject)) == (State.UNKNOWN, "node:1-2")


EVEN = wanting({"numa.memory_imbalance_percent": 10})


@pytest.mark.parametrize(("gib", "fits"), [(64, True), (58, True), (57, False), (32, False)])
def test_memory_within_the_profiles_percentage(gib: int, fits: bool) -> None:
    topology = changed_node(bare(), 1, memory_bytes=gib * GIB)
    failed = [one for one in findings("NUMA006", specimen(topology), EVEN) if one.state is State.FAIL]
    assert [str(one.subject) for one in failed] == ([] if fits else ["node:1"])
    assert [one.state for one in findings("NUMA006", specimen(topology))] == [State.NOT_APPLICABLE]


def test_both_sizes_and_files_are_named() -> None:
    topology = changed_node(specimen_topology(), 1, memory_bytes=32 * GIB)
    (finding,) = findings("NUMA006", specimen(topology), EVEN)
    assert finding.reason.startswith("32G of memory on one node and 64G on another are more than 10 % apart")
    assert finding.actual == {0: 64 * GIB, 1: 32 * GIB}
    assert [(piece.path, piece.raw) for piece in finding.evidence] == [
        ("specimen/node1/meminfo", "MemTotal 33554432 kB"),
        ("specimen/node0/meminfo", "MemTotal 67108864 kB"),
    ]


def test_nodes_of_another_kind_are_not_compared() -> None:
    topology = changed_node(node_with_cpus(bare(), 2, ""), 2, memory_bytes=GIB)
    assert [one.state for one in findings("NUMA006", specimen(topology), EVEN)] == [State.PASS]
    alone = changed_node(bare(), 1, cpus=CpuSet())
    alone = changed_node(alone, 2, cpus=CpuSet())
    assert [one.state for one in findings("NUMA006", specimen(alone), EVEN)] == [State.NOT_APPLICABLE]


def test_one_sample_is_unknown_and_says_how_to_get_two() -> None:
    (finding,) = findings("NUMA015", specimen(numastat=once(specimen_numastat((0, 9), (9, 0)))))
    assert finding.state is State.UNKNOWN
    assert "check --interval SECONDS" in finding.reason


def test_growth_names_counter_node_and_both_values() -> None:
    facts = specimen(numastat=specimen_numastat((0, 0), (5, 0)))
    (finding,) = findings("NUMA015", facts)
    assert (str(finding.subject), finding.severity) == ("node:1", Severity.INFO)
    assert finding.reason == "numa_miss grew in 10.0 s: memory that was meant for another node (5 pages)"
    assert [piece.raw for piece in finding.evidence] == ["numa_miss 7", "numa_miss 12"]
    (finding,) = findings("NUMA015", facts, wanting({"numa.remote_allocations": 0}))
    assert finding.severity is Severity.WARNING


def test_counters_that_do_not_count_or_were_reset_are_unknown() -> None:
    off = specimen_sysctls({"vm.numa_stat": 0})
    grown = specimen_numastat((0, 9), (9, 0))
    assert [one.state for one in findings("NUMA015", specimen(numastat=grown, sysctls=off))] == [State.UNKNOWN]
    reset = specimen_numastat((-7, -7), (0, 0))
    assert {one.state for one in findings("NUMA015", specimen(numastat=reset))} == {State.UNKNOWN}


def test_a_sample_that_could_not_be_read_is_unknown() -> None:
    good = specimen_numastat((0, 0), (0, 0)).nodes
    for broken in (
        NodeStat(1, Malformed(Source("x"), b"?", "not a count"), good[1].second),
        NodeStat(1, good[1].first, Denied(Source("x"), 13, "root")),
        NodeStat(1, good[1].first, None),
    ):
        facts = specimen(numastat=NumaStat((good[0], broken), True, 1.0))
        assert [(one.state, str(one.subject)) for one in findings("NUMA015", facts)] == [(State.UNKNOWN, "node:1")]


def test_one_node_has_no_other_to_take_from() -> None:
    (finding,) = findings("NUMA015", specimen(specimen_topology({0: "0-3"})))
    assert finding.state is State.NOT_APPLICABLE
