"""The files of a mounted mqueue file system: a POSIX message queue each.

Sources: mq_overview(7), mqueue_read_file() in ipc/mqueue.c.  A queue's limits are not in its file: only mq_getattr(3)
tells them.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from bedplate.errors import ParseError

_QUEUE = re.compile(rb"QSIZE:([0-9]{1,20}) +NOTIFY:([0-9]{1,5}) +SIGNO:([0-9]{1,5}) +NOTIFY_PID:([0-9]{1,10}) *\n?")


class QueueState(NamedTuple):
    """What a queue holds, and who is told of the next message."""

    qsize_bytes: int
    """QSIZE: the bytes of all its messages."""
    notify: int
    """SIGEV_SIGNAL (0), SIGEV_NONE (1) or SIGEV_THREAD (2); means something where there is a ``notify_pid``."""
    signo: int
    notify_pid: int
    """The process that asked to be told, 0 for none, or for one that the reader's pid namespace does not show."""


def parse_mqueue(text: bytes) -> QueueState:
    """Return the state of a queue; ParseError where the text is of another form."""
    match = _QUEUE.fullmatch(text.rstrip(b"\0"))
    if match is None:
        raise ParseError("not the state of a message queue", text=text[:80])
    return QueueState(*map(int, match.groups()))
