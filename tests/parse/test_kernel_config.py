"""A kernel's build configuration, plain and packed."""

from __future__ import annotations

import contextlib
import gzip
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedplate.errors import ParseError
from bedplate.parse.kernel_config import CONFIG_LIMIT_BYTES, parse_kernel_config

TEXT = b"""#
# Linux/x86 6.12.0 Kernel Configuration
#
CONFIG_NO_HZ_FULL=y
CONFIG_HZ=250
CONFIG_E1000=m
CONFIG_CMDLINE="a=\\"b\\" c"
# CONFIG_CMA is not set
"""


def test_values() -> None:
    config = parse_kernel_config(TEXT)
    assert config.value("CONFIG_NO_HZ_FULL") == "y"
    assert config.value("CONFIG_HZ") == "250"
    assert config.value("CONFIG_CMDLINE") == 'a="b" c'
    assert config.value("CONFIG_CMA") is None
    assert config.value("CONFIG_NO_HZ") is None
    assert config.enabled("CONFIG_E1000")
    assert not config.enabled("CONFIG_HZ")
    assert not config.enabled("CONFIG_CMA")


def test_packed() -> None:
    assert parse_kernel_config(gzip.compress(TEXT)) == parse_kernel_config(TEXT)


@pytest.mark.parametrize(
    ("data", "match"),
    [
        (b"", "no line names an option"),
        (b"hello", "no line names an option"),
        (b"\x1f\x8bxxxx", "not a gzip file"),
        (gzip.compress(TEXT)[:-20], "ends too early"),
        (b"CONFIG_A=y\n" + b"#" * CONFIG_LIMIT_BYTES, "more than"),
    ],
)
def test_what_is_no_configuration(data: bytes, match: str) -> None:
    with pytest.raises(ParseError, match=match):
        parse_kernel_config(data)


def test_a_decompression_bomb_is_bounded() -> None:
    packer = zlib.compressobj(9, wbits=31)
    bomb = b"".join(packer.compress(b"\0" * (1 << 20)) for _ in range(64)) + packer.flush()
    assert len(bomb) < 1 << 17
    with pytest.raises(ParseError, match="more than"):
        parse_kernel_config(bomb)


def test_this_kernel() -> None:
    packed = Path("/proc/config.gz")
    if not packed.exists():
        pytest.skip("needs a kernel with CONFIG_IKCONFIG_PROC")
    config = parse_kernel_config(packed.read_bytes())
    assert config.enabled("CONFIG_IKCONFIG_PROC")
    assert gzip.decompress(packed.read_bytes()) == config.text


@given(st.binary(max_size=200))
def test_any_bytes(data: bytes) -> None:
    for text in (data, b"\x1f\x8b\x08" + data, b"CONFIG_A=" + data):
        with contextlib.suppress(ParseError):
            parse_kernel_config(text).value("CONFIG_A")
