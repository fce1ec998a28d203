"""The map of nodes to CPUs, judged on made-up tables against an independent count."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from bedplate.facts.siblings import Siblings
from bedplate.facts.specimen import changed_node, node_with_cpus, specimen, specimen_topology
from bedplate.facts.specimen_siblings import specimen_siblings
from bedplate.facts.topology import Topology
from bedplate.policy import DEFAULT
from bedplate.rules.engine import run
from bedplate.rules.registry import find_rule
from bedplate.rules.rule import Finding, Severity, State
from bedplate.values.idset import CpuSet, NodeSet
from bedplate.values.reading import Absent, Denied, Malformed, Present, Source


def findings(code: str, topology: Topology) -> list[Finding]:
    return list(run([find_rule(code)], specimen(topology), DEFAULT).findings)


def failures(code: str, topology: Topology) -> list[Finding]:
    return [finding for finding in findings(code, topology) if finding.state is State.FAIL]


def topology_of(nodes: Mapping[int, frozenset[int]], online: frozenset[int]) -> Topology:
    """Build a host whose nodes hold these CPUs; CPUs 0 to 9 are present."""
    made = replace(specimen_topology(dict.fromkeys(nodes, "0")), online=CpuSet(online))
    made = replace(made, present=Present(CpuSet(range(10)), Source("specimen/cpu/present")), possible=made.present)
    for node, cpus in nodes.items():
        made = node_with_cpus(made, node, str(CpuSet(cpus)))
    return made


CPUS = st.frozensets(st.integers(0, 11), max_size=6)


@given(st.dictionaries(st.integers(0, 5), CPUS, min_size=1, max_size=4), CPUS)
def test_each_cpu_outside_of_exactly_one_node_is_named_once(
    nodes: dict[int, frozenset[int]], online: frozenset[int]
) -> None:
    held = {cpu: {node for node, cpus in nodes.items() if cpu in cpus} for cpu in range(12)}
    named: dict[str, set[int]] = {"no": set(), "several": set(), "absent": set()}
    for finding in failures("NUMA001", topology_of(nodes, online)):
        assert isinstance(finding.subject.id, CpuSet)
        kind = "several" if "at once" in finding.reason else "no" if "no NUMA node" in finding.reason else "absent"
        assert named[kind].isdisjoint(finding.subject.id)
        named[kind].update(finding.subject.id)
    assert named["no"] == {cpu for cpu in online if not held[cpu]}
    assert named["several"] == {cpu for cpu in range(12) if len(held[cpu]) > 1}
    assert named["absent"] == {cpu for cpu in (10, 11) if held[cpu] and cpu not in online}


@given(st.dictionaries(st.integers(0, 5), CPUS, min_size=1, max_size=4))
def test_a_node_whose_every_cpu_is_elsewhere_too_has_none_of_its_own(nodes: dict[int, frozenset[int]]) -> None:
    named = {
        node
        for finding in failures("NUMA017", topology_of(nodes, frozenset()))
        for node in (finding.subject.id if isinstance(finding.subject.id, NodeSet) else ())
    }
    elsewhere = {node: set[int]().union(*(nodes[other] for other in nodes if other != node)) for node in nodes}
    assert named == {node for node, cpus in nodes.items() if cpus and cpus <= elsewhere[node]}


def test_a_good_map_is_shown() -> None:
    (finding,) = findings("NUMA001", specimen_topology())
    assert finding.state is State.PASS
    assert finding.actual == {0: CpuSet(range(4)), 1: CpuSet(range(4, 8))}
    assert [piece.path for piece in finding.evidence] == [
        "specimen/cpu/online",
        "specimen/node0/cpumap",
        "specimen/node1/cpumap",
    ]


def test_a_cpu_in_two_nodes_names_both_files_and_no_other() -> None:
    topology = node_with_cpus(specimen_topology({0: "0-3", 1: "4-7", 5: "8-9"}), 5, "2,3,8-9")
    (finding,) = failures("NUMA001", topology)
    assert (str(finding.subject), finding.actual) == ("cpu:2-3", NodeSet([0, 5]))
    assert [(piece.path, piece.raw) for piece in finding.evidence] == [
        ("specimen/node0/cpumap", "0-3"),
        ("specimen/node5/cpumap", "2-3,8-9"),
    ]


def test_a_tangle_is_one_finding() -> None:
    nodes = {node: frozenset(cpu for cpu in range(256) if cpu >> node & 1 or node > 7) for node in range(10)}
    topology = topology_of(nodes, frozenset())
    (finding,) = [one for one in failures("NUMA001", topology) if "at once" in one.reason]
    assert (str(finding.subject), str(finding.actual)) == ("cpu:0-255", "0-9")


def test_a_list_that_differs_from_the_map_is_judged_as_well() -> None:
    topology = node_with_cpus(specimen_topology(), 1, "4-7", "5-7")
    (finding,) = failures("NUMA001", topology)
    assert (str(finding.subject), finding.reason) == ("cpu:4", "an online CPU is in no NUMA node by cpulist")
    (finding,) = failures("NUMA016", topology)
    assert (str(finding.subject), finding.actual) == ("node:1", CpuSet.from_list("5-7"))
    assert [(piece.path, piece.raw) for piece in finding.evidence] == [
        ("specimen/node1/cpulist", "5-7"),
        ("specimen/node1/cpumap", "4-7"),
    ]


def test_a_possible_cpu_that_is_not_plugged_in_weighs_less() -> None:
    topology = replace(specimen_topology(), possible=Present(CpuSet(range(10)), Source("specimen/cpu/possible")))
    findings = failures("NUMA001", node_with_cpus(topology, 1, "4-7,9,10"))
    assert [(str(one.subject), one.severity) for one in findings] == [
        ("cpu:10", Severity.ERROR),
        ("cpu:9", Severity.WARNING),
    ]


def test_a_node_that_tells_no_cpus_makes_it_unknown_and_not_wrong() -> None:
    source = Source("specimen/node1/cpumap")
    for reading in (Absent(source, "not in this capture", certain=False), Denied(source, 13, "root")):
        topology = changed_node(specimen_topology(), 1, cpumap=reading, cpulist=reading, cpus=CpuSet())
        for code in ("NUMA001", "NUMA002", "NUMA017"):
            assert [one.state for one in findings(code, topology)] == [State.UNKNOWN], code


def test_a_malformed_map_is_unknown_for_the_comparison_and_the_list_serves_the_rest() -> None:
    broken = Malformed(Source("specimen/node1/cpumap"), b"zz\n", "not a mask of hexadecimal groups")
    topology = changed_node(specimen_topology(), 1, cpumap=broken)
    assert [one.state for one in findings("NUMA001", topology)] == [State.PASS]
    (finding,) = findings("NUMA016", topology)
    assert finding.state is State.UNKNOWN
    assert (finding.evidence[0].path, finding.evidence[0].raw) == ("specimen/node1/cpumap", "zz")
    assert finding.reason == "cpumap: not a mask of hexadecimal groups: “zz”"


def test_nodes_that_lack_the_same_file_are_one_finding() -> None:
    topology = specimen_topology({number: str(number) for number in range(20)})
    for number in range(20):
        absent = Absent(Source(f"specimen/node{number}/cpulist"), "not in this capture", certain=False)
        topology = changed_node(topology, number, cpulist=absent)
    (finding,) = findings("NUMA016", topology)
    assert (finding.state, str(finding.subject)) == (State.UNKNOWN, "node:0-19")


def test_a_host_without_nodes_is_not_judged() -> None:
    bare = replace(specimen_topology(), nodes=())
    source = Source("specimen/node/possible")
    for code in ("NUMA001", "NUMA002", "NUMA003", "NUMA004", "NUMA016", "NUMA017"):
        certain = replace(bare, possible_nodes=Absent(source, "needs CONFIG_NUMA"))
        assert [one.state for one in findings(code, certain)] == [State.NOT_APPLICABLE]
        captured = replace(bare, possible_nodes=Absent(source, "not in this capture", certain=False))
        assert [one.state for one in findings(code, captured)] == [State.UNKNOWN]
        assert [one.state for one in findings(code, bare)] == [State.UNKNOWN]


def test_memory_alone_is_no_fault() -> None:
    topology = node_with_cpus(specimen_topology({0: "0-3", 1: "4-7", 2: "8"}), 2, "")
    topology = replace(topology, online=CpuSet(range(8)), cores=topology.cores[:4])
    assert not [one for code in ("NUMA001", "NUMA002", "NUMA017") for one in failures(code, topology)]
    assert [str(one.subject) for one in findings("NUMA017", topology)] == ["node:2"]


def test_cores_over_the_same_nodes_are_one_finding() -> None:
    topology = specimen_topology()
    pairs = {cpu: f"{cpu % 4},{cpu % 4 + 4}" for cpu in range(8)}
    report = run([find_rule("NUMA002")], specimen(topology, siblings=specimen_siblings(topology, pairs)), DEFAULT)
    (finding,) = report.findings
    assert (str(finding.subject), finding.actual) == ("cpu:0-7", NodeSet([0, 1]))
    assert "specimen/cpu0/topology/thread_siblings_list" in [piece.path for piece in finding.evidence]


def test_a_core_that_no_file_of_a_cpu_tells_is_judged_by_its_numbers() -> None:
    topology = specimen_topology()
    first, *rest = topology.cores
    topology = replace(topology, cores=(first._replace(threads=CpuSet([0, 4]), source=None), *rest))
    facts = specimen(topology, siblings=Siblings(dict.fromkeys(topology.online, ())))
    (finding,) = run([find_rule("NUMA002")], facts, DEFAULT).findings
    assert (finding.state, str(finding.subject)) == (State.FAIL, "cpu:0,4")
    (finding,) = run([find_rule("NUMA018")], facts, DEFAULT).findings
    assert finding.state is State.UNKNOWN


def test_a_sibling_file_that_is_malformed_is_unknown_and_the_others_serve() -> None:
    topology = specimen_topology()
    views = dict(specimen_siblings(topology).views)
    source = Source("specimen/cpu3/topology/core_cpus")
    views[3] = (Malformed(source, b"zz", "not a mask of hexadecimal groups"), *views[3])
    (finding,) = run([find_rule("NUMA018")], specimen(topology, siblings=Siblings(views)), DEFAULT).findings
    assert (finding.state, str(finding.subject)) == (State.UNKNOWN, "cpu:3")
    assert finding.reason == f"{source.path}: not a mask of hexadecimal groups: “zz”"
    assert [piece.raw for piece in finding.evidence] == ["zz"]


def test_siblings_that_do_not_name_each_other_name_both_files() -> None:
    topology = specimen_topology()
    views = dict(specimen_siblings(topology).views)
    path = "specimen/cpu1/topology/thread_siblings"
    views[1] = (Present(CpuSet([1]), Source(path)),)
    (finding,) = run([find_rule("NUMA018")], specimen(topology, siblings=Siblings(views)), DEFAULT).findings
    assert finding.reason == "CPU 0 names CPU 1 as its sibling, and is not named by it"
    assert [(piece.path, piece.raw) for piece in finding.evidence] == [
        ("specimen/cpu0/topology/thread_siblings", "0-1"),
        (path, "1"),
    ]


def test_cores_in_one_node_pass_with_their_number_and_the_files_that_say_so() -> None:
    (finding,) = findings("NUMA002", specimen_topology())
    assert (finding.state, finding.actual) == (State.PASS, {0: 2, 1: 2})
    assert [piece.path.removeprefix("specimen/") for piece in finding.evidence] == [
        "cpu0/topology/thread_siblings",
        "cpu4/topology/thread_siblings",
        "node0/cpumap",
        "node1/cpumap",
    ]
