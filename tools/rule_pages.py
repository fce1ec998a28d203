"""Writes docs/rules.  Run it after a rule was added or its words changed: ``python tools/rule_pages.py``."""

from __future__ import annotations

from pathlib import Path

from bedplate.render.rule_pages import rule_pages
from bedplate.rules.registry import all_rules

FOLDER = Path(__file__).parents[1] / "docs" / "rules"


def main() -> None:
    """Write the pages and remove those of rules that are gone."""
    FOLDER.mkdir(exist_ok=True)
    made = rule_pages(all_rules())
    for path in FOLDER.glob("*.md"):
        if path.name not in made:
            path.unlink()
    for name, text in made.items():
        (FOLDER / name).write_text(text)


if __name__ == "__main__":
    main()
