"""Tells whether anything opened a file: inotify(7), as an oracle that the code under test has no part in."""

from __future__ import annotations

import ctypes
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

_IN_ACCESS, _IN_OPEN = 0x01, 0x20
_libc = ctypes.CDLL(None, use_errno=True)


@contextmanager
def watched(*paths: Path) -> Generator[list[int]]:
    """Yield a list that holds, in the end, the event masks of every open and read of the paths.

    Opening with O_PATH is none: the kernel sends no event for what cannot be read from.
    """
    seen: list[int] = []
    handle = _libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
    assert handle >= 0, os.strerror(ctypes.get_errno())
    try:
        for path in paths:
            added = _libc.inotify_add_watch(handle, os.fsencode(path), _IN_ACCESS | _IN_OPEN)
            assert added >= 0, os.strerror(ctypes.get_errno())
        yield seen
        try:
            while events := os.read(handle, 1 << 16):
                at = 0
                while at < len(events):
                    seen.append(int.from_bytes(events[at + 4 : at + 8], "little"))
                    at += 16 + int.from_bytes(events[at + 12 : at + 16], "little")
        except BlockingIOError:
            pass
    finally:
        os.close(handle)
