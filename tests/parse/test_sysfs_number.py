from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedplate.errors import ParseError
from bedplate.parse.sysfs_number import parse_count, parse_id, parse_number, parse_word


@given(st.integers(-(1 << 63), (1 << 64) - 1), st.sampled_from(["", "\n", "\n\0", " \r\n", "\0"]))
def test_every_number_of_64_bits_is_read_back(number: int, behind: str) -> None:
    assert parse_number(f"{number}{behind}".encode()) == number


@given(st.binary(max_size=40))
def test_any_bytes_give_a_value_or_a_parse_error(text: bytes) -> None:
    for parse in (parse_number, parse_count, parse_id, parse_word):
        with suppress(ParseError):
            parse(text)


@pytest.mark.parametrize(
    "text", [b"", b"\n", b"0x10", b"1 2", b"1.5", b"+1", b"\xd9\xa3", b"9" * 21, b"18446744073709551616"]
)
def test_what_is_no_decimal_number_is_refused(text: bytes) -> None:
    with pytest.raises(ParseError):
        parse_number(text)


def test_an_id_of_minus_one_is_unknown_and_a_huge_one_is_not() -> None:
    assert parse_id(b"-1\n") is None
    assert parse_id(b"131072\n") == 131072
    with pytest.raises(ParseError):
        parse_id(b"-2\n")


def test_a_count_is_not_negative() -> None:
    with pytest.raises(ParseError):
        parse_count(b"-1\n")


@pytest.mark.parametrize("text", [b"", b"two words", b"\x1b[31mred", b"a\nb", b"\xff", "‮".encode(), b"x" * 65])
def test_a_word_is_short_and_printable(text: bytes) -> None:
    with pytest.raises(ParseError):
        parse_word(text)


def test_a_word_is_what_stands_there() -> None:
    assert parse_word(b"Unified\n\0") == "Unified"
