"""The indices against debugfs of this kernel, and availability against an allocator that takes block after block."""

from __future__ import annotations

import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.requires import requires

from bedplate.facts.fragmentation import (
    Availability,
    Blocks,
    blocks_available,
    fragmentation_index,
    order_of,
    unusable_free_index,
)
from bedplate.facts.memory import Zone
from bedplate.parse.buddyinfo import parse_buddyinfo

counts = st.lists(st.integers(0, 40), min_size=1, max_size=8).map(tuple)


def zone(
    name: str = "Normal",
    free_blocks: tuple[int, ...] | None = (8, 4, 2, 1),
    protection: tuple[int, ...] | None = None,
    **pages: int | None,
) -> Zone:
    free = sum(count << order for order, count in enumerate(free_blocks or ()))
    known = {"free": free, "min": 0, "managed": 2 * free, "present": 1 + 2 * free, **pages}
    told = {field: known.get(field) for field in ("free", "min", "low", "high", "boost", "spanned", "present")}
    more = {field: known.get(field) for field in ("managed", "cma", "free_cma", "highatomic", "start_pfn")}
    return Zone(node=0, name=name, protection=protection, free_blocks=free_blocks, **told, **more)


def available(zones: list[Zone], order: int, count: int = 1, *, movable: bool = False) -> Blocks:
    answer = blocks_available(zones, order, count, movable=movable)
    assert answer is not None
    return answer


def test_indices_of_worked_examples() -> None:
    assert unusable_free_index((0, 0, 3), 0) == 0
    assert unusable_free_index((4, 0, 1), 1) == 500
    assert unusable_free_index((4, 0, 1), 3) == 1000
    assert unusable_free_index((0, 0, 0), 0) == 1000
    assert fragmentation_index((4, 0, 1), 2) == -1000, "it would not fail"
    assert fragmentation_index((0, 0), 1) == 0, "for lack of memory"
    assert fragmentation_index((1000, 0), 1) > 490, "for fragmentation"


def printed(thousandths: int, width: int) -> str:
    # "%d.%03d" of a negative int: division and remainder of C round towards 0.
    sign = -1 if thousandths < 0 else 1
    whole, rest = sign * (abs(thousandths) // 1000), sign * (abs(thousandths) % 1000)
    return f"{whole:{width}d}.{rest:03d}"


def test_this_kernels_indices_are_ours() -> None:
    """Three readings in a row, of which the outer ones must agree: free memory moves meanwhile."""
    requires("root", "namespaces")
    once = "cat /proc/buddyinfo; echo; cat unusable_index; echo; cat extfrag_index; echo"
    script = f"mount -t debugfs none $0 && cd $0/extfrag && for i in 1 2 3 4 5 6 7 8; do {once}; done"
    told = subprocess.run(["unshare", "--mount", "sh", "-c", script, "/mnt"], capture_output=True, check=False)
    if told.returncode:
        pytest.skip(f"needs debugfs with CONFIG_COMPACTION: {told.stderr.decode().strip()}")
    parts = [part + b"\n" for part in told.stdout.split(b"\n\n") if part]
    compared = 0
    for at in range(0, len(parts) - 3, 3):
        before, unusable, extfrag, after = parts[at : at + 4]
        rows, unusable_rows, extfrag_rows = parse_buddyinfo(before), unusable.splitlines(), extfrag.splitlines()
        for row, later, line, other in zip(rows, parse_buddyinfo(after), unusable_rows, extfrag_rows, strict=True):
            if row == later:
                orders = range(len(row.counts))
                ours = [printed(unusable_free_index(row.counts, order), 0) for order in orders]
                assert line.decode().split()[4:] == ours
                ours = [printed(fragmentation_index(row.counts, order), 2).strip() for order in orders]
                assert other.decode().split()[4:] == ours
                compared += 1
    assert compared, "no zone was quiet for the time of three reads"


@given(counts, st.integers(0, 9))
@settings(deadline=None)
def test_the_indices_stay_within_their_bounds(blocks: tuple[int, ...], order: int) -> None:
    assert 0 <= unusable_free_index(blocks, order) <= 1000
    assert unusable_free_index(blocks, order) <= unusable_free_index(blocks, order + 1)
    assert -1000 <= fragmentation_index(blocks, order) <= 1000


def taken_one_by_one(blocks: tuple[int, ...], order: int, keep: int) -> int:
    """Allocate as the kernel does: check the watermark, take a block, split it, until one of them fails."""
    left = list(blocks)
    taken = 0
    while True:
        free = sum(count << at for at, count in enumerate(left))
        if free - ((1 << order) - 1) <= keep:
            return taken
        found = next((at for at in range(order, len(left)) if left[at]), None)
        if found is None:
            return taken
        left[found] -= 1
        for at in range(order, found):
            left[at] += 1
        taken += 1


@given(counts, st.integers(0, 7), st.integers(0, 300))
@settings(deadline=None)
def test_now_is_what_an_allocator_gets(blocks: tuple[int, ...], order: int, keep: int) -> None:
    answer = available([zone(free_blocks=blocks, min=keep)], order)
    if order < len(blocks):
        assert answer.now == taken_one_by_one(blocks, order, keep)
        assert answer.now <= answer.compacted <= answer.most
    else:
        assert answer.availability is Availability.NEVER


def test_each_of_the_four_answers() -> None:
    scattered = [zone(free_blocks=(16, 0, 0, 0), managed=64)]
    assert available(scattered, 0, 16).availability is Availability.NOW
    assert available(scattered, 2, 1).availability is Availability.AFTER_COMPACTION
    assert available(scattered, 2, 4).availability is Availability.AFTER_COMPACTION
    assert available(scattered, 2, 5).availability is Availability.IN_USE
    assert available(scattered, 2, 17).availability is Availability.NEVER
    never = available(scattered, 4)
    assert never.availability is Availability.NEVER
    assert never.reason == "the largest blocks of this kernel are of order 3"


def test_what_is_protected_for_others_is_not_to_be_had() -> None:
    low = zone("DMA32", (0, 0, 4), (0, 20, 20))
    normal = zone("Normal", (0, 0, 1), (0, 0, 30))
    movable = zone("Movable", (0, 0, 2), (0, 0, 0))
    assert available([low, normal, movable], 2).now == 1, "DMA32 keeps 20 of its 16 pages"
    assert available([low, normal, movable], 2, movable=True).now == 2, "Normal keeps 30 of its 4 pages"


def test_memory_of_the_kernel_does_not_come_from_above_normal() -> None:
    zones = [zone("DMA", (0, 1)), zone("Normal", (0, 2)), zone("HighMem", (0, 4)), zone("Movable", (0, 8))]
    assert available(zones, 1).now == 3
    assert available(zones, 1, movable=True).now == 15
    assert available(zones[:3], 1, movable=True).now == 7


def test_cma_and_reserves_are_for_others() -> None:
    held = [zone(free_blocks=(0, 0, 8), free_cma=16)]
    assert available(held, 2).now == 4
    assert available(held, 2, movable=True).now == 8
    assert available([zone(free_blocks=(0, 0, 8), highatomic=12)], 2).now == 5


def test_unknown_numbers_give_no_answer() -> None:
    assert blocks_available([], 0) is None
    assert blocks_available([zone(free_blocks=None)], 0) is None
    assert blocks_available([zone(min=None)], 0) is None
    assert blocks_available([zone("Device"), zone("Movable", (0,), present=0)], 0) is None


def test_orders_of_sizes() -> None:
    assert [order_of(size, 4096) for size in (1, 4096, 4097, 2 << 20, 1 << 30)] == [0, 0, 1, 9, 18]
    assert order_of(2 << 20, 65536) == 5
