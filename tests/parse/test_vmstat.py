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
from bedplate.parse.vmstat import find_counters, parse_counters

SAMPLE = b"nr_free_pages 3840\npgpgin 1\nnuma_hit 18446744073709551615\nnr_unstable 0\n"


def test_pairs_keep_their_names_and_order() -> None:
    counters = parse_counters(SAMPLE)
    assert list(counters.values.items()) == [
        ("nr_free_pages", 3840),
        ("pgpgin", 1),
        ("numa_hit", 18446744073709551615),
        ("nr_unstable", 0),
    ]
    assert counters.unknown == ()


def test_lines_of_another_form_are_kept_and_the_rest_is_read() -> None:
    counters = parse_counters(b"a 5\nb 2 3\n\nc\nd \t4\na 1\n\0")
    assert counters.values == {"a": 1, "d": 4}
    assert counters.unknown == ("b 2 3", "c")


def test_a_few_counters_can_be_had_without_reading_the_rest() -> None:
    text = b"a 1\nab 2\nb x\nc 3"
    assert find_counters(text, ["ab", "a", "d"]) == {"ab": 2, "a": 1}
    assert find_counters(text, ["c"]) == {}, "its number may be cut off"
    with pytest.raises(ParseError):
        find_counters(text, ["b"])


def test_a_line_that_was_cut_off_is_never_a_smaller_number() -> None:
    for text in hostile.cuts(SAMPLE):
        with suppress(ParseError):
            counters = parse_counters(text)
            assert counters.values.items() <= parse_counters(SAMPLE).values.items()


names = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=20)


@given(st.dictionaries(names, st.integers(-(10**19), 10**19), min_size=1, max_size=9))
@settings(deadline=None)
def test_what_is_written_is_read_back(values: dict[str, int]) -> None:
    text = "".join(f"{name} {number}\n" for name, number in values.items())
    assert parse_counters(text.encode()) == (values, ())


@given(hostile.like(SAMPLE))
@settings(deadline=None)
def test_any_bytes_give_a_value_or_a_parse_error(text: bytes) -> None:
    with suppress(ParseError):
        values = parse_counters(text).values
        assert values
        assert find_counters(text, ["pgpgin"]).items() <= values.items()


def test_large_texts_take_bounded_time() -> None:
    hostile.assert_bounded(parse_counters, SAMPLE)


@pytest.mark.parametrize("text", [b"", b"\n", b"a\n", b"a x\n", b"a 1", b"a " + b"9" * 21 + b"\n"])
def test_what_holds_no_pair_is_refused(text: bytes) -> None:
    hostile.assert_refused(parse_counters, text)


def test_this_kernels_vmstat_is_wholly_understood_and_agrees_with_vmstat_of_procps() -> None:
    requires("oracles")
    counters = parse_counters(Path("/proc/vmstat").read_bytes())
    assert counters.unknown == ()
    told = subprocess.run(["vmstat", "-s"], capture_output=True, check=True, text=True, env={"LC_ALL": "C"}).stdout
    swapped = {line.split(None, 1)[1]: int(line.split()[0]) for line in told.splitlines()}
    assert (counters.values["pswpin"], counters.values["pswpout"]) == (
        swapped["pages swapped in"],
        swapped["pages swapped out"],
    )


@recorded.each_machine
def test_every_recorded_node_is_wholly_understood(machine: str) -> None:
    for path in recorded.folder(machine).glob("sys/devices/system/node/node*/vmstat"):
        counters = parse_counters(path.read_bytes())
        assert counters.unknown == (), path
        assert "nr_free_pages" in counters.values
