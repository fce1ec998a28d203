"""The table of distances, judged on made-up rows against an independent reading of the same rows."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from tests.small_hosts import NODE, topology_of, two_packages

from bedplate.facts.specimen import changed_node, specimen, specimen_topology
from bedplate.facts.topology import Problem, Topology
from bedplate.policy import DEFAULT
from bedplate.rules.engine import run
from bedplate.rules.registry import find_rule
from bedplate.rules.rule import Cause, Finding, Severity, State
from bedplate.values.idset import NodeSet
from bedplate.values.reading import Absent, Denied, Malformed, Present, Source

NODES = [0, 3, 33]
VALUES = st.sampled_from([0, 1, 9, 10, 11, 20, 21, 31, 254, 255, 256])


def with_rows(rows: list[list[int]]) -> Topology:
    topology = specimen_topology({node: str(node) for node in NODES[: len(rows)]})
    for node, row in zip(NODES, rows, strict=False):
        distances = Present(dict(zip(NODES, row, strict=False)), Source(f"specimen/node{node}/distance"))
        topology = changed_node(topology, node, distances=distances)
    return topology


def findings(code: str, topology: Topology) -> list[Finding]:
    return list(run([find_rule(code)], specimen(topology), DEFAULT).findings)


def failed_nodes(code: str, topology: Topology) -> list[set[int]]:
    failed = [one.subject.id for one in findings(code, topology) if one.state is State.FAIL]
    return [set(nodes) for nodes in failed if isinstance(nodes, NodeSet)]


TABLES = st.integers(1, 3).flatmap(lambda n: st.lists(st.lists(VALUES, min_size=n, max_size=n), min_size=n, max_size=n))


@given(TABLES)
def test_every_row_that_is_not_well_formed_is_named_and_no_other(rows: list[list[int]]) -> None:
    wrong = {
        NODES[at]
        for at, row in enumerate(rows)
        if row[at] != 10 or any(not 10 < value < 255 for to, value in enumerate(row) if to != at)
    }
    assert set[int]().union(*failed_nodes("NUMA003", with_rows(rows))) == wrong


@given(TABLES)
def test_every_pair_that_differs_by_direction_is_named(rows: list[list[int]]) -> None:
    size = len(rows)
    wrong = [{NODES[a], NODES[b]} for a in range(size) for b in range(a + 1, size) if rows[a][b] != rows[b][a]]
    assert failed_nodes("NUMA004", with_rows(rows)) == wrong


def test_both_files_and_both_values_are_named() -> None:
    (finding,) = findings("NUMA004", with_rows([[10, 21], [31, 10]]))
    assert finding.reason == "from node 0 to node 3 it is 21, and 31 on the way back"
    assert (finding.actual, finding.expected and finding.expected.value) == (31, 21)
    assert [(piece.path, piece.raw) for piece in finding.evidence] == [
        ("specimen/node0/distance", "10 21"),
        ("specimen/node3/distance", "31 10"),
    ]


def test_a_row_of_another_length_tells_both_lengths() -> None:
    source = Source("specimen/node3/distance")
    topology = changed_node(with_rows([[10, 20], [20, 10]]), 3, distances=Malformed(source, b"20 10 20\n", "3 values"))
    (finding,) = findings("NUMA003", topology)
    assert (finding.state, finding.actual, finding.cause) == (State.FAIL, 3, Cause.OUT_OF_RANGE)
    assert finding.expected is not None
    assert finding.expected.value == 2
    assert [(piece.path, piece.raw) for piece in finding.evidence] == [
        ("specimen/node3/distance", "20 10 20"),
        ("specimen/node/online", "0,3"),
    ]
    assert [one.state for one in findings("NUMA004", topology)] == [State.UNKNOWN]


def test_a_row_that_is_no_row_is_a_fault_and_an_empty_one_is_unknown() -> None:
    source = Source("specimen/node0/distance")
    for text, state in ((b"10 zz\n", State.FAIL), (b"\n", State.UNKNOWN), (b"", State.UNKNOWN)):
        topology = changed_node(with_rows([[10, 20], [20, 10]]), 0, distances=Malformed(source, text, "not a number"))
        assert [one.state for one in findings("NUMA003", topology)] == [state]


def test_what_could_not_be_read_is_unknown() -> None:
    source = Source("specimen/node0/distance")
    for reading in (Absent(source, "not in this capture", certain=False), Denied(source, 13, "root")):
        topology = changed_node(with_rows([[10, 20], [20, 10]]), 0, distances=reading)
        for code in ("NUMA003", "NUMA004"):
            assert [(one.state, str(one.subject)) for one in findings(code, topology)] == [(State.UNKNOWN, "node:0")]


def test_one_node_has_nobody_to_be_near_to() -> None:
    (finding,) = findings("NUMA003", with_rows([[0]]))
    assert (finding.state, finding.severity) == (State.FAIL, Severity.INFO)
    assert [one.state for one in findings("NUMA004", with_rows([[0]]))] == [State.NOT_APPLICABLE]


def test_a_table_that_is_wrong_all_over_stays_readable() -> None:
    numbers = range(12)
    topology = specimen_topology({node: str(node) for node in numbers})
    for node in numbers:
        row = {to: 10 if to == node else 11 + node for to in numbers}
        topology = changed_node(topology, node, distances=Present(row, Source(f"specimen/node{node}/distance")))
    found = findings("NUMA004", topology)
    assert len(found) == 17
    assert found[-1].reason.startswith("50 more pairs")


def test_a_node_that_is_not_on_line_names_the_file_that_says_so() -> None:
    """node/online reads 0 and node 1 has a folder: the rows have a value more than nodes are on line."""
    topology = topology_of(two_packages() | {f"{NODE}/online": b"0\n"})
    assert Problem(f"{NODE}/online", "reads 0, the nodes with a folder are 0-1") in topology.problems
    failed = [one for one in findings("NUMA003", topology) if one.state is State.FAIL]
    assert failed
    for one in failed:
        assert (f"{NODE}/online", "0") in [(piece.path, piece.raw) for piece in one.evidence]
