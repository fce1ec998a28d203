"""Sizes: the kernel's memparse(), the kB of /proc and the K of /sys, and back."""

from __future__ import annotations

import ctypes
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.values.strategies import texts

from bedplate.errors import ParseError
from bedplate.values.sizes import format_size, parse_kib, parse_size

if TYPE_CHECKING:
    from collections.abc import Callable

TOP = (1 << 64) - 1


@given(st.one_of(st.integers(0, TOP), st.integers(0, 63).map(lambda power: 1 << power)))
def test_a_size_and_back(size: int) -> None:
    text = format_size(size)
    assert parse_size(text) == parse_size(text.lower().encode() + b"\n\0") == size
    assert parse_size(f"{size:#x}") == size
    assert parse_size(f"0{size:o}") == size
    assert len(text) <= len(str(size))


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0", 0), ("1", 1), ("2M", 2 << 20), ("2m", 2 << 20), ("1G", 1 << 30), ("16E", None), ("15e", 15 << 60),
        ("0x200000", 2 << 20), ("0x1E", 30), ("0x1g", 1 << 30), ("010", 8), ("00", 0), ("08", None), ("1P", 1 << 50),
        ("3T", 3 << 40), ("4k", 4096), (" 2M\n", 2 << 20), ("", None), ("M", None), ("2 M", None), ("2MB", None),
        ("-1", None), ("+1", None), ("1.5G", None), ("0x", None), ("0xG", None), ("18446744073709551615", TOP),
        ("18446744073709551616", None), ("16777216T", None), ("\u0662M", None), ("\u00a02M", None), ("2_0", None),
        ("9" * 1_000_000, None), ("0" * 1_000_000, None),
    ],
)  # fmt: skip
def test_sizes_as_memparse_reads_them(text: str, size: int | None) -> None:
    if size is None:
        with pytest.raises(ParseError) as caught:
            parse_size(text)
        assert len(str(caught.value)) < 200
    else:
        assert parse_size(text) == size


@given(st.text(alphabet="0123456789abcdefxXkKMGgTPE", min_size=1, max_size=20))
def test_the_digits_are_those_of_c(text: str) -> None:
    """memparse() reads digits as strtoull() with base 0 does, then one suffix."""
    libc = ctypes.CDLL(None)
    libc.strtoull.restype = ctypes.c_ulonglong
    end = ctypes.c_char_p()
    buffer = ctypes.create_string_buffer(text.encode())
    number = libc.strtoull(buffer, ctypes.byref(end), 0)
    rest = (end.value or b"").decode()
    power = " KMGTPE".find(rest.upper()) if len(rest) == 1 else 0 if not rest else -1
    right = power >= 0 and rest != text and number < TOP and number << 10 * power <= TOP
    made = size_or_none(parse_size, text)
    assert made == (number << 10 * power if right else None)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("32K\n", 32 << 10), ("2048kB", 2 << 20), ("16318480 kB\n\0", 16318480 << 10), ("0 kB", 0), ("0K", 0),
        ("32", None), ("32k", None), ("32KB", None), ("32  kB", None), ("-1 kB", None), ("", None), ("kB", None),
        ("1M", None), ("\u0663K", None), ("9" * 1_000_000 + "K", None), ("9" * 18 + "K", (10**18 - 1) << 10),
    ],
)  # fmt: skip
def test_kilobytes_are_bytes(text: str, size: int | None) -> None:
    assert size_or_none(parse_kib, text) == size
    assert size_or_none(parse_kib, text.encode()) == size


def test_the_live_kernel_s_kilobytes() -> None:
    lines = Path("/proc/meminfo").read_text().splitlines()
    sizes = {name: parse_kib(rest) for name, _, rest in (line.partition(":") for line in lines) if "kB" in rest}
    assert sizes["MemTotal"] >= sizes["MemFree"] > 0
    assert all(size % 1024 == 0 for size in sizes.values())


def size_or_none(parse: Callable[[bytes | str], int], text: bytes | str) -> int | None:
    try:
        return parse(text)
    except ParseError:
        return None


@given(texts)
def test_any_text_gives_a_size_or_a_parse_error(text: bytes | str) -> None:
    for parse in (parse_size, parse_kib):
        size = size_or_none(parse, text)
        assert size is None or size >= 0
