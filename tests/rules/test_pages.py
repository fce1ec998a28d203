"""docs/rules says what ``bedplate explain`` says."""

from __future__ import annotations

from pathlib import Path

from bedplate.render.rule_pages import rule_pages
from bedplate.rules.registry import all_rules

FOLDER = Path(__file__).parents[2] / "docs" / "rules"
STALE = "run python tools/rule_pages.py"


def test_every_rule_has_its_page_and_every_page_its_rule() -> None:
    assert {path.name for path in FOLDER.iterdir()} == set(rule_pages(all_rules())), STALE


def test_pages_are_of_the_words_of_the_rules() -> None:
    pages = rule_pages(all_rules())
    assert [name for name, text in pages.items() if (FOLDER / name).read_text() != text] == [], STALE
