"""Every key of a TOML document has the place where it stands."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedplate.documents.toml_places import Path, Place, nearest, places

DOCUMENT = '''\
name = "x" # a = 1
text = """
b = 2
[c]
"""
list = [
  "]", # ]
  { d = 1 },
]
  [e."f g"]
  h.i = '"'
[[w]]
n = 1
[[w]]
"q\\u0041" = 2
'''


@pytest.mark.parametrize(
    ("path", "place"),
    [
        (("name",), Place(1, 1)),
        (("text",), Place(2, 1)),
        (("list",), Place(6, 1)),
        (("e", "f g"), Place(10, 4)),
        (("e", "f g", "h", "i"), Place(11, 3)),
        (("w", 0), Place(12, 3)),
        (("w", 0, "n"), Place(13, 1)),
        (("w", 1), Place(14, 3)),
        (("w", 1, "qA"), Place(15, 1)),
    ],
)
def test_place_of_key(path: Path, place: Place) -> None:
    assert places(DOCUMENT)[path] == place


def test_texts_inside_values_are_no_keys() -> None:
    found = places(DOCUMENT)
    assert not {("a",), ("b",), ("c",), ("d",)} & set(found)


def test_nearest_is_what_is_around() -> None:
    found = places(DOCUMENT)
    assert nearest(found, ("list", 1, "d")) == Place(6, 1)
    assert nearest(found, ("absent",)) == Place(1, 1)


KEYS = st.text(st.characters(codec="utf-8", exclude_characters='"\\', exclude_categories=("Cc", "Cs")), max_size=6)
VALUES = st.one_of(st.integers(0, 9).map(str), st.just('"[{#"'), st.just("[1, [2]]"), st.just('{ a = "}" }'))


@given(st.dictionaries(KEYS, VALUES, max_size=8))
def test_finds_what_tomllib_finds(table: dict[str, str]) -> None:
    text = "".join(f'"{key}" = {value}\n' for key, value in table.items())
    parsed: dict[str, Any] = tomllib.loads(text)
    found = places(text)
    assert {path[0] for path in found} == set(parsed)
    for line, key in enumerate(table, 1):
        assert found[(key,)] == Place(line, 1)
