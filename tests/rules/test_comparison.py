"""Wishes of profiles: numbers for the comparison of a rule, or texts of numbers and ranges."""

from __future__ import annotations

import pytest

from bedplate.errors import ParseError
from bedplate.facts.specimen import specimen
from bedplate.facts.specimen_settings import specimen_sysctls
from bedplate.policy import Profile
from bedplate.rules.comparison import fits, phrase
from bedplate.rules.engine import run
from bedplate.rules.registry import find_rule
from bedplate.rules.rule import State
from bedplate.rules.specimen_profile import wanting


@pytest.mark.parametrize(
    ("op", "wish", "fitting", "unfit", "words"),
    [
        ("equal", 5, (5,), (4, 6), "5"),
        ("at-least", 5, (5, 6), (4,), "at least 5"),
        ("at-most", 5, (4, 5), (6,), "at most 5"),
        ("bits-within", 5, (0, 1, 4, 5), (2, 7, -1), "no bits but those of 5"),
        ("at-least", "0,600..", (0, 600, 9999), (1, 599, -1), "0 or at least 600"),
        ("equal", "..60", (-5, 60), (61,), "at most 60"),
        ("equal", "10..60, -1", (10, 60, -1), (9, 61, 0), "10 to 60 or -1"),
        ("equal", True, (1,), (0,), "1"),
    ],
)
def test_what_fits(op: str, wish: object, fitting: tuple[int, ...], unfit: tuple[int, ...], words: str) -> None:
    assert [value for value in (*fitting, *unfit) if fits(op, wish, value)] == list(fitting)
    assert phrase(op, wish) == words


@pytest.mark.parametrize("wish", ["", "a", "1,,2", "0x10..", "1..b", "é"])
def test_a_wish_that_is_none_is_refused(wish: str) -> None:
    with pytest.raises(ParseError, match="numbers and ranges"):
        fits("equal", wish, 1)


def state_of(value: int, profile: Profile) -> tuple[State, str]:
    facts = specimen(sysctls=specimen_sysctls({"vm.swappiness": value}))
    (finding,) = run([find_rule("MEM002")], facts, profile).findings
    return finding.state, finding.reason


def test_a_profile_may_want_ranges() -> None:
    profile = wanting({"vm.swappiness": "0,10..20"})
    assert state_of(0, profile)[0] is State.PASS
    state, reason = state_of(60, profile)
    assert state is State.FAIL
    assert reason == "vm.swappiness is 60, and profile specimen wants 0 or 10 to 20: to show the rule"


def test_a_wish_that_is_wrong_is_an_error_and_no_verdict() -> None:
    state, reason = state_of(0, wanting({"vm.swappiness": "low"}))
    assert state is State.ERROR
    assert "expects of vm.swappiness is wrong" in reason
