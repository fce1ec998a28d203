"""Runs the command line on a pseudo-terminal."""

from __future__ import annotations

import os
import pty
import sys


def on_a_terminal(arguments: list[str], **environment: str) -> str:
    """Return what ``bedplate`` writes to a terminal of its own; the child is waited for."""
    child, terminal = pty.fork()
    if child == 0:
        os.environ.update({"TERM": "xterm-256color", "COLUMNS": "100", **environment})
        os.execv(sys.executable, [sys.executable, "-m", "bedplate", *arguments])
    chunks: list[bytes] = []
    try:
        while chunk := os.read(terminal, 1 << 16):
            chunks.append(chunk)
    except OSError:
        pass  # EIO is how a terminal tells that its other end has closed
    finally:
        os.close(terminal)
        os.waitpid(child, 0)
    return b"".join(chunks).decode(errors="replace")
