from __future__ import annotations

import tarfile
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedplate.errors import ParseError
from bedplate.parse.tar import BLOCK_BYTES, Header, parse_header, parse_pax, parse_size


def block(name: str = "proc/x", form: Literal[0, 1] = tarfile.USTAR_FORMAT, **fields: object) -> bytes:
    info = tarfile.TarInfo(name)
    for field, value in fields.items():
        setattr(info, field, value)
    return info.tobuf(form)[-BLOCK_BYTES:]


def test_a_header() -> None:
    assert parse_header(block(size=5)) == Header(b"proc/x", 5, b"0", b"")
    assert parse_header(block(type=tarfile.SYMTYPE, linkname="../y", size=7)) == Header(b"proc/x", 0, b"2", b"../y")
    assert parse_header(block(type=tarfile.DIRTYPE)) == Header(b"proc/x/", 0, b"5", b"")
    assert parse_header(block(type=tarfile.AREGTYPE, size=3)) == Header(b"proc/x", 3, b"0", b"")
    assert parse_header(block(type=b"Q", size=3)) == Header(b"proc/x", 3, b"Q", b"")


def test_long_names_and_sizes() -> None:
    name = "a" * 90 + "/" + "b" * 90
    assert parse_header(block(name)) == Header(name.encode(), 0, b"0", b"")
    huge = parse_header(block(form=tarfile.GNU_FORMAT, size=1 << 40))
    assert huge is not None
    assert huge.size_bytes == 1 << 40
    assert parse_header(bytes(BLOCK_BYTES)) is None


def test_the_checksum_counts_every_byte_once_signed_or_not() -> None:
    good = bytearray(block(uname="\xff" * 20))
    assert parse_header(bytes(good))
    total = sum(good[:148]) + 8 * 32 + sum(good[156:])
    signed = total - 256 * sum(byte > 127 for byte in good[:148] + good[156:])
    good[148:156] = b"%06o\0 " % signed
    assert parse_header(bytes(good))
    good[0] ^= 1
    with pytest.raises(ParseError, match="checksum"):
        parse_header(bytes(good))


@pytest.mark.parametrize("field", [slice(124, 136), slice(148, 156)])
def test_numbers_that_are_none(field: slice) -> None:
    bad = bytearray(block(size=5))
    bad[field] = b"\xff" + bytes(field.stop - field.start - 1)
    if field.start == 124:
        bad[148:156] = b"%06o\0 " % (sum(bad[:148]) + 8 * 32 + sum(bad[156:]))
    with pytest.raises(ParseError, match="not an octal number"):
        parse_header(bytes(bad))


def test_a_block_of_another_size() -> None:
    with pytest.raises(ParseError, match="511"):
        parse_header(bytes(511))


def record(key: bytes, value: bytes) -> bytes:
    rest = b" " + key + b"=" + value + b"\n"
    length = len(rest) + 1
    while len(b"%d" % length) + len(rest) != length:
        length += 1
    return b"%d" % length + rest


@given(st.dictionaries(st.binary(min_size=1, max_size=9).filter(lambda key: b"=" not in key), st.binary(max_size=300)))
def test_pax_records_come_back(records: dict[bytes, bytes]) -> None:
    assert parse_pax(b"".join(record(*pair) for pair in records.items())) == records


@pytest.mark.parametrize(
    "data",
    [b"x", b"5 a=b", b"8 path=a\n", b"99999999 a=b\n", b"0 a=b\n", b"3 a\n", b" a=b\n", b"6 path\n", b"-6 a=b\n"],
)  # fmt: skip
def test_pax_records_that_are_none(data: bytes) -> None:
    with pytest.raises(ParseError, match="pax record"):
        parse_pax(data)


@pytest.mark.parametrize("text", [b"", b"-1", b"1e3", b"9" * 20, b"\xb2"])
def test_sizes_that_are_none(text: bytes) -> None:
    with pytest.raises(ParseError, match="not a size"):
        parse_size(text)


@given(st.binary(max_size=600), st.binary(min_size=0, max_size=40), st.integers(0, 511))
def test_any_bytes_give_a_header_or_a_parse_error(data: bytes, junk: bytes, at: int) -> None:
    good = bytearray(block(size=5))
    good[at : at + len(junk)] = junk
    for one in (data, bytes(good[:BLOCK_BYTES])):
        for parse in (parse_header, parse_pax, parse_size):
            try:
                parse(one)
            except ParseError as error:
                shown = str(error)
            else:
                shown = ""
            assert not shown or shown.isprintable()
