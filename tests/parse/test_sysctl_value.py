"""The text of kernel settings: integers of 64 bits, lines of them, and lines of text."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedplate.errors import ParseError
from bedplate.parse.sysctl_value import parse_integer, parse_numbers, parse_text

PARSERS: list[Callable[[bytes], object]] = [parse_integer, parse_numbers, parse_text]
INTEGERS = st.integers(-(2**63), 2**64 - 1)


@pytest.mark.parametrize("parse", PARSERS)
@given(text=st.binary(max_size=200))
def test_any_bytes_are_a_value_or_a_parse_error(parse: Callable[[bytes], object], text: bytes) -> None:
    try:
        value = parse(text)
    except ParseError:
        return
    assert isinstance(value, int | tuple | str)


@given(INTEGERS)
def test_an_integer_comes_back(number: int) -> None:
    assert parse_integer(f"{number}\n".encode()) == number


@given(st.lists(INTEGERS, min_size=1, max_size=10))
def test_numbers_come_back(numbers: list[int]) -> None:
    assert parse_numbers("\t".join(map(str, numbers)).encode() + b"\n") == tuple(numbers)


def test_a_nul_byte_behind_the_newline_is_not_a_digit() -> None:
    assert parse_integer(b"60\n\0") == 60
    assert parse_text(b"(none)\n\0") == "(none)"


@pytest.mark.parametrize("text", [b"", b"\n", b"-", b"--1", b"+1", b"1 2", b"0x10", b"1.5", "１".encode(), b"9" * 21])
def test_what_is_no_integer(text: bytes) -> None:
    with pytest.raises(ParseError):
        parse_integer(text)


def test_bounded() -> None:
    with pytest.raises(ParseError):
        parse_integer(str(2**64).encode())
    with pytest.raises(ParseError):
        parse_numbers(b"1 " * 65)
    with pytest.raises(ParseError):
        parse_numbers(b" \n")
    with pytest.raises(ParseError):
        parse_text(b"x" * 5000)
    with pytest.raises(ParseError):
        parse_integer(b"1" * (1 << 20))
