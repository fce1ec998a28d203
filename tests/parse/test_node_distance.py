from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedplate.errors import ParseError
from bedplate.parse.node_distance import parse_node_distance


@given(st.lists(st.integers(0, 999_999_999), min_size=1, max_size=80), st.sampled_from(["", "\n", "\n\0"]))
def test_distances_are_read_in_the_order_of_the_file(distances: list[int], behind: str) -> None:
    assert parse_node_distance((" ".join(map(str, distances)) + behind).encode()) == tuple(distances)


@given(st.binary(max_size=60))
def test_any_bytes_give_numbers_or_a_parse_error(text: bytes) -> None:
    with suppress(ParseError):
        assert all(0 <= distance < 1_000_000_000 for distance in parse_node_distance(text))


@pytest.mark.parametrize("text", [b"", b"\n", b"10 -1", b"10,20", b"10 1e3", b"10 9999999999", b"10 " * 20_000])
def test_what_is_no_row_of_distances_is_refused(text: bytes) -> None:
    with pytest.raises(ParseError):
        parse_node_distance(text)
