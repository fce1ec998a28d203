r"""Parses a task's name: /proc/<pid>/comm, and the escaped form of it in /proc/<pid>/status.

A name is bytes that its own task chooses (prctl(PR_SET_NAME), a write to comm, the file that it executes): it may hold
anything but a NUL, newlines and terminal sequences too.  The man page says 15 bytes, and that is so for user tasks;
proc_task_name() of fs/proc/array.c has a buffer of 64 and writes more for kernel workers (``kworker/u8:1-ext4-rsv``…)
and kernel threads.  So no length is assumed here.

comm and stat hold the bytes as they are.  status writes a newline as ``\n`` and a backslash as ``\\`` (ESCAPE_SPACE |
ESCAPE_SPECIAL of "\n\\"): the same name reads differently there, and the two must never be compared as they stand.
"""

from __future__ import annotations

from bedplate.errors import ParseError

# Far more than any kernel writes, so that a hostile file costs nothing.
_LIMIT_BYTES = 4096


def parse_comm(raw: bytes) -> bytes:
    """Return the name in a comm file: all of it but the newline that the kernel adds; it may be empty."""
    if raw[-1:] != b"\n":
        raise ParseError("cut off: no newline behind the name", field="comm", text=raw[-80:])
    if len(raw) > _LIMIT_BYTES:
        raise ParseError("longer than a name can be", field="comm", text=raw[:80])
    return raw[:-1]


def render_comm(name: bytes) -> bytes:
    """Return the comm file of a task with this name."""
    return name + b"\n"


def unescape_name(text: bytes) -> bytes:
    r"""Return the name that status shows as ``text``; other backslashes than ``\n`` and ``\\`` stay."""
    if b"\\" not in text:
        return text
    return b"\\".join(part.replace(b"\\n", b"\n") for part in text.split(b"\\\\"))


def escape_name(name: bytes) -> bytes:
    """Return what status shows of a name."""
    return name.replace(b"\\", b"\\\\").replace(b"\n", b"\\n")
