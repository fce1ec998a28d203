"""The exception tree: one line each, without control characters, and whole after pickling."""

from __future__ import annotations

import copy
import inspect
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedplate import errors
from bedplate.errors import BedplateError, CaptureError, CaptureRefused, ParseError, ProfileError

KINDS = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, BedplateError)]
maybe_text = st.one_of(st.none(), st.text(), st.binary().map(lambda raw: raw.decode("utf-8", "surrogateescape")))


def test_the_tree_is_drawn_in_the_module() -> None:
    drawn = errors.__doc__ or ""
    assert len(KINDS) >= 7
    for kind in KINDS:
        assert kind.__name__ in drawn
        assert kind.__module__ == "bedplate.errors"
    assert issubclass(ParseError, ValueError)
    assert issubclass(CaptureRefused, CaptureError)


@pytest.mark.parametrize("kind", KINDS)
@given(st.text(), maybe_text, maybe_text, st.one_of(maybe_text, st.binary()))
def test_every_error_is_one_safe_line_and_pickles(
    kind: type[BedplateError], message: str, path: str | None, field: str | None, text: bytes | str | None
) -> None:
    error = kind(message, path=path, field=field, text=text)
    assert str(error).isprintable()
    for twin in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert type(twin) is kind
        assert (twin.message, twin.path, twin.field, twin.text) == (message, path, field, text)
        assert str(twin) == str(error)


def test_where_and_what_and_the_text() -> None:
    error = ParseError("not a number", field="MemTotal", text=b"x\n\xff")
    assert str(error) == r"MemTotal: not a number: “x\n\xff”"
    assert error.problem == "MemTotal: not a number"
    placed = error.at("/proc/meminfo")
    assert str(placed) == r"/proc/meminfo: MemTotal: not a number: “x\n\xff”"
    assert type(placed) is ParseError
    assert (error.path, placed.path, placed.text) == (None, "/proc/meminfo", b"x\n\xff")
    assert str(ParseError("empty")) == "empty"


@pytest.mark.parametrize("text", ["ü" * 1_000_000, "ü".encode() * 1_000_000, b"\xff" * 1_000_000, "\n" * 1_000_000])
def test_a_long_text_is_cut_and_kept(text: bytes | str) -> None:
    error = ParseError("no", text=text)
    assert len(str(error)) < 400
    assert str(error).endswith("…”")
    assert error.text is text
    assert "…" not in str(ParseError("no", text="x" * 80))


def test_the_lines_of_a_profile_error_stay_with_it() -> None:
    error = ProfileError.of_lines(["a.toml:1:1: one", "a.toml:2:1: two"])
    for twin in (error.at("a.toml"), pickle.loads(pickle.dumps(error))):
        assert isinstance(twin, ProfileError)
        assert twin.more == ("a.toml:2:1: two",)


def test_notes_survive() -> None:
    error = ParseError("no")
    error.add_note("while reading")
    assert pickle.loads(pickle.dumps(error)).__notes__ == ["while reading"]
