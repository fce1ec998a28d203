from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from tests.parse import hostile
from tests.requires import requires

from bedplate.errors import ParseError
from bedplate.parse.buddyinfo import parse_buddyinfo
from bedplate.parse.pagetypeinfo import TypePageBlocks, parse_pagetypeinfo

NODE = b"""Page block order: 9
Pages per block:  512

Free pages count per migrate type at order       0      1      2 
Node    %d, zone   Normal, type    Unmovable    312    182     96 
Node    %d, zone   Normal, type      Movable >100000   2339     >265 

Number of blocks type     Unmovable      Movable 
Node %d, zone   Normal          571         4878 
"""  # noqa: W291
SAMPLE = NODE % (0, 0, 0) + NODE % (3, 3, 3)


def test_what_the_kernel_repeats_for_each_node_is_put_together() -> None:
    info = parse_pagetypeinfo(SAMPLE)
    assert (info.page_block_order, info.pages_per_block) == (9, 512)
    assert [(row.node, row.type) for row in info.free] == [
        (0, "Unmovable"),
        (0, "Movable"),
        (3, "Unmovable"),
        (3, "Movable"),
    ]
    assert info.blocks == (
        TypePageBlocks(0, "Normal", {"Unmovable": 571, "Movable": 4878}, None),
        TypePageBlocks(3, "Normal", {"Unmovable": 571, "Movable": 4878}, None),
    )


def test_a_count_that_the_kernel_gave_up_on_is_a_lower_bound() -> None:
    unmovable, movable = parse_pagetypeinfo(SAMPLE).free[:2]
    assert (unmovable.counts, unmovable.capped) == ((312, 182, 96), ())
    assert (movable.counts, movable.capped) == ((100000, 2339, 265), (0, 2))


def test_page_owner_tells_mixed_blocks_in_a_part_of_its_own() -> None:
    text = SAMPLE + b"\nNumber of mixed blocks    Unmovable      Movable\nNode 3, zone   Normal  7 8\n"
    info = parse_pagetypeinfo(text)
    assert info.blocks[0].mixed is None
    assert info.blocks[1].mixed == {"Unmovable": 7, "Movable": 8}
    assert info.blocks[1].blocks == {"Unmovable": 571, "Movable": 4878}


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\n",
        b"Page block order: 9\n",
        SAMPLE[:-1],
        SAMPLE + b"Node 9, zone Normal 1 2 3\n",
        SAMPLE + b"Something else\n",
        SAMPLE + b"Node 0, zone Normal, type Movable 1 2\n",
        SAMPLE + b"Node 0, zone Normal, type Movable 1 2>3 4\n",
        SAMPLE + b"Number of mixed blocks A B\nNode 9, zone Normal 1 2\n",
    ],
)
def test_what_is_no_pagetypeinfo_is_refused(text: bytes) -> None:
    hostile.assert_refused(parse_pagetypeinfo, text)


@given(hostile.like(SAMPLE))
@settings(deadline=None)
def test_any_bytes_give_a_value_or_a_parse_error(text: bytes) -> None:
    with suppress(ParseError):
        assert parse_pagetypeinfo(text).pages_per_block >= 0


def test_large_texts_take_bounded_time() -> None:
    hostile.assert_bounded(parse_pagetypeinfo, SAMPLE)


def test_this_kernels_free_blocks_have_the_zones_and_orders_of_buddyinfo() -> None:
    requires("root")
    info = parse_pagetypeinfo(Path("/proc/pagetypeinfo").read_bytes())
    rows = parse_buddyinfo(Path("/proc/buddyinfo").read_bytes())
    assert {(row.node, row.zone, len(row.counts)) for row in info.free} == {
        (row.node, row.zone, len(row.counts)) for row in rows
    }
    assert info.pages_per_block == 1 << info.page_block_order
    assert [(row.node, row.zone) for row in info.blocks] == [(row.node, row.zone) for row in rows]
