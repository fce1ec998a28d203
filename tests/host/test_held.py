"""Folders that are held open, of this host, of one seen from elsewhere, and of a capture."""

from __future__ import annotations

import errno
import os
import signal
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from tests.processes import sleeping, zombie
from tests.trees import plant

from bedplate.errors import ParseError
from bedplate.host.folder import RelocatedRoot
from bedplate.host.held import HeldFolder, LiveFolder
from bedplate.host.root import LiveRoot

if TYPE_CHECKING:
    from pathlib import Path

    from bedplate.host.root import Root


def descriptors() -> set[str]:
    """The open files of this process, less the one that lists them."""
    found: set[str] = set()
    for name in os.listdir("/proc/self/fd"):
        with suppress(FileNotFoundError):
            found.add(f"{name} {os.readlink(f'/proc/self/fd/{name}')}")
    return found


@pytest.fixture(params=["live", "relocated", "capture"])
def root(request: pytest.FixtureRequest, tmp_path: Path) -> Root:
    files: dict[str, bytes | str] = {"/proc/7/stat": b"seven", "/proc/8/stat": b"eight", "/proc/8/task/9/stat": b"nine"}
    captured = plant(tmp_path, files)
    if request.param == "capture":
        return captured
    return RelocatedRoot(str(tmp_path)) if request.param == "relocated" else _Live(str(tmp_path))


class _Live(LiveRoot):
    """A live root whose / is a folder made for the test."""

    def __init__(self, path: str) -> None:
        super().__init__()
        os.close(self._folder)
        self._folder = os.open(path, os.O_PATH | os.O_DIRECTORY)


@pytest.mark.parametrize("keep", [0, 1, 10])
def test_files_are_read_by_their_names_below(root: Root, keep: int) -> None:
    with root, root.hold("/proc", keep) as folder:
        assert sorted(folder.names()) == ["7", "8"]
        assert folder.names("8/task") == ["9"]
        assert folder.read("8/stat") == b"eight"
        for _ in range(3):
            assert list(folder.each(["7/stat", "8/stat", "8/task/9/stat"], bytes)) == [b"seven", b"eight", b"nine"]
        assert folder.path == "/proc"


@pytest.mark.parametrize("keep", [0, 10])
def test_what_cannot_be_read_says_why_and_the_rest_goes_on(root: Root, keep: int) -> None:
    with root, root.hold("/proc", keep) as folder:
        missing, there, no_file = folder.each(["6/stat", "7/stat", "8"], bytes)
        assert isinstance(missing, OSError)
        assert missing.errno == errno.ENOENT
        assert there == b"seven"
        assert isinstance(no_file, OSError)
        with pytest.raises(FileNotFoundError):
            folder.read("6/stat")
        with pytest.raises(FileNotFoundError):
            folder.names("6")


@pytest.mark.parametrize("keep", [0, 10])
def test_what_cannot_be_parsed_says_why_and_the_rest_goes_on(root: Root, keep: int) -> None:
    with root, root.hold("/proc", keep) as folder:
        for _ in range(2):
            one, other = folder.each(["7/stat", "8/stat"], refuse_eight)
            assert one == "seven"
            assert isinstance(other, ParseError)


def refuse_eight(raw: bytes) -> str:
    if raw == b"eight":
        raise ParseError("not wanted")
    return raw.decode()


def test_a_kept_file_that_reads_the_same_is_not_parsed_again(tmp_path: Path) -> None:
    (tmp_path / "same").write_bytes(b"one")
    (tmp_path / "other").write_bytes(b"one")
    parsed: list[bytes] = []

    def parse(raw: bytes) -> bytes:
        parsed.append(raw)
        return raw

    with _Live(str(tmp_path)) as root, root.hold("/", 5) as folder:
        assert list(folder.each(["same", "other"], parse)) == [b"one", b"one"]
        (tmp_path / "other").write_bytes(b"two")
        assert list(folder.each(["same", "other"], parse)) == [b"one", b"two"]
    assert parsed == [b"one", b"one", b"two"]


def test_a_folder_that_is_not_there(root: Root) -> None:
    with root, pytest.raises(FileNotFoundError), root.hold("/nowhere") as folder:
        folder.names()


@pytest.mark.parametrize("keep", [0, 3])
def test_a_file_of_more_than_one_piece_is_whole(tmp_path: Path, keep: int) -> None:
    large = bytes(range(256)) * 64
    (tmp_path / "large").write_bytes(large)
    (tmp_path / "piece").write_bytes(large[:4096])
    with _Live(str(tmp_path)) as root, root.hold("/", keep) as folder:
        for _ in range(3):
            assert list(folder.each(["large", "piece"], bytes)) == [large, large[:4096]]


def test_a_link_is_not_followed_by_a_live_folder(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"secret")
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc/stat").symlink_to("../secret")
    with _Live(str(tmp_path)) as root, root.hold("/proc", 3) as folder:
        (refused,) = folder.each(["stat"], bytes)
        assert isinstance(refused, OSError)
        assert refused.errno == errno.ELOOP


def test_no_more_files_are_kept_than_allowed_and_all_are_closed(tmp_path: Path) -> None:
    for number in range(10):
        (tmp_path / str(number)).write_bytes(b"%d" % number)
    before = descriptors()
    with _Live(str(tmp_path)) as root:
        held = root.hold("/", 4)
        assert isinstance(held, LiveFolder)
        opened = len(descriptors())
        names = [str(number) for number in range(10)]
        assert list(held.each(names, bytes)) == [b"%d" % number for number in range(10)]
        assert len(descriptors()) == opened + 4
        assert list(held.each(names[:2], bytes)) == [b"0", b"1"]
        assert len(descriptors()) == opened + 2, "those of names that are not asked for again are closed"
        stopped = held.each(names, bytes)
        next(stopped)
        stopped.close()  # type: ignore[attr-defined]
        assert list(held.each(names, bytes)) == [b"%d" % number for number in range(10)]
        held.close()
        held.close()
    assert descriptors() == before


def test_trap_07_a_process_that_ends_gives_enoent_or_esrch() -> None:
    with LiveRoot() as root, root.hold("/proc", 10) as folder:
        with sleeping() as pid:
            (raw,) = folder.each([f"{pid}/stat"], bytes)
            assert isinstance(raw, bytes)
            process = root.hold(f"/proc/{pid}")
        (gone,) = folder.each([f"{pid}/stat"], bytes)
        assert isinstance(gone, OSError)
        assert gone.errno in (errno.ENOENT, errno.ESRCH)
        with pytest.raises(OSError, match=r"No such (process|file)") as told:
            process.read("stat")
        assert told.value.errno in (errno.ENOENT, errno.ESRCH)
        process.close()


def test_trap_07_a_held_process_is_never_another_of_its_number() -> None:
    with LiveRoot() as root, root.hold("/proc", 10) as folder:
        with zombie() as pid:
            (first,) = folder.each([f"{pid}/stat"], bytes)
            assert isinstance(first, bytes)
            (second,) = folder.each([f"{pid}/stat"], bytes)
            assert second == first
        # It was waited for: its number is free, and the open file still stands for it.
        (gone,) = folder.each([f"{pid}/stat"], bytes)
        assert isinstance(gone, OSError) or gone != first


def test_a_capture_holds_nothing_open(tmp_path: Path) -> None:
    root = plant(tmp_path, {"/proc/7/stat": b"seven"})
    with root:
        folder = root.hold("/proc", 5)
        assert type(folder) is HeldFolder
        folder.close()
        assert folder.read("7/stat") == b"seven"


def test_a_stopped_process_can_be_read() -> None:
    with sleeping() as pid, LiveRoot() as root, root.hold(f"/proc/{pid}") as folder:
        assert folder.read("comm") == b"sleep\n"
        os.kill(pid, signal.SIGCONT)
        assert folder.read("comm") == b"sleep\n"
