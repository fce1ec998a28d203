"""Memory: what may be promised (overcommit), and what is kept back to repair a host that promised too much."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bedplate.rules.rule import Expected, Remedy
from bedplate.rules.sysctl_relations import number, one_of_twins
from bedplate.rules.sysctl_table import ERROR, WARNING, failing, holding, row

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bedplate.facts.facts import Facts
    from bedplate.policy import Profile
    from bedplate.rules.rule import Outcome

_MODE = "vm.overcommit_memory"
_RATIO = "vm.overcommit_ratio"
_KBYTES = "vm.overcommit_kbytes"
_ADMIN = "vm.admin_reserve_kbytes"
_USER = "vm.user_reserve_kbytes"
_STRICT = 2


def _no_limit_at_all(facts: Facts, _: Profile) -> Iterator[Outcome]:
    """A write of 0 to overcommit_kbytes, even where it is 0 already, leaves both of the pair at 0."""
    if number(facts, _MODE) != _STRICT or number(facts, _RATIO) is None or number(facts, _KBYTES) is None:
        return
    if number(facts, _RATIO) == number(facts, _KBYTES) == 0:
        reason = f"{_RATIO} and {_KBYTES} are both 0 in overcommit mode 2: nothing but swap may be promised"
        yield failing(facts, reason, Expected("not", 0), _RATIO, _KBYTES)


def _negative_ratio(facts: Facts, _: Profile) -> Iterator[Outcome]:
    ratio = number(facts, _RATIO)
    if ratio is not None and ratio < 0:
        yield failing(facts, f"{_RATIO} is {ratio}, which is no percentage", Expected("at-least", 0), _RATIO)


def _admin_reserve(facts: Facts, _: Profile) -> Iterator[Outcome]:
    """The kernel's own default in mode 0 is right; mode 2 is what makes a small reserve a trap."""
    reserve, mode = number(facts, _ADMIN), number(facts, _MODE)
    if reserve is None or mode is None:
        return
    least = 128 << 10 if mode == _STRICT else 1
    if reserve >= least:
        yield holding(facts, _ADMIN, _MODE)
    else:
        reason = f"{_ADMIN} is {reserve} KiB in overcommit mode {mode}: too little to log in and end a process"
        yield failing(facts, reason, Expected("at-least", least), _ADMIN, _MODE)


def _user_reserve(facts: Facts, _: Profile) -> Iterator[Outcome]:
    """The reserve is used in mode 2 alone."""
    reserve = number(facts, _USER)
    if reserve is None or number(facts, _MODE) != _STRICT:
        return
    if reserve:
        yield holding(facts, _USER, _MODE)
    else:
        reason = f"{_USER} is 0 in overcommit mode 2: one process may take the memory that its user needs to end it"
        yield failing(facts, reason, Expected("at-least", 1), _USER, _MODE)


RULES = (
    # MEM001 (swap) and MEM005 (what is committed against the limit) need facts of memory.
    row(
        "MEM004",
        "overcommit-mode-not-as-wanted",
        WARNING,
        _MODE,
        wish="equal",
        wants={_MODE: 2},
        good={_MODE: 2},
        bad=({_MODE: 0}, {_MODE: 3}),
        what="vm.overcommit_memory is the mode that the profile wants: 0 by a guess, 1 always, 2 never.",
        why="In modes 0 and 1 a program gets promises that the host cannot keep, and one is killed when they are "
        "called in. In mode 2 allocations fail instead, which not every program survives.",
        example="vm.overcommit_memory is 0 where a workload is to fail at start and not to be killed at noon.",
        remedy=Remedy(
            "Set vm.overcommit_memory with sysctl and keep it in a file of /etc/sysctl.d; before mode 2, compare "
            "Committed_AS with CommitLimit in /proc/meminfo.",
            runtime=True,
            risk="medium",
        ),
    ),
    row(
        "MEM006",
        "overcommit-pair-contradicts",
        ERROR,
        f"{_RATIO} {_KBYTES}",
        wish="equal",
        faults=(one_of_twins(_RATIO, _KBYTES), _no_limit_at_all, _negative_ratio),
        good={_RATIO: 50, _KBYTES: 0},
        bad=({_KBYTES: 4096}, {_RATIO: -1}, {_MODE: 2, _RATIO: 0}),
        what="One of vm.overcommit_ratio and vm.overcommit_kbytes is 0 and not both in mode 2, and no more than one "
        "of them is set by files of sysctl.d.",
        why="A write of either clears the other one, also a write of the value that is there: a tool that restores "
        "every setting leaves a commit limit of 0, and in overcommit mode 2 no allocation succeeds.",
        example="/etc/sysctl.d/20-a.conf sets vm.overcommit_ratio and /etc/sysctl.d/90-b.conf vm.overcommit_kbytes.",
        remedy=Remedy("Write the one that is wanted, last, and remove the line of the other.", runtime=True),
    ),
    row(
        "MEM008",
        "admin-reserve-too-small",
        WARNING,
        _ADMIN,
        wish="at-least",
        wants={_ADMIN: 8192},
        faults=(_admin_reserve,),
        good={_ADMIN: 8192},
        bad=({_ADMIN: 0}, {_ADMIN: 4096}, {_MODE: 2}),
        what="vm.admin_reserve_kbytes is not 0, in overcommit mode 2 at least 128 MiB, and at least what the profile "
        "wants.",
        why="This much memory is refused to all but the administrator. With less of it than a shell and its tools "
        "need, no one can log in to end the process that took all of the rest; in mode 2 the whole size of the "
        "programs counts, and not only what they use.",
        example="vm.admin_reserve_kbytes is 8192, its default, in overcommit mode 2.",
        remedy="Set vm.admin_reserve_kbytes to 131072 in overcommit mode 2 and keep it in a file of /etc/sysctl.d.",
    ),
    row(
        "MEM009",
        "user-reserve-too-small",
        WARNING,
        _USER,
        wish="at-least",
        wants={_USER: 131072},
        faults=(_user_reserve,),
        good={_USER: 131072},
        bad=({_USER: 65536}, {_USER: 0, _MODE: 2}),
        what="vm.user_reserve_kbytes is not 0 in overcommit mode 2, and at least what the profile wants.",
        why="In overcommit mode 2 this keeps a single process from taking all that there is, so that its user can "
        "still start a shell and end it.",
        example="vm.user_reserve_kbytes is 0, and a process of 100 GiB leaves its user no memory for kill(1).",
        remedy="Set vm.user_reserve_kbytes to 131072, or to 3 % of memory where that is less.",
    ),
)
