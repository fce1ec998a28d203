"""The pages of docs/rules in Markdown, of the same words that ``bedplate explain`` prints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bedplate.render.rule_text import rule_parts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bedplate.rules.rule import Rule


def rule_pages(rules: Sequence[Rule]) -> dict[str, str]:
    """Return the text of every page by its file name: one for each rule, and the index."""
    return {"index.md": _index(rules)} | {f"{rule.code}.md": rule_page(rule) for rule in rules}


def rule_page(rule: Rule) -> str:
    """Return a rule's page of the reference, in Markdown."""
    head = f"# {rule.code} {rule.name}\n\nSection {rule.section.value} · severity {rule.severity.value}\n"
    parts = (
        f"\n## {heading}\n\n" + "\n".join(f"{'- ' if heading == 'References' else ''}{text}" for text in paragraphs)
        for heading, paragraphs in rule_parts(rule)
    )
    return head + "\n".join(parts) + "\n"


def _index(rules: Sequence[Rule]) -> str:
    rows = "".join(
        f"| [{rule.code}]({rule.code}.md) | {rule.name} | {rule.section.value} | {rule.severity.value} |\n"
        for rule in rules
    )
    return f"# Rules\n\n| code | fault | section | severity |\n| --- | --- | --- | --- |\n{rows}"
