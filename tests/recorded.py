"""The recorded machines: real /proc and /sys of many vendors and architectures, kept outside of the repository.

``@each_machine`` runs a test once for each, with its name as ``machine``; ``archive(name)`` is its .tar.xz, and
``folder(name)`` the unpacked one, shared by all tests and workers of a session and gone with it.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tarfile
import tempfile
from pathlib import Path

import pytest

from tests.requires import hosts_folder, requires

# The controller of a session names its folder here, and its workers inherit it.
_UNPACKED = "BEDPLATE_UNPACKED"
_SUFFIX = ".tar.xz"
_SHARED_MEMORY = "/dev/shm"
_UNPACKED_BYTES = 2 << 30


def names() -> list[str]:
    """Return the names of all recorded machines, sorted; none where they are not there."""
    folder = hosts_folder()
    return [] if folder is None else sorted(path.name.removesuffix(_SUFFIX) for path in folder.glob("*" + _SUFFIX))


MACHINES = names()
each_machine = pytest.mark.parametrize(
    "machine", MACHINES or [pytest.param("no-recorded-machines", marks=requires("hosts"))]
)
"""Runs a test for each recorded machine; one test that skips or fails where there are none."""


def archive(name: str) -> Path:
    """Return the .tar.xz of a recorded machine; skips the test where there are none."""
    requires("hosts")
    folder = hosts_folder()
    assert folder is not None
    return folder / (name + _SUFFIX)


def folder(name: str) -> Path:
    """Return the unpacked folder of a recorded machine, to be read and never written."""
    packed = archive(name)
    unpacked = Path(os.environ[_UNPACKED])
    with (unpacked / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (unpacked / name).exists():
            unpack(packed, unpacked / f"{name}.part")
            (unpacked / f"{name}.part").rename(unpacked / name)
    return unpacked / name


def unpack(packed: Path, into: Path) -> None:
    """Unpack an archive of files, folders and links.

    Links are kept as they are; many dangle, are absolute or form cycles.  They are made last, so that no file can
    be written through one.
    """
    links: list[tuple[str, str]] = []
    with tarfile.open(packed) as members:
        for member in members:
            path = _inside(str(into), member.name)
            if member.issym():
                links.append((member.linkname, path))
            elif member.isdir():
                os.makedirs(path, exist_ok=True)
            else:
                stream = members.extractfile(member) if member.isreg() else None
                assert stream is not None, f"{packed.name} holds {member.name}, which is no file, folder or link"
                _write(path, stream.read(), member.mode)
    for target, path in links:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        os.symlink(target, path)


def _inside(folder: str, name: str) -> str:
    assert not name.startswith("/"), name
    assert ".." not in name.split("/"), name
    return f"{folder}/{name}"


def _write(path: str, content: bytes, mode: int) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    try:
        handle = os.open(path, flags, mode | 0o400)
    except FileNotFoundError:
        os.makedirs(os.path.dirname(path))
        handle = os.open(path, flags, mode | 0o400)
    with os.fdopen(handle, "wb") as file:
        file.write(content)


def begin() -> None:
    """Make the folder that this session unpacks into; a worker has that of its controller."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        os.environ[_UNPACKED] = tempfile.mkdtemp(prefix="bedplate-hosts-", dir=_roomy_memory())


def _roomy_memory() -> str | None:
    """Return a folder in memory with room for all machines, None where there is none.

    They are 200,000 small files: on a disk under load their making takes minutes, in memory seconds.
    """
    try:
        free = os.statvfs(_SHARED_MEMORY)
    except OSError:
        return None
    roomy = free.f_bavail * free.f_frsize > _UNPACKED_BYTES and os.access(_SHARED_MEMORY, os.W_OK)
    return _SHARED_MEMORY if roomy else None


def end() -> None:
    """Remove what this session unpacked."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        shutil.rmtree(os.environ.pop(_UNPACKED), ignore_errors=True)
