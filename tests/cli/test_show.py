"""``bedplate show`` as a user runs it."""

from __future__ import annotations

import json

import pytest
from tests.cli.test_check import bedplate

from bedplate.cli.show import SECTIONS


@pytest.mark.parametrize("section", SECTIONS)
def test_every_section_shows_as_text_and_as_json(section: str) -> None:
    text, document = bedplate("show", section), bedplate("show", section, "--format", "json")
    assert (text.returncode, document.returncode) == (0, 0), text.stderr + document.stderr
    assert len(text.stdout.splitlines()) > 3
    assert all(line.isprintable() for line in text.stdout.splitlines())
    assert json.loads(document.stdout)["schema"] == f"bedplate/{section}/1"


def test_topology_is_what_is_shown_without_a_section() -> None:
    assert bedplate("show").stdout.splitlines()[0] == bedplate("show", "topology").stdout.splitlines()[0]


def test_an_unknown_section_is_named_with_those_that_there_are() -> None:
    done = bedplate("show", "topologie")
    assert done.returncode == 2
    assert "topologie" in done.stderr
    assert "topology" in done.stderr
