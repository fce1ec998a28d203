"""The processes of this machine, and small ones made for a test: sleepers, zombies, tasks with hostile names."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator

# What a task may call itself: each tries to end its own name early, or to write a line or a colour of its own.
HOSTILE_NAMES = (
    b")",
    b") R 1 (x) Z 9",
    b"a b ) ( c d",
    b"((((((((((((((",
    b"a\nPid:\t1\nb",
    b"\x1b[2J\x1b[31mred",
    b"\xff\xfe\xc3(",
    b"x\\n\\\\",
    b"-1 (",
    b" ",
    b"\t\r\x0b\x0c",
    "ｗｉｄｅ".encode(),
    b"123456789012345",
)

_RENAME = "import sys; open('/proc/self/comm', 'wb').write(bytes.fromhex(sys.argv[1])); print(flush=True); input()"


def read(pid: int | str, name: str) -> bytes | None:
    """Return a file of a process; None where the process has ended, or has no such file to give."""
    try:
        return Path(f"/proc/{pid}/{name}").read_bytes()
    except OSError:
        return None


def every(name: str) -> list[tuple[int, bytes]]:
    """Return pid and content of a file of every process here that has it to give."""
    pids = sorted(int(entry) for entry in os.listdir("/proc") if entry.isdigit())
    return [(pid, raw) for pid in pids if (raw := read(pid, name)) is not None]


@contextmanager
def sleeping(*argv: str) -> Generator[int]:
    """Give the pid of a process that sleeps, and is stopped: nothing of it changes any more."""
    child = subprocess.Popen(argv or ("sleep", "600"))
    try:
        _until_it_sleeps(child.pid)
        child.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, child.pid, os.WSTOPPED | os.WNOWAIT)
        yield child.pid
    finally:
        child.kill()
        child.wait()


def _until_it_sleeps(pid: int) -> None:
    """Wait until a process has been loaded and waits for something; 10 seconds at most."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        raw = read(pid, "stat") or b""
        if raw.rpartition(b")")[2][1:2] == b"S":
            return
        os.sched_yield()
    raise TimeoutError(f"process {pid} does not sleep")


@contextmanager
def zombie() -> Generator[int]:
    """Give the pid of a process that has ended with 7, and has not been waited for."""
    child = subprocess.Popen([sys.executable, "-c", "raise SystemExit(7)"])
    try:
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        yield child.pid
    finally:
        child.wait()


@contextmanager
def calling_itself(name: bytes) -> Generator[int]:
    """Give the pid of a process that has written ``name`` into its comm: the kernel keeps 15 bytes."""
    argv = [sys.executable, "-c", _RENAME, name.hex()]
    child = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert child.stdin is not None
    assert child.stdout is not None
    try:
        child.stdout.readline()
        yield child.pid
    finally:
        child.kill()
        child.stdin.close()
        child.stdout.close()
        child.wait()


@contextmanager
def executed_as(name: bytes, folder: Path) -> Generator[int]:
    """Give the pid of a process whose executable has this file name."""
    program = os.fsencode(folder) + b"/" + name
    found = shutil.which("sleep")
    assert found is not None
    shutil.copy(found, os.fsdecode(program))
    with sleeping(os.fsdecode(program), "600") as pid:
        yield pid
