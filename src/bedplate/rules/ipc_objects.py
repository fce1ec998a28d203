"""System V IPC: messages and semaphores."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bedplate.rules.rule import Expected, Remedy
from bedplate.rules.sysctl_relations import kept, not_above
from bedplate.rules.sysctl_table import INFO, WARNING, failing, holding, row
from bedplate.values.reading import Present

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bedplate.facts.facts import Facts
    from bedplate.policy import Profile
    from bedplate.rules.rule import Outcome

_MAX, _BYTES, _NUMBER = "kernel.msgmax", "kernel.msgmnb", "kernel.msgmni"
_SEM = "kernel.sem"


def _semaphores(facts: Facts, _: Profile) -> Iterator[Outcome]:
    reading = facts.sysctls.numbers(_SEM)
    if not isinstance(reading, Present):
        return
    if len(reading.value) != 4:
        reason = f"{_SEM} has {len(reading.value)} numbers, not SEMMSL SEMMNS SEMOPM SEMMNI"
        yield failing(facts, reason, Expected("equal", "4 numbers"), _SEM)
        return
    per_set, total, _operations, sets = reading.value
    if total <= per_set * sets:
        yield holding(facts, _SEM)
        return
    reason = f"{_SEM} allows {total} semaphores, and only {per_set} in each of {sets} sets: {per_set * sets}"
    yield failing(facts, reason, Expected("at-most", per_set * sets), _SEM)


RULES = (
    row(
        "IPC006",
        "message-larger-than-queue",
        WARNING,
        f"{_MAX} {_BYTES} {_NUMBER}",
        wish="at-least",
        wants={_NUMBER: 4096},
        faults=(not_above(_MAX, _BYTES, "a message of that size fits into no queue"),),
        good={_MAX: 8192, _BYTES: 16384, _NUMBER: 32000},
        bad=({_MAX: 16385}, {_BYTES: 8191}, {_NUMBER: 16}),
        what="kernel.msgmax is not above kernel.msgmnb, and they and kernel.msgmni, the number of queues, are at "
        "least what the profile wants.",
        why="A message that kernel.msgmax allows but that is larger than the whole queue is refused (EINVAL) or waits "
        "for ever, and beyond kernel.msgmni no queue can be made.",
        example="kernel.msgmax is 65536 and kernel.msgmnb is 16384.",
    ),
    row(
        "IPC007",
        "semaphore-limits-contradict",
        WARNING,
        _SEM,
        faults=(_semaphores,),
        good={_SEM: (250, 32000, 32, 128)},
        bad=({_SEM: (250, 32001, 32, 128)}, {_SEM: (250, 32000)}),
        what="kernel.sem is four numbers, and its second one (SEMMNS) is not more than the first one (SEMMSL) times "
        "the last one (SEMMNI).",
        why="More semaphores than fit into the sets that may exist are a promise that cannot be kept: semget(2) "
        "fails with ENOSPC long before. A write of fewer numbers changes only the first ones, which is how such "
        "settings come to be.",
        example="kernel.sem is 250 256000 32 128.",
        remedy=Remedy("Write all four numbers to kernel.sem at once.", runtime=True),
    ),
    # IPC008 (segments without users) needs facts of /proc/sysvipc.
    row(
        "IPC009",
        "setting-without-effect-kept",
        INFO,
        "kernel.auto_msgmni",
        judged=False,
        faults=(kept("kernel.auto_msgmni", why="which does nothing since Linux 3.19"),),
        bad_lines="kernel.auto_msgmni = 1",
        what="No file of sysctl.d sets kernel.auto_msgmni.",
        why="It once scaled kernel.msgmni with memory and does nothing since Linux 3.19: who relies on it has "
        "another limit than he believes.",
        example="/etc/sysctl.d/60-db.conf:3 sets kernel.auto_msgmni to 1.",
        remedy=Remedy("Remove the line, and set kernel.msgmni where its value matters.", runtime=True),
    ),
)
