"""Every rule is named, coded and documented as docs/design.md says."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from bedplate.errors import ProfileError, UsageError
from bedplate.policy import Expectation, Profile
from bedplate.rules.registry import all_rules, find_rule, refuse_unknown_settings, select
from bedplate.rules.rule import Rule, Section

RULES = all_rules()
LETTERS = {
    Section.NUMA: "NUMA",
    Section.BOOT: "BOOT",
    Section.ISOLATION: "ISO",
    Section.HUGEPAGES: "HUGE",
    Section.MEMORY: "MEM",
    Section.SCHEDULING: "SCHED",
    Section.IPC: "IPC",
    Section.MOUNTS: "MNT",
    Section.SECURITY: "SEC",
    Section.HUNG: "HUNG",
    Section.MCE: "MCE",
    Section.PCI: "PCI",
}


def code(rule: Rule) -> str:
    return rule.code


@pytest.mark.parametrize("rule", RULES, ids=code)
def test_name_and_code(rule: Rule) -> None:
    assert re.fullmatch(rf"{LETTERS[rule.section]}\d{{3}}", rule.code)
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", rule.name)
    assert not re.match(r"(no|dont|disallow|check|must|should)-", rule.name), "a rule is named for the fault it sees"


@pytest.mark.parametrize("rule", RULES, ids=code)
def test_words(rule: Rule) -> None:
    for text in (rule.what, rule.why, rule.example, rule.remedy.text):
        assert len(text) > 20, text
        assert text[-1] in ".:)`", f"not a sentence: {text}"
    assert rule.references
    assert rule.remedy.risk in {"none", "low", "medium", "high"}


def test_codes_and_names_are_unique() -> None:
    assert len({rule.code for rule in RULES}) == len(RULES)
    assert len({rule.name for rule in RULES}) == len(RULES)


def test_rules_come_by_section_and_code() -> None:
    for section in Section:
        codes = [rule.code for rule in RULES if rule.section is section]
        assert codes == sorted(codes)


def test_select_takes_codes_names_and_sections() -> None:
    one = RULES[0]
    assert select([one.code.lower()]) == (one,)
    assert select([one.name]) == (one,)
    assert set(select([one.section.value])) == {rule for rule in RULES if rule.section is one.section}
    assert one not in select([], [one.code])


def test_an_unknown_name_suggests_the_near_miss() -> None:
    with pytest.raises(UsageError, match="did you mean NUMA001"):
        find_rule("NUMA0001")
    with pytest.raises(UsageError, match="sections are"):
        find_rule("x\x1b[31m")


def test_a_profile_may_not_expect_what_no_rule_looks_at() -> None:
    wanted = Expectation(0, "r", "f")
    with pytest.raises(ProfileError, match=r"'kernel\.no_such'"):
        refuse_unknown_settings(Profile(expectations={"kernel.no_such": wanted}))


def test_rules_are_values() -> None:
    one = RULES[0]
    assert replace(one) == one
