"""NUMA words of the kernel command line."""

from __future__ import annotations

import pytest

from bedplate.facts.facts import Facts
from bedplate.facts.specimen import booted, specimen, specimen_topology
from bedplate.facts.specimen_boot import specimen_boot
from bedplate.facts.specimen_settings import specimen_sysctls
from bedplate.facts.sysctls import path_of
from bedplate.policy import DEFAULT, Profile
from bedplate.rules.engine import run
from bedplate.rules.registry import find_rule
from bedplate.rules.rule import Cause, Finding, State
from bedplate.rules.specimen_profile import wanting
from bedplate.values.constants import HostConstants
from bedplate.values.reading import Absent, Source

BALANCING = "kernel.numa_balancing"
ONE_NODE = specimen_topology({0: "0-3"})


def findings(code: str, facts: Facts, profile: Profile = DEFAULT) -> list[Finding]:
    return list(run([find_rule(code)], facts, profile).findings)


def states(code: str, facts: Facts, profile: Profile = DEFAULT) -> list[State]:
    return [finding.state for finding in findings(code, facts, profile)]


def balanced(line: str, value: int) -> Facts:
    return specimen(boot=specimen_boot(line), sysctls=specimen_sysctls({BALANCING: value}))


@pytest.mark.parametrize(
    ("line", "value", "state"),
    [
        ("quiet", 1, State.NOT_APPLICABLE),
        ("quiet -- numa_balancing=enable", 0, State.NOT_APPLICABLE),
        ("numa_balancing=enable", 1, State.PASS),
        ("numa_balancing=enable", 3, State.PASS),
        ("numa-balancing=disable", 0, State.PASS),
        ("numa_balancing=enable numa_balancing=disable", 0, State.PASS),
        ("numa_balancing=disable", 1, State.FAIL),
        ("numa_balancing=enable", 0, State.FAIL),
    ],
)
def test_balancing_at_boot_and_now(line: str, value: int, state: State) -> None:
    assert states("NUMA008", balanced(line, value)) == [state]


def test_both_places_are_named() -> None:
    (finding,) = findings("NUMA008", balanced("quiet numa_balancing=disable", 1))
    assert [(piece.path, piece.span, piece.raw) for piece in finding.evidence] == [
        ("specimen/cmdline", (6, 28), "numa_balancing=disable"),
        (path_of(BALANCING), None, "1"),
    ]
    assert finding.reason == f"the host was booted with numa_balancing=disable, and {BALANCING} is 1 now"


@pytest.mark.parametrize("word", ["numa_balancing=0", "numa_balancing=Enable", "numa_balancing", "numa_balancing="])
def test_a_word_that_the_kernel_does_not_know(word: str) -> None:
    (finding,) = findings("NUMA008", balanced(word, 0))
    assert (finding.state, finding.cause, finding.actual) == (State.FAIL, Cause.UNPARSABLE, word)


def test_the_last_word_that_is_understood_counts() -> None:
    assert states("NUMA008", balanced("numa_balancing=enable numa_balancing=0", 1)) == [State.FAIL]
    assert states("NUMA008", balanced("numa_balancing=enable numa_balancing=0", 0)) == [State.FAIL, State.FAIL]


def test_a_kernel_without_balancing_has_no_drift() -> None:
    absent = Absent(Source(path_of(BALANCING)), "needs CONFIG_NUMA_BALANCING")
    facts = specimen(boot=specimen_boot("numa_balancing=enable"), sysctls=specimen_sysctls({BALANCING: absent}))
    assert states("NUMA008", facts) == [State.NOT_APPLICABLE]


@pytest.mark.parametrize(
    ("line", "several", "alone"),
    [
        ("quiet", State.PASS, State.PASS),
        ("numa=nohmat", State.PASS, State.PASS),
        ("numa=off", State.FAIL, State.UNKNOWN),
        ("numa=noacpi", State.FAIL, State.UNKNOWN),
        ("numa=fake=4", State.FAIL, State.FAIL),
        ("numa=fake=512M", State.FAIL, State.FAIL),
        ("-- numa=off", State.PASS, State.PASS),
    ],
)
def test_hidden_nodes(line: str, several: State, alone: State) -> None:
    assert states("NUMA012", booted(line)) == [several]
    assert states("NUMA012", booted(line, ONE_NODE)) == [alone]


def test_each_word_that_hides_is_a_finding() -> None:
    found = findings("NUMA012", booted("numa=off numa=fake=2"))
    assert [finding.actual for finding in found] == ["numa=off", "numa=fake=2"]


@pytest.mark.parametrize(
    ("line", "wanted", "state"),
    [
        ("quiet", None, State.NOT_APPLICABLE),
        ("movable_node", None, State.NOT_APPLICABLE),
        ("quiet", False, State.PASS),
        ("movable-node", False, State.FAIL),
        ("quiet", True, State.FAIL),
        ("movable_node", True, State.PASS),
    ],
)
def test_movable_nodes(line: str, wanted: bool | None, state: State) -> None:
    profile = DEFAULT if wanted is None else wanting({"boot.movable_node": wanted})
    assert states("NUMA013", booted(line), profile) == [state]


@pytest.mark.parametrize(
    ("line", "wanted", "state"),
    [
        ("quiet", None, State.NOT_APPLICABLE),
        ("quiet", True, State.PASS),
        ("quiet", False, State.FAIL),
        ("hashdist=0", False, State.PASS),
        ("hashdist=0", True, State.FAIL),
        ("hashdist=1 hashdist=0", True, State.FAIL),
        ("hashdist=0x1", True, State.PASS),
        ("hashdist=010", True, State.PASS),
        ("hashdist=on", True, State.FAIL),
        ("hashdist", True, State.FAIL),
    ],
)
def test_hash_tables(line: str, wanted: bool | None, state: State) -> None:
    profile = DEFAULT if wanted is None else wanting({"boot.hashdist": wanted})
    assert states("NUMA014", booted(line), profile) == [state]
    assert states("NUMA014", booted(line, ONE_NODE), profile) == [State.NOT_APPLICABLE]


def test_the_default_of_an_unknown_architecture_is_unknown() -> None:
    facts = booted("quiet")
    facts.constants = HostConstants()
    assert states("NUMA014", facts, wanting({"boot.hashdist": True})) == [State.UNKNOWN]


@pytest.mark.parametrize("code", ["NUMA008", "NUMA012", "NUMA013", "NUMA014"])
def test_a_capture_without_a_command_line_is_unknown(code: str) -> None:
    absent = Absent(Source("specimen/cmdline"), "not in this capture", certain=False)
    profile = wanting({"boot.hashdist": True, "boot.movable_node": False})
    assert states(code, specimen(boot=specimen_boot(cmdline=absent)), profile) == [State.UNKNOWN]
