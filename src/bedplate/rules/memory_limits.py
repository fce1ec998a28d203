"""Memory: limits, counters and lines of sysctl.d that are no settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bedplate.rules.rule import Expected, Remedy
from bedplate.rules.sysctl_relations import kept, kept_where_gone, number
from bedplate.rules.sysctl_table import ERROR, INFO, WARNING, failing, holding, row

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bedplate.facts.facts import Facts
    from bedplate.policy import Profile
    from bedplate.rules.rule import Outcome

_ACTIONS = ("vm.compact_memory", "vm.drop_caches", "vm.stat_refresh")
_FRACTION = "vm.percpu_pagelist_high_fraction"
# mm/page_alloc.c: MIN_PERCPU_PAGELIST_HIGH_FRACTION.
_LEAST_FRACTION = 8


def _fraction(facts: Facts, profile: Profile) -> Iterator[Outcome]:
    value = number(facts, _FRACTION)
    if value is not None and 0 < value < _LEAST_FRACTION:
        yield failing(facts, f"{_FRACTION} is {value}: 1 to 7 are refused", Expected("one-of", "0,8.."), _FRACTION)
    elif value is not None:
        yield holding(facts, _FRACTION)
    yield from kept_where_gone("vm.percpu_pagelist_fraction")(facts, profile)


RULES = (
    row(
        "MEM012",
        "statistics-collected-too-often",
        INFO,
        "vm.stat_interval",
        wish="at-least",
        wants={"vm.stat_interval": 10},
        good={"vm.stat_interval": 10},
        bad=({"vm.stat_interval": 1},),
        what="vm.stat_interval, in seconds, is at least what the profile wants.",
        why="The counters of each CPU are folded into those of the host by a work item on that CPU: a short "
        "disturbance, once in each interval, also of a CPU that is isolated.",
        example="vm.stat_interval is 1 on a host of low latency.",
    ),
    row(
        "MEM014",
        "action-kept-as-setting",
        ERROR,
        "vm.compact_memory vm.drop_caches vm.stat_refresh",
        judged=False,
        faults=(kept(*_ACTIONS, why="which acts once, when it is written, and is no setting"),),
        bad_lines="vm.drop_caches = 3\nvm.compact_memory = 1",
        what="No file of sysctl.d writes vm.drop_caches, vm.compact_memory or vm.stat_refresh.",
        why="These hold no value: a write makes the kernel do something once. In a file of sysctl.d it is done at "
        "boot, where it is useless, and again whenever settings are loaded anew: then the page cache of a busy host "
        "is gone, or every program waits for pages that are moved.",
        example="/etc/sysctl.d/99-cache.conf:1 sets vm.drop_caches to 3.",
        remedy=Remedy("Remove the line. Where the action is wanted, write to the file by hand.", runtime=True),
    ),
    row(
        "MEM015",
        "mappings-limit-too-low",
        WARNING,
        "vm.max_map_count",
        wish="at-least",
        wants={"vm.max_map_count": 262144},
        good={"vm.max_map_count": 262144},
        bad=({"vm.max_map_count": 65530},),
        what="vm.max_map_count is at least what the profile wants.",
        why="A process that has this many mappings is refused the next one with ENOMEM, however much memory is free. "
        "Search engines, databases and programs with many threads or guard pages need more than the default.",
        example="vm.max_map_count is 65530 on a host of a search engine, which ends when it opens its index.",
    ),
    row(
        "MEM016",
        "per-cpu-lists-part-refused",
        INFO,
        _FRACTION,
        wish="equal",
        wants={_FRACTION: 8},
        faults=(_fraction,),
        good={_FRACTION: 8},
        bad=({_FRACTION: 7}, {_FRACTION: 0}),
        bad_lines="vm.percpu_pagelist_fraction = 8",
        what="vm.percpu_pagelist_high_fraction is 0 or at least 8, and no file of sysctl.d sets it by the name that "
        "it had before Linux 5.14.",
        why="The lists of free pages that each CPU has may hold this part of a zone. The kernel refuses 1 to 7, and "
        "does not know the old name vm.percpu_pagelist_fraction any more: the line fails at each boot, unseen.",
        example="/etc/sysctl.d/50-net.conf:4 sets vm.percpu_pagelist_fraction on Linux 6.12.",
    ),
    row(
        "MEM017",
        "allocation-counters-not-as-wanted",
        INFO,
        "vm.numa_stat",
        wish="equal",
        wants={"vm.numa_stat": 1},
        good={"vm.numa_stat": 1},
        bad=({"vm.numa_stat": 0},),
        what="vm.numa_stat is as the profile wants it.",
        why="Without the counters allocations are a little cheaper, but numastat(8) and all that watches where memory "
        "comes from sees zeros, which look like a host without remote allocations.",
        example="vm.numa_stat is 0 on a host whose remote allocations are to be watched.",
    ),
)
