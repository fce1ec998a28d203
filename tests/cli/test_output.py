"""What is printed is what was given, on any kind of standard output."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.terminal import on_a_terminal

from bedplate.cli.output import print_json

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.text(), JSON, max_size=6))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_json_is_the_document(capsys: pytest.CaptureFixture[str], document: dict[str, object]) -> None:
    print_json(document)
    printed = capsys.readouterr().out
    assert json.loads(printed) == document
    assert printed.isascii()


def test_a_terminal_has_colours_and_a_pipe_has_none() -> None:
    assert "\x1b[" in on_a_terminal(["check", "-v"])
    assert "\x1b[" not in on_a_terminal(["check", "-v"], NO_COLOR="1")


def test_markup_of_rich_in_a_text_is_text() -> None:
    shown = on_a_terminal(["explain", "NUMA001"])
    assert "NUMA001" in shown
