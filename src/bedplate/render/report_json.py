"""A report as the JSON document bedplate/report/1 (docs/schemas/report-1.json)."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from bedplate.render.values import Json, plain, type_name
from bedplate.rules.rule import State

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bedplate.rules.rule import Evidence, Finding, Rule
    from bedplate.values.constants import HostConstants

SCHEMA = "bedplate/report/1"


def report_document(
    host: str, root: str, live: bool, constants: HostConstants, profile: str, findings: Sequence[Finding]
) -> dict[str, Json]:
    """Return the document; ``root`` is where the host was read from, ``live`` whether that is a running host."""
    return {
        "schema": SCHEMA,
        "host": {"name": plain(host), "root": plain(root), "live": live, "constants": plain(asdict(constants))},
        "profile": plain(profile),
        "counts": {state.value: sum(finding.state is state for finding in findings) for state in State},
        "findings": [finding_document(finding) for finding in findings],
    }


def finding_document(finding: Finding) -> dict[str, Json]:
    """Return one finding; keys are the same for every state, null where there is nothing to say."""
    rule = finding.rule
    expected, actual = finding.expected, finding.actual
    return {
        "rule": rule.code,
        "name": rule.name,
        "section": rule.section.value,
        "state": finding.state.value,
        "severity": finding.severity.value,
        "subject": plain(str(finding.subject)),
        "reason": plain(finding.reason),
        "expected": None if expected is None else {"op": expected.op, "value": plain(expected.value)},
        "actual": None if actual is None else {"value": plain(actual), "type": type_name(actual)},
        "cause": None if finding.cause is None else finding.cause.value,
        "evidence": [_evidence(piece) for piece in finding.evidence],
        "remedy": _remedy(rule),
        "references": list(rule.references),
        "waiver": None if finding.waiver is None else plain(finding.waiver._asdict()),
        "configured": plain(finding.configured),
    }


def _evidence(piece: Evidence) -> dict[str, Json]:
    span: Json = None if piece.span is None else [*piece.span]
    return {"path": plain(piece.path), "span": span, "raw": plain(piece.raw), "namespace": plain(piece.namespace)}


def _remedy(rule: Rule) -> dict[str, Json]:
    remedy = rule.remedy
    return {
        "text": remedy.text,
        "runtime": remedy.runtime,
        "reboot": remedy.reboot,
        "reversible": remedy.reversible,
        "risk": remedy.risk,
    }
