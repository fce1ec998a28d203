from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests import recorded
from tests.parse import hostile

from bedplate.errors import ParseError
from bedplate.parse.cgroup_limit import (
    CpuMax,
    hugetlb_file,
    parse_cpu_max,
    parse_limit,
    parse_v1_limit,
    parse_v1_quota,
    render_cpu_max,
    render_limit,
)
from bedplate.values.limit import MAX, Limit

PARSERS = (parse_limit, parse_v1_limit, parse_v1_quota, parse_cpu_max)
limits = st.just(MAX) | st.integers(0, 10**20 - 1)


def test_max_is_a_constant_with_a_name_and_never_a_number() -> None:
    assert parse_limit(b"max\n") is MAX
    assert not isinstance(MAX, int)
    assert str(MAX) == "max"
    assert parse_limit(b"0\n") == 0
    assert parse_limit(b"536870912\n\0") == 512 << 20


@pytest.mark.parametrize("page_bytes", [4096, 16384, 65536, 262144])
def test_v1_has_no_word_for_no_limit(page_bytes: int) -> None:
    largest = (2**63 - 1) // page_bytes * page_bytes
    assert parse_v1_limit(b"%d\n" % largest) is MAX
    for text in (b"9223372036854775807\n", b"18446744073709551615\n", b"8796093018112\n"):
        assert parse_v1_limit(text) is MAX
    assert parse_v1_limit(b"1099511627776\n") == 1 << 40
    assert parse_v1_quota(b"-1\n") is MAX
    assert parse_v1_quota(b"50000\n") == 50000


def test_cpu_time_is_a_quota_and_a_period() -> None:
    assert parse_cpu_max(b"max 100000\n") == CpuMax(MAX, 100000)
    assert parse_cpu_max(b"50000 100000\n") == CpuMax(50000, 100000)


def test_the_page_size_of_a_huge_page_file_is_in_its_name() -> None:
    assert hugetlb_file("hugetlb.2MB.max") == (2 << 20, "max")
    assert hugetlb_file("hugetlb.1GB.rsvd.current") == (1 << 30, "rsvd.current")
    assert hugetlb_file("hugetlb.64KB.limit_in_bytes") == (64 << 10, "limit_in_bytes")
    for name in ("memory.max", "hugetlb.MB.max", "hugetlb.2TB.max", "hugetlb.2MB", "hugetlb.2MB.max\n"):
        assert hugetlb_file(name) is None


@given(limits, st.integers(0, 10**9))
@settings(deadline=None)
def test_what_is_rendered_is_read_back(limit: Limit, period: int) -> None:
    assert parse_limit(render_limit(limit)) == limit
    assert parse_cpu_max(render_cpu_max(CpuMax(limit, period))) == CpuMax(limit, period)


@pytest.mark.parametrize("text", [b"", b"\n", b"-2\n", b"MAX\n", b"1 2\n", b"0x10\n", b"9" * 21, b"max 1 2\n", b"1.5"])
def test_what_is_no_limit_is_refused(text: bytes) -> None:
    for parse in PARSERS:
        if (parse, text) != (parse_cpu_max, b"1 2\n"):
            hostile.assert_refused(parse, text)


@given(hostile.like(b"max 100000\n"))
@settings(deadline=None)
def test_any_bytes_give_a_value_or_a_parse_error(text: bytes) -> None:
    for parse in PARSERS:
        with suppress(ParseError):
            parse(text)
    hugetlb_file(text.decode("latin-1"))


def test_large_texts_take_bounded_time() -> None:
    for parse in PARSERS:
        hostile.assert_bounded(parse, b"max 100000\n")


@recorded.each_machine
def test_every_recorded_limit_is_understood(machine: str) -> None:
    for path in (recorded.folder(machine) / "sys/fs/cgroup").rglob("*.max"):
        parse = parse_cpu_max if path.name == "cpu.max" else parse_limit
        if path.name != "io.max":
            parse(path.read_bytes())
