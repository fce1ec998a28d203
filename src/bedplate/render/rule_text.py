"""A rule in words, for ``explain``; the pages of docs/rules are made of the same words."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING

from bedplate.render.line import Line, line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bedplate.rules.rule import Remedy, Rule

_WIDTH = 96


def rule_parts(rule: Rule) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the headings of a rule's page, each with its paragraphs."""
    yield "What it checks", (rule.what,)
    yield "Why it matters", (rule.why,)
    yield "Example", (rule.example,)
    yield "Remedy", (rule.remedy.text,)
    yield "Safety of the remedy", (safety(rule.remedy),)
    yield "References", rule.references


def safety(remedy: Remedy) -> str:
    """Return how safe a remedy is, in a sentence."""
    when = "takes effect with the next boot" if remedy.reboot else "takes effect at once"
    if remedy.runtime and remedy.reboot:
        when = "can be done at once, and takes a reboot to be there from the start"
    back = "can be taken back" if remedy.reversible else "cannot be taken back before the next boot"
    return f"Risk {remedy.risk}; it {when} and {back}."


def rule_lines(rule: Rule) -> Iterator[Line]:
    """Yield a rule's page for a terminal."""
    yield line((rule.code, "bold"), " ", (rule.name, "bold"), f"  section {rule.section} · {rule.severity}")
    for heading, paragraphs in rule_parts(rule):
        yield line("")
        yield line((heading, "bold"))
        for paragraph in paragraphs:
            yield from (line("  ", text) for text in wrap(paragraph, _WIDTH, break_on_hyphens=False))


def rule_list_lines(rules: Iterable[Rule]) -> Iterator[Line]:
    """Yield one line a rule: code, severity, name and what it checks."""
    for rule in rules:
        yield line((f"{rule.code:<9}", "bold"), f"{rule.severity:<8} {rule.name:<44} {rule.what}")
