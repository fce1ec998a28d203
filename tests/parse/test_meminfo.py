from __future__ import annotations

import subprocess
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests import recorded
from tests.parse import hostile
from tests.requires import requires

from bedplate.errors import ParseError
from bedplate.parse.meminfo import parse_meminfo

SAMPLE = b"""MemTotal:       24684092 kB
Active(anon):     457452 kB
VmallocTotal:   34359738367 kB
NextYearsKey:          7 kB
HugePages_Total:      40
HugePages_Free:        0
Hugepagesize:       2048 kB
"""


def test_kilobytes_become_bytes_and_counts_of_huge_pages_stay() -> None:
    meminfo = parse_meminfo(SAMPLE)
    assert meminfo.sizes == {
        "MemTotal": 24684092 << 10,
        "Active(anon)": 457452 << 10,
        "VmallocTotal": 34359738367 << 10,
        "NextYearsKey": 7 << 10,
        "Hugepagesize": 2048 << 10,
    }
    assert meminfo.counts == {"HugePages_Total": 40, "HugePages_Free": 0}
    assert meminfo.unknown == ()


def test_lines_of_another_form_are_kept() -> None:
    text = b"        total:    used:\nA: 1 kB 2 kB\nB: 3 MB\nC: 4 kB\n\nD: -1 kB\nC: 5 kB\n"
    meminfo = parse_meminfo(text)
    assert meminfo.sizes == {"C": 4096}
    assert meminfo.counts == {}
    assert meminfo.unknown == (b"        total:    used:", b"A: 1 kB 2 kB", b"B: 3 MB", b"D: -1 kB")


def test_a_size_that_was_cut_off_is_no_smaller_size_and_no_count() -> None:
    whole = parse_meminfo(SAMPLE)
    for text in hostile.cuts(SAMPLE):
        with suppress(ParseError):
            meminfo = parse_meminfo(text)
            assert meminfo.sizes.items() <= whole.sizes.items()
            assert meminfo.counts.items() <= whole.counts.items()


keys = st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters=":"), min_size=1, max_size=20)
numbers = st.integers(0, 10**18 - 1)


@given(st.dictionaries(keys, st.tuples(numbers, st.booleans()), min_size=1, max_size=9))
@settings(deadline=None)
def test_what_is_written_is_read_back(rows: dict[str, tuple[int, bool]]) -> None:
    text = "".join(f"{key}:   {number}{' kB' * sized}\n" for key, (number, sized) in rows.items())
    meminfo = parse_meminfo(text.encode())
    assert meminfo.sizes == {key: number << 10 for key, (number, sized) in rows.items() if sized}
    assert meminfo.counts == {key: number for key, (number, sized) in rows.items() if not sized}


@given(hostile.like(SAMPLE))
@settings(deadline=None)
def test_any_bytes_give_a_value_or_a_parse_error(text: bytes) -> None:
    with suppress(ParseError):
        meminfo = parse_meminfo(text)
        assert meminfo.sizes or meminfo.counts


def test_large_texts_take_bounded_time() -> None:
    hostile.assert_bounded(parse_meminfo, SAMPLE)


@pytest.mark.parametrize("text", [b"", b"\n\n", b"MemTotal 1 kB\n", b"MemTotal: kB\n", b"A: " + b"9" * 19 + b" kB\n"])
def test_what_holds_no_size_is_refused(text: bytes) -> None:
    hostile.assert_refused(parse_meminfo, text)


def test_this_kernels_meminfo_agrees_with_free_of_procps() -> None:
    requires("oracles")
    meminfo = parse_meminfo(Path("/proc/meminfo").read_bytes())
    assert meminfo.unknown == ()
    told = subprocess.run(["free", "-b"], capture_output=True, check=True, text=True, env={"LC_ALL": "C"}).stdout
    memory, swap = (line.split() for line in told.splitlines()[1:3])
    assert meminfo.sizes["MemTotal"] == int(memory[1])
    assert meminfo.sizes["SwapTotal"] == int(swap[1])
    assert abs(meminfo.sizes["MemAvailable"] - int(memory[6])) < meminfo.sizes["MemTotal"] // 4


@recorded.each_machine
def test_every_recorded_meminfo_is_wholly_understood(machine: str) -> None:
    path = recorded.folder(machine) / "proc/meminfo"
    if path.exists():
        meminfo = parse_meminfo(path.read_bytes())
        assert meminfo.unknown == ()
        assert meminfo.sizes["MemTotal"] >= meminfo.sizes["MemFree"] > 0
        assert set(meminfo.counts) <= {"HugePages_Total", "HugePages_Free", "HugePages_Rsvd", "HugePages_Surp"}
