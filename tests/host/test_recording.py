from __future__ import annotations

import errno
from collections.abc import Iterator
from pathlib import Path

import pytest

from bedplate.host.folder import FolderRoot
from bedplate.host.recording import RecordingRoot
from bedplate.host.root import LiveRoot, Root


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc/cmdline").write_bytes(b"quiet\n")
    (tmp_path / "proc/log").write_bytes(b"one apple\ntwo pears\nthree plums\n")
    (tmp_path / "proc/link").symlink_to("cmdline")
    return tmp_path


@pytest.fixture
def recording(folder: Path) -> Iterator[RecordingRoot]:
    with FolderRoot(str(folder)) as inner:
        yield RecordingRoot(inner)


def errno_of(root: Root, path: str, limit: int = 100) -> int | None:
    with pytest.raises(OSError) as caught:  # noqa: PT011 - its errno is what is looked at
        root.read(path, limit)
    return caught.value.errno


def test_it_answers_as_the_other_root_does_and_remembers(recording: RecordingRoot) -> None:
    assert recording.read("/proc/cmdline") == b"quiet\n"
    assert recording.link("/proc/link") == "cmdline"
    assert [entry.name for entry in recording.entries("/proc")] == ["cmdline", "link", "log"]
    assert recording.files == {"/proc/cmdline": b"quiet\n"}
    assert recording.links == {"/proc/link": "cmdline"}
    assert list(recording.folders) == ["/proc"]


def test_it_answers_the_same_again_although_the_host_moved(folder: Path, recording: RecordingRoot) -> None:
    assert recording.read("/proc/cmdline") == b"quiet\n"
    assert errno_of(recording, "/proc/later") == errno.ENOENT
    names = recording.names("/proc")
    (folder / "proc/cmdline").write_bytes(b"loud\n")
    (folder / "proc/later").write_bytes(b"here now\n")
    assert recording.read("/proc/cmdline") == b"quiet\n"
    assert errno_of(recording, "/proc/later") == errno.ENOENT
    assert recording.names("/proc") == names


def test_a_limit_belongs_to_the_question(recording: RecordingRoot) -> None:
    assert errno_of(recording, "/proc/cmdline", 5) == errno.EFBIG
    assert recording.read("/proc/cmdline", 6) == b"quiet\n"
    assert errno_of(recording, "/proc/cmdline", 5) == errno.EFBIG
    assert ("read", "/proc/cmdline") not in recording.errors


def test_errors_are_those_of_one_question_not_of_the_path(recording: RecordingRoot) -> None:
    assert errno_of(recording, "/proc") == errno.EISDIR
    assert recording.names("/proc")
    with pytest.raises(OSError, match="Invalid argument"):
        recording.link("/proc/cmdline")
    assert recording.read("/proc/cmdline") == b"quiet\n"


def test_of_a_log_only_the_lines_that_were_asked_for(recording: RecordingRoot) -> None:
    assert recording.lines_with("/proc/log", (b"apple",)) == b"one apple\n"
    assert recording.files["/proc/log"] == b"one apple\n"
    assert recording.lines_with("/proc/log", (b"plum",)) == b"three plums\n"
    assert recording.files["/proc/log"] == b"one apple\nthree plums\n"
    assert recording.sifted == {"/proc/log": {b"apple", b"plum"}}
    assert recording.read("/proc/log").count(b"\n") == 3
    assert not recording.sifted


def test_what_a_live_host_lacks_is_known_to_be_absent(recording: RecordingRoot) -> None:
    with LiveRoot() as inner:
        live = RecordingRoot(inner)
        assert "ENOENT" not in str(live.reading("/proc/nothing", bytes))
        assert live.known == {"/proc/nothing"}
    recording.reading("/proc/nothing", bytes)
    assert not recording.known


def test_the_other_root_stays_open(recording: RecordingRoot) -> None:
    recording.close()
    assert recording.inner.read("/proc/cmdline") == b"quiet\n"


def test_what_would_have_read_a_denied_file_is_remembered() -> None:
    with LiveRoot() as root:
        recording = RecordingRoot(root)
        recording.missing("/dev/kmsg", PermissionError(errno.EPERM, ""), needs="CAP_SYSLOG")
        recording.missing("/dev/x", FileNotFoundError(errno.ENOENT, ""), needs="CAP_SYSLOG")
        assert recording.needs == {"/dev/kmsg": "CAP_SYSLOG"}
