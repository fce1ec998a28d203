"""System V and POSIX objects of communication between processes: what there is, and how much there may be.

Sources: sysvipc(7), mq_overview(7), shm_overview(7), Documentation/admin-guide/sysctl/{kernel,fs}.rst.  Objects and
limits belong to an IPC namespace; what is read is the reader's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from bedplate.values.reading import Present

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bedplate.parse.mqueue import QueueState as QueueState
    from bedplate.parse.sysvipc import Ipc as Ipc
    from bedplate.parse.sysvipc import Msg as Msg
    from bedplate.parse.sysvipc import Sem as Sem
    from bedplate.parse.sysvipc import Shm as Shm
    from bedplate.values.reading import Reading


class PosixQueue(NamedTuple):
    """One POSIX message queue, as the mounted mqueue file system shows it."""

    name: str
    """Untrusted text."""
    state: Reading[QueueState]


class Usage(NamedTuple):
    """How much of a limit is used."""

    what: str
    """``shared memory segments``, ``semaphores`` …"""
    used: int
    limit: int
    setting: str
    """The sysctl that is the limit."""


@dataclass(frozen=True, slots=True)
class InterProcess:
    """The objects of one IPC namespace."""

    shm: Reading[tuple[Shm, ...]]
    """System V shared memory segments; absent without CONFIG_SYSVIPC."""
    msg: Reading[tuple[Msg, ...]]
    """System V message queues."""
    sem: Reading[tuple[Sem, ...]]
    """System V semaphore sets."""
    limits: Mapping[str, Reading[int]]
    """kernel.shmmax (bytes), kernel.shmall (pages), kernel.shmmni, kernel.msgmax …, by the name of the sysctl."""
    semaphores: Reading[tuple[int, ...]]
    """kernel.sem: semaphores of a set, of all sets, operations of a call, sets."""
    mqueue: Reading[str]
    """Where the POSIX message queues are mounted; absent where they are not, and then nobody can list them."""
    queues: tuple[PosixQueue, ...]
    shared_memory: Reading[tuple[str, ...]]
    """The names of POSIX shared memory objects: the files in /dev/shm, untrusted text."""
    shared_memory_size: str | None
    """The ``size=`` of the tmpfs there; None where none is shown."""
    namespace: str | None
    """The IPC namespace, such as ``ipc:[4026531839]``; None where it is not known."""


def usage_of(ipc: InterProcess, page_size_bytes: int | None) -> Iterator[Usage]:
    """Yield how much of each limit is used, of those where both are known."""
    if isinstance(ipc.shm, Present):
        yield from _usage(ipc, "shared memory segments", len(ipc.shm.value), "kernel.shmmni")
        if page_size_bytes is not None:
            pages = sum(-(-segment.size_bytes // page_size_bytes) for segment in ipc.shm.value)
            yield from _usage(ipc, "pages of shared memory", pages, "kernel.shmall")
    if isinstance(ipc.msg, Present):
        yield from _usage(ipc, "message queues", len(ipc.msg.value), "kernel.msgmni")
    if isinstance(ipc.sem, Present) and isinstance(ipc.semaphores, Present) and len(ipc.semaphores.value) == 4:
        _, of_all, _, sets = ipc.semaphores.value
        yield Usage("semaphore sets", len(ipc.sem.value), sets, "kernel.sem")
        yield Usage("semaphores", sum(one.nsems for one in ipc.sem.value), of_all, "kernel.sem")
    if isinstance(ipc.mqueue, Present):
        yield from _usage(ipc, "POSIX message queues", len(ipc.queues), "fs.mqueue.queues_max")


def _usage(ipc: InterProcess, what: str, used: int, setting: str) -> Iterator[Usage]:
    limit = ipc.limits.get(setting)
    if isinstance(limit, Present):
        yield Usage(what, used, limit.value, setting)
