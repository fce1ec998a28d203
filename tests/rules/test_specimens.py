"""Every rule passes and fails on the facts that it carries, and looks at nothing that it does not declare."""

from __future__ import annotations

from dataclasses import fields

import pytest

from bedplate.facts.facts import Facts, Sections
from bedplate.policy import DEFAULT, Expectation, Profile
from bedplate.rules.engine import run
from bedplate.rules.registry import all_rules
from bedplate.rules.rule import Finding, Rule, State

RULES = all_rules()


def code(rule: Rule) -> str:
    return rule.code


def judged(rule: Rule, facts: Facts, profile: Profile | None) -> list[Finding]:
    declared = {name: getattr(facts, name) for name in rule.needs}
    return list(run([rule], Facts(facts.constants, Sections(**declared)), profile or DEFAULT).findings)


@pytest.mark.parametrize("rule", RULES, ids=code)
def test_passes_on_its_passing_facts(rule: Rule) -> None:
    specimens = rule.specimens().passing
    assert specimens
    for facts, profile in specimens:
        states = {finding.state for finding in judged(rule, facts, profile)}
        assert states == {State.PASS}


@pytest.mark.parametrize("rule", RULES, ids=code)
def test_fails_on_its_failing_facts(rule: Rule) -> None:
    specimens = rule.specimens().failing
    assert specimens
    for facts, profile in specimens:
        findings = judged(rule, facts, profile)
        failures = [finding for finding in findings if finding.state is State.FAIL]
        assert failures, [(finding.state, finding.reason) for finding in findings]
        assert State.ERROR not in {finding.state for finding in findings}
        for failure in failures:
            assert failure.reason
            assert failure.evidence, "a failure names the files in which it was seen"
            assert failure.cause is not None


class Asked(dict[str, Expectation]):
    """Expectations that remember what was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def get(self, key: str, default: object = None) -> None:  # type: ignore[override]  # noqa: ARG002
        self.names.add(key)


@pytest.mark.parametrize("rule", RULES, ids=code)
def test_asks_the_profile_for_declared_settings_only(rule: Rule) -> None:
    specimens = rule.specimens()
    asked = Asked()
    for facts, _ in (*specimens.passing, *specimens.failing):
        judged(rule, facts, Profile(expectations=asked))
    assert asked.names <= set(rule.settings)


@pytest.mark.parametrize("rule", RULES, ids=code)
def test_needs_are_sections_of_the_facts(rule: Rule) -> None:
    assert rule.needs
    assert set(rule.needs) <= {field.name for field in fields(Sections)}
