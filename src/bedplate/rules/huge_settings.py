"""Huge pages: the kernel's settings of the pool of the default size."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bedplate.rules.rule import Expected, Remedy
from bedplate.rules.sysctl_relations import number
from bedplate.rules.sysctl_table import ERROR, INFO, WARNING, failing, holding, row

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bedplate.facts.facts import Facts
    from bedplate.policy import Profile
    from bedplate.rules.rule import Outcome

_POOL = "vm.nr_hugepages"
_SURPLUS = "vm.nr_overcommit_hugepages"
_GROUP = "vm.hugetlb_shm_group"
_LEAN = "vm.hugetlb_optimize_vmemmap"
_OFFLINE = "vm.enable_soft_offline"


def _got_less(facts: Facts, _: Profile) -> Iterator[Outcome]:
    """A write of nr_hugepages succeeds however few pages were to be had, at boot as well."""
    pages, line = number(facts, _POOL), facts.persistence.effective(_POOL)
    if pages is None or line is None:
        return
    asked = line.assignment.value or ""
    if not (asked.isascii() and asked.isdigit()) or pages >= int(asked[:20]):
        yield holding(facts, _POOL)
        return
    reason = f"{line.place} asks for {asked[:20]} huge pages, and {_POOL} is {pages}: the kernel gave what it had"
    yield failing(facts, reason, Expected("at-least", int(asked[:20])), _POOL)


RULES = (
    # HUGE001-003, 005, 006, 008, 009, 012-014 and 016-019 need facts of huge pages, the command line, THP and KSM;
    # HUGE004 compares node by node with them.
    row(
        "HUGE004",
        "huge-pages-fewer-than-asked",
        ERROR,
        _POOL,
        wish="at-least",
        wants={_POOL: 512},
        faults=(_got_less,),
        good={_POOL: 512},
        bad=({_POOL: 511}, {_POOL: 0}),
        what="vm.nr_hugepages is at least what files of sysctl.d ask for, and what the profile wants.",
        why="The kernel takes any number and makes as many huge pages as it finds memory for. It does not say that "
        "there are fewer, and the workload is refused its memory, or killed by SIGBUS, long after the boot.",
        example="/etc/sysctl.d/60-pool.conf:1 asks for 4096 huge pages, and 3711 are there.",
        remedy=Remedy(
            "Ask for them at boot (hugepages= on the kernel command line), or write vm.nr_hugepages again after "
            "memory was compacted, and read it back.",
            runtime=True,
        ),
    ),
    row(
        "HUGE007",
        "surplus-huge-pages-not-as-wanted",
        WARNING,
        _SURPLUS,
        wish="at-most",
        wants={_SURPLUS: 0},
        good={_SURPLUS: 0},
        bad=({_SURPLUS: 64},),
        what="vm.nr_overcommit_hugepages is at most what the profile wants.",
        why="Surplus pages are made when a program touches its memory: the fault waits for compaction, and where none "
        "is to be had the program ends with SIGBUS.",
        example="vm.nr_overcommit_hugepages is 1024 on a host whose pool was measured out.",
    ),
    row(
        "HUGE010",
        "huge-page-group-not-as-wanted",
        WARNING,
        _GROUP,
        wish="equal",
        wants={_GROUP: 0},
        good={_GROUP: 0},
        bad=({_GROUP: 1000},),
        what="vm.hugetlb_shm_group, whose members may use SHM_HUGETLB, is the group that the profile wants.",
        why="With the wrong group a database cannot have its shared memory in huge pages and falls back to small "
        "ones; and each member can empty a pool that was meant for one program.",
        example="vm.hugetlb_shm_group is 1001, a group that was deleted with its last user.",
    ),
    row(
        "HUGE011",
        "huge-page-descriptors-not-as-wanted",
        INFO,
        _LEAN,
        wish="equal",
        wants={_LEAN: 1},
        good={_LEAN: 1},
        bad=({_LEAN: 0},),
        what="vm.hugetlb_optimize_vmemmap is as the profile wants it.",
        why="Giving back the memory that describes huge pages saves 7 of each 8 pages of it, 14 MiB for each GiB of "
        "the pool. Making and breaking such pages takes about twice as long: right for a pool that stays.",
        example="vm.hugetlb_optimize_vmemmap is 0 on a host with 400 GiB of huge pages.",
    ),
    row(
        "HUGE015",
        "soft-offlining-not-as-wanted",
        WARNING,
        _OFFLINE,
        wish="equal",
        wants={_OFFLINE: 1},
        good={_OFFLINE: 1},
        bad=({_OFFLINE: 0},),
        what="vm.enable_soft_offline is as the profile wants it.",
        why="A page with corrected errors is taken out of use before it breaks. A huge page that goes this way leaves "
        "its pool for good, and what else is in it is moved while in use.",
        example="vm.enable_soft_offline is 0, and a bank of memory that goes bad is used until it kills a program.",
    ),
)
