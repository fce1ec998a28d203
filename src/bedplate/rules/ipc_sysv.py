"""System V IPC: shared memory, and ids left over from a restore.  The values are those of the reader's namespace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bedplate.facts.sysctl_key import ULONG_MAX
from bedplate.rules.rule import Expected, Remedy
from bedplate.rules.sysctl_relations import always, number
from bedplate.rules.sysctl_table import ERROR, WARNING, failing, holding, row

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bedplate.facts.facts import Facts
    from bedplate.policy import Profile
    from bedplate.rules.rule import Outcome

_ALL, _MAX = "kernel.shmall", "kernel.shmmax"
# include/uapi/linux/shm.h: SHMMAX is ULONG_MAX - 2^24, which means no limit; an unsigned long has 32 or 64 bits.
_MARGIN = 1 << 24
_UNLIMITED = ((1 << 32) - 1 - _MARGIN, ULONG_MAX - _MARGIN)
_IDS = ("kernel.msg_next_id", "kernel.sem_next_id", "kernel.shm_next_id")


def _covers(facts: Facts, _: Profile) -> Iterator[Outcome]:
    pages, largest, page_bytes = number(facts, _ALL), number(facts, _MAX), facts.constants.page_size_bytes
    if pages is None or largest is None or page_bytes is None:
        return
    if largest == _UNLIMITED[0] or largest >= _UNLIMITED[1] or pages >= -(-largest // page_bytes):
        yield holding(facts, _ALL, _MAX)
        return
    reason = f"{_ALL} is {pages} pages of {page_bytes} bytes, less than one segment of {_MAX}, {largest} bytes"
    yield failing(facts, reason, Expected("at-least", -(-largest // page_bytes)), _ALL, _MAX)


RULES = (
    row(
        "IPC001",
        "shared-memory-below-one-segment",
        ERROR,
        f"{_ALL} {_MAX}",
        faults=(_covers,),
        good={_ALL: 1 << 20, _MAX: 1 << 32},
        bad=({_ALL: (1 << 20) - 1}, {_MAX: (1 << 32) + 1}),
        what="kernel.shmall, in pages, covers a segment of kernel.shmmax bytes, unless that is without limit.",
        why="A segment that kernel.shmmax allows is refused with ENOSPC by kernel.shmall: databases then fail to "
        "start although their documentation was followed for one of the two. That one counts pages and the other "
        "bytes is how it happens.",
        example="kernel.shmmax is 68719476736 and kernel.shmall is 2097152 pages of 4 KiB, 8 GiB.",
        remedy=Remedy("Set kernel.shmall to kernel.shmmax divided by the page size, or more.", runtime=True),
    ),
    row(
        "IPC002",
        "shared-memory-segment-limit-too-low",
        ERROR,
        _MAX,
        wish="at-least",
        wants={_MAX: 1 << 36},
        good={_MAX: 1 << 36},
        bad=({_MAX: 33554432},),
        what="kernel.shmmax, in bytes, is at least what the profile wants.",
        why="shmget(2) refuses a larger segment with EINVAL, and a database that asks for one does not start.",
        example="kernel.shmmax is 33554432, the default of old kernels, on a host for a database.",
    ),
    row(
        "IPC003",
        "shared-memory-segments-too-few",
        WARNING,
        "kernel.shmmni",
        wish="at-least",
        wants={"kernel.shmmni": 32768},
        good={"kernel.shmmni": 32768},
        bad=({"kernel.shmmni": 4096},),
        what="kernel.shmmni, the segments that may exist, is at least what the profile wants.",
        why="When there are this many, shmget(2) fails with ENOSPC. Application servers use thousands.",
        example="kernel.shmmni is 4096 where an application wants 32768.",
    ),
    row(
        "IPC004",
        "orphaned-segments-not-as-wanted",
        WARNING,
        "kernel.shm_rmid_forced",
        wish="equal",
        wants={"kernel.shm_rmid_forced": 0},
        good={"kernel.shm_rmid_forced": 0},
        bad=({"kernel.shm_rmid_forced": 1},),
        what="kernel.shm_rmid_forced is as the profile wants it.",
        why="1 destroys each segment with its last user. That frees what crashed programs leave, and breaks databases "
        "that detach from a segment and come back. A write of 1 destroys those without users at once.",
        example="kernel.shm_rmid_forced is 1 on a host of a database.",
        remedy=Remedy("Set it with sysctl(8), and keep it in a file of /etc/sysctl.d.", runtime=True, risk="medium"),
    ),
    row(
        "IPC005",
        "next-ipc-id-forced",
        ERROR,
        " ".join(_IDS),
        faults=tuple(
            always(name, -1, "the next object gets this id, as when a restore was broken off") for name in _IDS
        ),
        good=dict.fromkeys(_IDS, -1),
        bad=tuple({name: 7} for name in _IDS),
        what="kernel.msg_next_id, kernel.sem_next_id and kernel.shm_next_id are -1.",
        why="Whoever restores a process from a checkpoint sets the id of the next object. A number that is left "
        "there goes to the next program that asks, which then has an id that another one may believe to be its own.",
        example="kernel.shm_next_id is 98304 after a restore that failed.",
        remedy=Remedy(
            "Make one object of the kind and remove it: the number is used up. -1 cannot be written.",
            runtime=True,
            reversible=False,
        ),
    ),
)
