"""A report as text: what is wrong first, then what is not known, then the count of every state."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING

from bedplate.render.line import Line, line
from bedplate.render.values import shown
from bedplate.rules.rule import Cause, Finding, Severity, State

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bedplate.rules.rule import Evidence

STATE_STYLES = {
    State.PASS: "green",
    State.FAIL: "bold red",
    State.NOT_APPLICABLE: "dim",
    State.UNKNOWN: "yellow",
    State.ERROR: "bold magenta",
    State.WAIVED: "cyan",
    State.PENDING_REBOOT: "yellow",
}
_SEVERITY_STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.INFO: "blue"}
_ORDER = [State.FAIL, State.ERROR, State.PENDING_REBOOT, State.UNKNOWN, State.WAIVED, State.NOT_APPLICABLE, State.PASS]
_EVIDENCE_LIMIT = 6
_RAW_LIMIT = 100
_LACKING_LIMIT = 5
_CODES_WIDTH = 100
_INDENT = "    "


def report_lines(host: str, profile: str, findings: Iterable[Finding], *, verbose: bool = False) -> Iterator[Line]:
    """Yield the lines of a report.

    Passes and what does not apply are only counted, unless ``verbose``; every state is counted, those of 0 too.
    """
    kept = list(findings)
    yield line((host, "bold"), f" · profile {profile}")
    yield line("")
    for state in _ORDER:
        of_state = [finding for finding in kept if finding.state is state]
        if state in (State.PASS, State.NOT_APPLICABLE) and not verbose:
            continue
        if not verbose:
            lacking, of_state = _lacking(of_state)
            yield from _lacking_lines(lacking)
        for finding in of_state:
            yield from _finding_lines(finding)
        if of_state and state is not State.FAIL:
            yield line("")
    yield _counts(kept)


def _lacking(findings: list[Finding]) -> tuple[list[Finding], list[Finding]]:
    """Return the findings that are unknown for files that a partial capture lacks, and the others."""
    lacking = [one for one in findings if one.state is State.UNKNOWN and one.cause is Cause.ABSENT]
    return (
        (lacking, [one for one in findings if one not in lacking]) if len(lacking) > _LACKING_LIMIT else ([], findings)
    )


def _lacking_lines(findings: list[Finding]) -> Iterator[Line]:
    """Yield the codes of rules that a partial capture cannot answer: fifty lines of them would hide all others."""
    if not findings:
        return
    codes = list(dict.fromkeys(finding.rule.code for finding in findings))
    head = (f"{State.UNKNOWN:<15}", STATE_STYLES[State.UNKNOWN])
    yield line(head, f"{len(codes)} rules need what is not here (-v tells what):")
    yield from (line(_INDENT, text) for text in wrap(" ".join(codes), _CODES_WIDTH))


def _finding_lines(finding: Finding) -> Iterator[Line]:
    """Yield a failure with all that helps to mend it, any other finding as one line with its reason."""
    rule = finding.rule
    head = (
        (f"{finding.state:<15}", STATE_STYLES[finding.state]),
        (f"{rule.code:<9}", "bold"),
        f"{rule.name} ",
        (f"({finding.severity})", _SEVERITY_STYLES[finding.severity]),
        ("" if finding.subject.kind == "host" else f"  {finding.subject}", "cyan"),
    )
    if finding.state is not State.FAIL:
        yield line(*head, f"  {finding.reason}" if finding.reason else "")
        return
    yield line(*head)
    yield from (line(_INDENT, text) for text in _details(finding))
    shown_evidence, more = finding.evidence[:_EVIDENCE_LIMIT], len(finding.evidence) - _EVIDENCE_LIMIT
    yield from (line(_INDENT, (_seen(piece), "dim")) for piece in shown_evidence)
    if more > 0:
        yield line(_INDENT, (f"and {more} more files (all of them with --format json)", "dim"))
    yield line("")


def _details(finding: Finding) -> Iterator[str]:
    remedy = finding.rule.remedy
    yield finding.reason
    if finding.expected is not None:
        yield f"expected: {finding.expected.op} {shown(finding.expected.value)}"
    if finding.actual is not None:
        yield f"found: {shown(finding.actual)}"
    yield f"remedy: {remedy.text}{' (needs a reboot)' if remedy.reboot and not remedy.runtime else ''}"


def _seen(piece: Evidence) -> str:
    place = piece.path if piece.span is None else f"{piece.path} bytes {piece.span[0]}-{piece.span[1]}"
    if piece.raw is None:
        return f"seen in {place}"
    # A command line of 2 KiB would hide the finding that it is the evidence of.
    raw = piece.raw if len(piece.raw) <= _RAW_LIMIT else f"{piece.raw[:_RAW_LIMIT]}…"
    return f"seen in {place}: {raw}"


def _counts(findings: list[Finding]) -> Line:
    rules = len({finding.rule.code for finding in findings})
    parts: list[str | tuple[str, str]] = [f"{rules} rule{'' if rules == 1 else 's'}: "]
    for state in State:
        count = sum(finding.state is state for finding in findings)
        parts += [" · " if len(parts) > 1 else "", (f"{count} {state}", STATE_STYLES[state] if count else "dim")]
    return line(*parts)
