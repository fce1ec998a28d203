from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.parse import hostile

from bedplate.errors import ParseError
from bedplate.parse.cpuset_partition import Partition, parse_partition, render_partition


def test_valid_partitions_and_members() -> None:
    for kind in ("member", "root", "isolated"):
        assert parse_partition(f"{kind}\n".encode()) == Partition(kind, True, None)


def test_an_invalid_partition_has_the_kernels_reason() -> None:
    text = b"isolated invalid (Cpu list in cpuset.cpus not exclusive)\n"
    assert parse_partition(text) == Partition("isolated", False, "Cpu list in cpuset.cpus not exclusive")
    assert parse_partition(b"root invalid\n") == Partition("root", False, None), "kernels before 6.1 give no reason"
    assert parse_partition(b"root invalid (a (b) c)\n").reason == "a (b) c"


@pytest.mark.parametrize(
    "text",
    [b"", b"\n", b"root Invalid\n", b"root invalid ()\n", b"root invalid (x\n", b"root (x)\n", b"2\n", b"root\nroot\n"],
)
def test_what_is_no_partition_is_refused(text: bytes) -> None:
    hostile.assert_refused(parse_partition, text)


reasons = st.text(st.characters(exclude_characters="\n\0", exclude_categories=["Cs"]), min_size=1, max_size=40)
partitions = st.builds(Partition, st.sampled_from(["root", "isolated", "later"]), st.just(True), st.none()) | st.builds(
    Partition, st.sampled_from(["root", "isolated"]), st.just(False), st.none() | reasons
)


@given(partitions)
@settings(deadline=None)
def test_what_is_rendered_is_read_back(partition: Partition) -> None:
    assert parse_partition(render_partition(partition)) == partition


@given(hostile.like(b"isolated invalid (No cpu available due to hotplug)\n"))
@settings(deadline=None)
def test_any_bytes_give_a_value_or_a_parse_error(text: bytes) -> None:
    with suppress(ParseError):
        partition = parse_partition(text)
        assert partition.valid or parse_partition(render_partition(partition)) == partition


def test_large_texts_take_bounded_time() -> None:
    hostile.assert_bounded(parse_partition, b"root invalid (reason)\n")
