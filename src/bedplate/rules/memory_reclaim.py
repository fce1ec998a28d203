"""Memory: swapping, write-back, watermarks and compaction, which take time when it is least wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bedplate.rules.rule import Expected, Remedy
from bedplate.rules.sysctl_relations import number, one_of_twins
from bedplate.rules.sysctl_table import ERROR, INFO, WARNING, failing, holding, row

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bedplate.facts.facts import Facts
    from bedplate.policy import Profile
    from bedplate.rules.rule import Outcome

_BYTES, _RATIO = "vm.dirty_bytes", "vm.dirty_ratio"
_BACK_BYTES, _BACK_RATIO = "vm.dirty_background_bytes", "vm.dirty_background_ratio"


def _background_below(facts: Facts, _: Profile) -> Iterator[Outcome]:
    """Where the background limit is not the lower one, the kernel uses half of the other one (mm/page-writeback.c)."""
    for background, limit in ((_BACK_BYTES, _BYTES), (_BACK_RATIO, _RATIO)):
        low, high = number(facts, background), number(facts, limit)
        if low and high:
            if low < high:
                yield holding(facts, background, limit)
            else:
                reason = f"{background} is {low}, not below {limit}, which is {high}: the kernel uses half of that"
                yield failing(facts, reason, Expected("below", high), background, limit)


def _unusable_free(facts: Facts, _: Profile) -> Iterator[Outcome]:
    free = number(facts, "vm.min_free_kbytes")
    if free is not None and free < 1024:
        reason = f"vm.min_free_kbytes is {free}: below 1024 a loaded host deadlocks"
        yield failing(facts, reason, Expected("at-least", 1024), "vm.min_free_kbytes")
    elif free is not None:
        yield holding(facts, "vm.min_free_kbytes")


RULES = (
    row(
        "MEM002",
        "swappiness-not-as-wanted",
        WARNING,
        "vm.swappiness",
        wish="at-most",
        wants={"vm.swappiness": 10},
        good={"vm.swappiness": 1},
        bad=({"vm.swappiness": 60}, {"vm.swappiness": 201}),
        what="vm.swappiness is at most what the profile wants.",
        why="The higher it is, the sooner memory of programs is swapped out to keep file pages, and its next use is "
        "a fault that waits for a disk. 0 is not never: it still swaps when file pages run out.",
        example="vm.swappiness is 60 on a host whose programs must answer within microseconds.",
        remedy="Set vm.swappiness with sysctl and keep it in a file of /etc/sysctl.d.",
    ),
    row(
        "MEM003",
        "swap-read-ahead-not-as-wanted",
        INFO,
        "vm.page-cluster",
        wish="equal",
        wants={"vm.page-cluster": 0},
        good={"vm.page-cluster": 0},
        bad=({"vm.page-cluster": 3},),
        what="vm.page-cluster, the pages that are read from swap at once as a power of 2, is as the profile wants it.",
        why="A fault on a page in swap waits for the whole group. That pays on a disk that turns, and only delays "
        "the fault where swap is compressed memory or flash.",
        example="vm.page-cluster is 3: each fault on swap reads eight pages.",
        remedy="Set vm.page-cluster with sysctl and keep it in a file of /etc/sysctl.d.",
    ),
    row(
        "MEM007",
        "dirty-limits-contradict",
        WARNING,
        f"{_RATIO} {_BYTES} {_BACK_RATIO} {_BACK_BYTES}",
        wish="at-most",
        wants={_RATIO: 40},
        faults=(one_of_twins(_RATIO, _BYTES), one_of_twins(_BACK_RATIO, _BACK_BYTES), _background_below),
        good={_RATIO: 20, _BACK_RATIO: 10},
        bad=({_RATIO: 50}, {_BYTES: 1 << 20}, {_BACK_RATIO: 20}, {_BACK_BYTES: 1 << 20}),
        what="Of each pair of dirty limits (ratio and bytes) one is 0, no more than one is set by files of sysctl.d, "
        "and the background limit is below the other one.",
        why="A write of one clears its twin, so that of two lines the later one decides and the other is a promise "
        "that nobody keeps. With a background limit that is too high, the programs that write are stopped to write "
        "out themselves before the flusher threads have begun.",
        example="vm.dirty_background_ratio is 20 and vm.dirty_ratio is 20.",
        remedy=Remedy("Set one of each pair, the background limit to about half of the other.", runtime=True),
    ),
    row(
        "MEM010",
        "free-memory-reserve-too-small",
        ERROR,
        "vm.min_free_kbytes",
        wish="at-least",
        wants={"vm.min_free_kbytes": 65536},
        faults=(_unusable_free,),
        good={"vm.min_free_kbytes": 67584},
        bad=({"vm.min_free_kbytes": 512}, {"vm.min_free_kbytes": 45056}),
        what="vm.min_free_kbytes is at least 1024, and at least what the profile wants.",
        why="Interrupt handlers and the freeing of memory itself need pages that are there at once. Without them "
        "packets are dropped, and below 1024 KiB the host deadlocks under load.",
        example="vm.min_free_kbytes was set to 512 on a small guest.",
        remedy="Set vm.min_free_kbytes with sysctl, not above 5 % of memory, and keep it in a file of /etc/sysctl.d.",
    ),
    row(
        "MEM011",
        "watermarks-not-as-wanted",
        INFO,
        "vm.watermark_boost_factor vm.watermark_scale_factor",
        wish="equal",
        wants={"vm.watermark_boost_factor": 0},
        good={"vm.watermark_boost_factor": 0},
        bad=({"vm.watermark_boost_factor": 15000}, {"vm.watermark_scale_factor": 5000}),
        what="vm.watermark_boost_factor and vm.watermark_scale_factor are as the profile wants them.",
        why="A boost after fragmentation makes kswapd free memory that nobody asked for, in bursts. The scale says "
        "how early kswapd wakes up; too late, and the programs that allocate have to free memory themselves.",
        example="vm.watermark_boost_factor is 15000, its default, on a host that is to be quiet.",
        remedy="Set both with sysctl and keep them in a file of /etc/sysctl.d.",
    ),
    row(
        "MEM013",
        "compaction-not-as-wanted",
        WARNING,
        "vm.compaction_proactiveness vm.compact_unevictable_allowed",
        wish="equal",
        wants={"vm.compaction_proactiveness": 0, "vm.compact_unevictable_allowed": 0},
        good={"vm.compaction_proactiveness": 0, "vm.compact_unevictable_allowed": 0},
        bad=({"vm.compaction_proactiveness": 20}, {"vm.compact_unevictable_allowed": 1}),
        what="vm.compaction_proactiveness and vm.compact_unevictable_allowed are as the profile wants them.",
        why="Compaction moves pages while they are in use, and the next access is a fault that waits for the move, "
        "also on memory that its program has locked.",
        example="vm.compact_unevictable_allowed is 1, and a program that called mlockall(2) has faults all day.",
        remedy="Set both with sysctl and keep them in a file of /etc/sysctl.d; anything but 0 for the first one "
        "compacts at once.",
    ),
)
