from __future__ import annotations

import subprocess
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from tests import recorded
from tests.parse import hostile
from tests.requires import requires

from bedplate.errors import ParseError
from bedplate.parse.swaps import SwapArea, parse_swaps

HEADING = b"Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"
SAMPLE = (
    HEADING
    + b"/dev/dm-2                               partition\t131068\t\t176\t\t-2\n"
    + b"/tmp/sw\\040test/a\\040b\\134c             file\t\t2044\t\t0\t\t32767\n"
)


def test_kilobytes_become_bytes_and_escapes_are_undone() -> None:
    assert parse_swaps(SAMPLE) == (
        SwapArea(b"/dev/dm-2", "partition", 131068 << 10, 176 << 10, -2, ()),
        SwapArea(b"/tmp/sw test/a b\\c", "file", 2044 << 10, 0, 32767, ()),
    )


def test_a_heading_alone_is_a_host_without_swap() -> None:
    assert parse_swaps(HEADING) == ()


def test_columns_of_the_future_are_kept() -> None:
    text = HEADING[:-1] + b"\tTier\n/dev/sda2 partition 4 0 -2 fast x\n"
    assert parse_swaps(text)[0].unknown == (b"fast", b"x")


@pytest.mark.parametrize(
    "text",
    [b"", b"\n", HEADING[:-1], SAMPLE[:-1], HEADING + b"/dev/sda2 partition 4 0\n", HEADING + b"a file -4 0 0\n"],
)
def test_what_is_no_list_of_swap_areas_is_refused(text: bytes) -> None:
    hostile.assert_refused(parse_swaps, text)


@given(hostile.like(SAMPLE))
@settings(deadline=None)
def test_any_bytes_give_a_value_or_a_parse_error(text: bytes) -> None:
    with suppress(ParseError):
        assert all(area.size_bytes >= 0 for area in parse_swaps(text))


def test_large_texts_take_bounded_time() -> None:
    hostile.assert_bounded(parse_swaps, SAMPLE)


def test_this_hosts_swap_areas_are_those_of_swapon() -> None:
    requires("oracles")
    command = ["swapon", "--show=TYPE,SIZE,PRIO", "--bytes", "--noheadings", "--raw"]
    told = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    areas = parse_swaps(Path("/proc/swaps").read_bytes())
    assert [f"{area.type} {area.size_bytes} {area.priority}" for area in areas] == told.splitlines()


@recorded.each_machine
def test_every_recorded_file_is_understood(machine: str) -> None:
    path = recorded.folder(machine) / "proc/swaps"
    if path.exists():
        assert all(area.size_bytes >= area.used_bytes for area in parse_swaps(path.read_bytes()))
