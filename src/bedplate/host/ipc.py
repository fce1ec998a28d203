"""Reads the objects of communication between processes and their limits: /proc/sysvipc, mqueue, /dev/shm."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from bedplate.facts.ipc import InterProcess, PosixQueue
from bedplate.facts.mounts import option_of
from bedplate.facts.sysctls import path_of
from bedplate.host.namespaces import namespace_of
from bedplate.parse.mqueue import parse_mqueue
from bedplate.parse.sysctl_value import parse_integer, parse_numbers
from bedplate.parse.sysvipc import parse_msg, parse_sem, parse_shm
from bedplate.values.escape import decoded
from bedplate.values.reading import Absent, Present, Source

if TYPE_CHECKING:
    from collections.abc import Callable

    from bedplate.facts.mounts import Mounts
    from bedplate.host.root import Root
    from bedplate.values.reading import Reading, T

_SYSVIPC = "/proc/sysvipc"
_MQUEUE = "/dev/mqueue"
_SHM = "/dev/shm"
_NO_SYSV = "no System V communication (CONFIG_SYSVIPC is off)"
_NO_POSIX = "no POSIX message queues (CONFIG_POSIX_MQUEUE is off)"
_SYSV_LIMITS = ("kernel.shmmax", "kernel.shmall", "kernel.shmmni", "kernel.msgmax", "kernel.msgmnb", "kernel.msgmni")
_POSIX_LIMITS = (
    "fs.mqueue.queues_max", "fs.mqueue.msg_max", "fs.mqueue.msg_default", "fs.mqueue.msgsize_max",
    "fs.mqueue.msgsize_default",
)  # fmt: skip
# fs.mqueue.queues_max is 256; of the files in /dev/shm no limit is known.
_NAMES_LIMIT = 10_000
# 32,768 rows (IPCMNI) of 170 bytes.
_TABLE_LIMIT_BYTES = 8 << 20


def read_ipc(root: Root, mounts: Mounts) -> InterProcess:
    """Return the objects and limits; what is missing or malformed leaves the rest as it is."""
    namespace = namespace_of(root, "ipc")

    def read(path: str, parse: Callable[[bytes], T], absent: str) -> Reading[T]:
        reading = root.reading(path, parse, absent=absent, limit=_TABLE_LIMIT_BYTES)
        if isinstance(reading, Present):
            return Present(reading.value, reading.source._replace(namespace=namespace))
        return reading

    sysv = partial(read, absent=_NO_SYSV)
    limits = {name: read(path_of(name), parse_integer, _NO_SYSV) for name in _SYSV_LIMITS}
    limits |= {name: read(path_of(name), parse_integer, _NO_POSIX) for name in _POSIX_LIMITS}
    mqueue, queues = _queues(root, mounts)
    shared_memory = mounts.at(_SHM.encode())
    size = None if shared_memory is None else option_of(shared_memory, b"size")
    return InterProcess(
        shm=sysv(f"{_SYSVIPC}/shm", parse_shm),
        msg=sysv(f"{_SYSVIPC}/msg", parse_msg),
        sem=sysv(f"{_SYSVIPC}/sem", parse_sem),
        limits=limits,
        semaphores=sysv(path_of("kernel.sem"), parse_numbers),
        mqueue=mqueue,
        queues=queues,
        shared_memory=_names(root, _SHM),
        shared_memory_size=None if size is None else decoded(size),
        namespace=namespace,
    )


def _queues(root: Root, mounts: Mounts) -> tuple[Reading[str], tuple[PosixQueue, ...]]:
    """Return where the queues are mounted, and those that are seen there."""
    if not isinstance(mounts.mounts, Present):
        return mounts.mounts, ()
    mounted = next(mounts.of_type(b"mqueue"), None)
    if mounted is None:
        return Absent(Source(_MQUEUE), "the mqueue file system is not mounted"), ()
    folder = decoded(mounted.mount_point)
    names = _names(root, folder)
    if not isinstance(names, Present):
        return names, ()
    queues = tuple(PosixQueue(name, root.reading(f"{folder}/{name}", parse_mqueue)) for name in names.value)
    return Present(folder, mounts.mounts.source), queues


def _names(root: Root, folder: str) -> Reading[tuple[str, ...]]:
    """Return the names of the files in a folder."""
    try:
        entries = root.entries(folder)
    except OSError as error:
        return root.missing(folder, error)
    return Present(tuple(entry.name for entry in entries[:_NAMES_LIMIT] if entry.kind == "file"), Source(folder))
