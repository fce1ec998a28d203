from __future__ import annotations

import contextlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedplate.errors import ParseError
from bedplate.parse.pci import (
    is_address,
    is_host_bridge,
    parse_address,
    parse_choice,
    parse_count,
    parse_hex,
    parse_node,
    parse_speed,
    parse_switch,
    parse_width,
)

PARSERS: tuple[Callable[[bytes], object], ...] = (
    parse_hex,
    parse_node,
    parse_count,
    parse_speed,
    parse_width,
    parse_switch,
    parse_choice,
)


def test_addresses_order_as_numbers_whatever_their_digits() -> None:
    names = ["10000:e1:00.0", "0000:ff:1f.7", "0000:02:00.0", "0000:02:00.1", "ffffffff:00:00.0"]
    assert sorted(names, key=parse_address) == [
        "0000:02:00.0",
        "0000:02:00.1",
        "0000:ff:1f.7",
        "10000:e1:00.0",
        "ffffffff:00:00.0",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0000:00:00",
        "000:00:00.0",
        "0000:00:20.0",
        "0000:00:00.8",
        "0000:0g:00.0",
        "123456789:00:00.0",
        "0000:00:00.0\n",
    ],
)
def test_what_is_no_address(text: str) -> None:
    assert not is_address(text)
    with pytest.raises(ParseError):
        parse_address(text)


def test_host_bridges() -> None:
    assert is_host_bridge("pci0000:17")
    assert is_host_bridge("pci10000:00")
    assert not is_host_bridge("pci0000:17/..")
    assert not is_host_bridge("pcix0000:17")


def test_ids_and_classes() -> None:
    assert parse_hex(b"0x8086\n") == 0x8086
    assert parse_hex(b"0x020000\n\0") == 0x020000


def test_no_node_is_none_and_never_a_number() -> None:
    assert parse_node(b"-1\n") is None
    assert parse_node(b"0\n") == 0
    for text in (b"-2\n", b"65536\n", b"9" * 40, b"", b"0x1\n"):
        with pytest.raises(ParseError):
            parse_node(text)


def test_links() -> None:
    assert parse_speed(b"8 GT/s\n") == parse_speed(b"8.0 GT/s PCIe\n") == 8000
    assert parse_speed(b"2.5 GT/s\n") == 2500
    assert parse_speed(b"Unknown\n") is parse_speed(b"Unknown speed\n") is None
    assert parse_width(b"16\n") == 16
    assert parse_width(b"0\n") is parse_width(b"255\n") is None


def test_the_choice_of_a_list() -> None:
    assert parse_choice(b"[default] performance powersave powersupersave \n") == "default"
    for text in (b"default performance\n", b"[default] [performance]\n", b"[]\n"):
        with pytest.raises(ParseError):
            parse_choice(text)


@given(text=st.binary(max_size=60) | st.from_regex(rb"[-0-9x .GTs/\[\]a-zUnknow\n\0]{0,30}", fullmatch=True))
def test_any_bytes_give_a_value_or_a_parse_error(text: bytes) -> None:
    for parse in PARSERS:
        with contextlib.suppress(ParseError):
            parse(text)
