from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from tests import recorded
from tests.parse import hostile

from bedplate.errors import ParseError
from bedplate.parse.buddyinfo import FreeBlocks, parse_buddyinfo

SAMPLE = b"""Node 0, zone      DMA      0      1      3 
Node 0, zone   Normal    312     22      4 
Node 17, zone  Movable      0      0 123456789 
"""  # noqa: W291


def test_the_number_of_orders_is_what_the_file_has_and_never_eleven() -> None:
    assert parse_buddyinfo(SAMPLE) == (
        FreeBlocks(0, "DMA", (0, 1, 3)),
        FreeBlocks(0, "Normal", (312, 22, 4)),
        FreeBlocks(17, "Movable", (0, 0, 123456789)),
    )
    for orders in (1, 9, 11, 14, 18, 64):
        (row,) = parse_buddyinfo(b"Node 0, zone Normal" + b" 7" * orders + b"\n")
        assert len(row.counts) == orders


def test_pages_are_the_blocks_times_two_to_the_order() -> None:
    assert parse_buddyinfo(SAMPLE)[1].free_pages == 312 + 2 * 22 + 4 * 4


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\n",
        b"Node 0, zone Normal\n",
        b"Node 0, zone Normal 1 2 3\nNode 1, zone Normal 1 2\n",
        b"Node 0, zone Normal 1 2 x\n",
        b"Node 0, zone Normal 1 -2\n",
        b"Node 0, zone Normal, type Movable 1 2\n",
        b"Node 0, zone Normal" + b" 1" * 65 + b"\n",
        b"Node 0, zone Normal " + b"9" * 21 + b"\n",
        b"Node 0, zone Normal 1 2 3",
    ],
)
def test_what_is_no_buddyinfo_is_refused(text: bytes) -> None:
    hostile.assert_refused(parse_buddyinfo, text)


def test_a_file_that_was_cut_off_has_fewer_rows_or_is_refused() -> None:
    whole = parse_buddyinfo(SAMPLE)
    for text in hostile.cuts(SAMPLE):
        with suppress(ParseError):
            rows = parse_buddyinfo(text)
            assert rows == whole[: len(rows)]


@given(hostile.like(SAMPLE))
@settings(deadline=None)
def test_any_bytes_give_a_value_or_a_parse_error(text: bytes) -> None:
    with suppress(ParseError):
        assert all(row.free_pages >= 0 for row in parse_buddyinfo(text))


def test_large_texts_take_bounded_time() -> None:
    hostile.assert_bounded(parse_buddyinfo, SAMPLE)


def test_this_kernel_has_no_more_free_pages_than_memory() -> None:
    rows = parse_buddyinfo(Path("/proc/buddyinfo").read_bytes())
    total = int(Path("/proc/meminfo").read_text().split()[1])
    page_kib = 4
    assert 0 < sum(row.free_pages for row in rows) * page_kib < total


@recorded.each_machine
def test_every_recorded_buddyinfo_is_understood(machine: str) -> None:
    path = recorded.folder(machine) / "proc/buddyinfo"
    if path.exists():
        assert all(row.free_pages > 0 for row in parse_buddyinfo(path.read_bytes()))
