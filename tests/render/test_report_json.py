"""The report document is what docs/schemas/report-1.json says, whatever is in the findings."""

from __future__ import annotations

import json

import pytest
from tests.schemas import assert_valid

from bedplate.policy import DEFAULT
from bedplate.render.report_json import report_document
from bedplate.rules.engine import run
from bedplate.rules.registry import all_rules, find_rule
from bedplate.rules.rule import HOST, Cause, Evidence, Expected, Finding, Rule, Severity, State, Subject
from bedplate.values.constants import HostConstants
from bedplate.values.idset import CpuSet, NodeSet


def code(rule: Rule) -> str:
    return rule.code


@pytest.mark.parametrize("rule", all_rules(), ids=code)
def test_findings_of_every_rule(rule: Rule) -> None:
    specimens = rule.specimens()
    for facts, profile in (*specimens.passing, *specimens.failing):
        report = run([rule], facts, profile or DEFAULT)
        document = report_document("h", "/", True, facts.constants, report.profile, report.findings)
        assert_valid(document, "report-1")


def test_hostile_text_and_every_type_of_value() -> None:
    values = [None, True, 3, 1.5, "a\x1b[31m\n", b"\xff", CpuSet([1]), NodeSet(), [CpuSet([2])], {1: "x"}, object()]
    findings = [
        Finding(
            rule=find_rule("NUMA001"),
            state=State.FAIL,
            severity=Severity.INFO,
            subject=Subject("pci", "\udcff\x1b"),
            reason="line\nbreak",
            expected=Expected("equal", value),
            actual=value,
            evidence=(Evidence("a\x00b", (1, 2), "\x9b", "net:[1]"),),
            cause=Cause.MISMATCH,
        )
        for value in values
    ]
    document = report_document("h\x1b", "/", False, HostConstants(), "default", findings)
    assert_valid(document, "report-1")
    text = json.dumps(document, ensure_ascii=False)
    assert text.isprintable()


def test_every_finding_has_every_key() -> None:
    one = Finding(find_rule("NUMA001"), State.PASS, Severity.ERROR, HOST, "")
    document = report_document("h", "/", True, HostConstants(), "default", [one])
    assert_valid(document, "report-1")
    assert '"expected": null' in json.dumps(document)
