"""Counters of NUMA allocations."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests import recorded

from bedplate.errors import ParseError
from bedplate.parse.numastat import NumaCounters, parse_numastat

TEXT = b"numa_hit 5567119\nnuma_miss 3\nnuma_foreign 0\ninterleave_hit 1115\nlocal_node 5567119\nother_node 7\n"


def test_counters() -> None:
    assert parse_numastat(TEXT) == NumaCounters(5567119, 3, 0, 1115, 5567119, 7, {})


def test_a_line_that_is_not_there_is_none_and_one_of_kernels_to_come_is_kept() -> None:
    found = parse_numastat(b"numa_hit 1\nnuma_guess 2\n\0")
    assert (found.numa_hit, found.numa_miss, found.unknown) == (1, None, {"numa_guess": 2})


@pytest.mark.parametrize(
    "text",
    [b"", b"\n", b"numa_hit\n", b"numa_hit -1\n", b"numa_hit 1 2\n", b"numa_hit 1\nnuma_hit 1\n", b"other 1\n",
     b"numa_hit 18446744073709551616\n", b"numa_hit 1\n\n", b"numa_hit 1\n" + b"x" * (1 << 17), b"\xff 1\n"],
)  # fmt: skip
def test_what_is_none(text: bytes) -> None:
    with pytest.raises(ParseError):
        parse_numastat(text)


@given(st.binary(max_size=300) | st.text("numa_hit 019\n", max_size=80).map(str.encode))
def test_any_bytes_are_counters_or_a_parse_error(text: bytes) -> None:
    try:
        found = parse_numastat(text)
    except ParseError:
        return
    assert any(count is not None for count in found[:6])


@recorded.each_machine
def test_recorded_machines(machine: str) -> None:
    for path in recorded.folder(machine).glob("sys/devices/system/node/node*/numastat"):
        found = parse_numastat(path.read_bytes())
        assert None not in found[:6]
        assert dict(zip(NumaCounters._fields, found[:6], strict=False)) == {
            name: int(count) for name, count in (line.split() for line in path.read_text().splitlines())
        }
