"""/proc/sysvipc/{shm,msg,sem}: the System V shared memory segments, message queues and semaphore sets of a namespace.

Sources: proc_sysvipc(5), sysvipc(7), sysvipc_shm_proc_show() in ipc/shm.c and its like in msg.c and sem.c.  Columns are
found by the names of the heading, so that a kernel may add some (``rss`` and ``swap`` came with 2.6.34).  Process ids
are those of the reader's pid namespace and 0 where the process is not in it; user and group ids those of its user
namespace.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from bedplate.errors import ParseError
from bedplate.values.escape import decoded

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_NUMBERS = re.compile(rb"[ \t\r]*-?[0-9]{1,20}(?:[ \t\r]+-?[0-9]{1,20}+)*+[ \t\r]*")
# kernel.shmmni, msgmni and the fourth of sem: 32,768 at most, 2^24 with ipcmni_extend.
_ROWS_LIMIT = 1 << 24


class Ipc(NamedTuple):
    """What the three kinds have in common."""

    key: int
    """As signed 32 bits; 0 is IPC_PRIVATE."""
    id: int
    perms: int
    """The mode, such as 0o600; for shared memory also SHM_DEST (0o1000) and SHM_LOCKED (0o2000)."""
    uid: int
    gid: int
    cuid: int
    cgid: int


class Shm(NamedTuple):
    """One shared memory segment."""

    ipc: Ipc
    size_bytes: int
    cpid: int
    lpid: int
    nattch: int
    rss_bytes: int | None
    swap_bytes: int | None
    others: Mapping[str, int]
    """atime, dtime, ctime (seconds since 1970, 0 for never), and columns of the future."""


class Msg(NamedTuple):
    """One message queue."""

    ipc: Ipc
    cbytes: int
    qnum: int
    lspid: int
    lrpid: int
    others: Mapping[str, int]
    """stime, rtime, ctime, and columns of the future."""


class Sem(NamedTuple):
    """One semaphore set."""

    ipc: Ipc
    nsems: int
    others: Mapping[str, int]
    """otime, ctime, and columns of the future."""


def parse_shm(text: bytes) -> tuple[Shm, ...]:
    """Return the segments, none where there are none; ParseError where a column is missing or a line is no row."""
    return tuple(
        Shm(
            _ipc(row, "shmid"),
            size_bytes=_taken(row, "size"),
            cpid=_taken(row, "cpid"),
            lpid=_taken(row, "lpid"),
            nattch=_taken(row, "nattch"),
            rss_bytes=row.pop("rss", None),
            swap_bytes=row.pop("swap", None),
            others=row,
        )
        for row in _rows(text)
    )


def parse_msg(text: bytes) -> tuple[Msg, ...]:
    """Return the queues; see :func:`parse_shm`."""
    return tuple(
        Msg(
            _ipc(row, "msqid"),
            cbytes=_taken(row, "cbytes"),
            qnum=_taken(row, "qnum"),
            lspid=_taken(row, "lspid"),
            lrpid=_taken(row, "lrpid"),
            others=row,
        )
        for row in _rows(text)
    )


def parse_sem(text: bytes) -> tuple[Sem, ...]:
    """Return the sets; see :func:`parse_shm`."""
    return tuple(Sem(_ipc(row, "semid"), nsems=_taken(row, "nsems"), others=row) for row in _rows(text))


def _ipc(row: dict[str, int], identifier: str) -> Ipc:
    perms = str(_taken(row, "perms"))
    if len(perms) > 11 or not set(perms) <= set("01234567"):
        raise ParseError("not an octal mode", field="perms", text=perms)
    names = ("uid", "gid", "cuid", "cgid")
    return Ipc(_taken(row, "key"), _taken(row, identifier), int(perms, 8), *(_taken(row, name) for name in names))


def _taken(row: dict[str, int], name: str) -> int:
    try:
        return row.pop(name)
    except KeyError:
        raise ParseError("the heading lacks a column", field=name) from None


def _rows(text: bytes) -> Iterator[dict[str, int]]:
    """Yield each line as numbers by the names of the heading."""
    text = text.rstrip(b"\0")
    if not text.endswith(b"\n") or text.count(b"\n") > _ROWS_LIMIT:
        raise ParseError(f"not whole lines, at most {_ROWS_LIMIT}", text=text[-80:])
    heading, *lines = text.split(b"\n")[:-1]
    names = decoded(heading).split()
    if names[:1] != ["key"] or len(set(names)) != len(names):
        raise ParseError("not the heading of a file of /proc/sysvipc", text=heading[:80])
    for line in lines:
        numbers = line.split() if _NUMBERS.fullmatch(line) else ()
        if len(numbers) != len(names):
            raise ParseError("not a row of as many numbers as the heading has names", text=line[:80])
        yield dict(zip(names, map(int, numbers), strict=True))
