"""``bedplate capture`` as a user runs it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests import recorded
from tests.cli.test_check import bedplate


def test_what_is_captured_is_shown_as_the_host_is(tmp_path: Path) -> None:
    capture = tmp_path / "db-07.tar.gz"
    done = bedplate("capture", "-o", str(capture))
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0].startswith(f"{capture}: ")
    assert all(line.isprintable() for line in done.stdout.splitlines())
    here = bedplate("show", "--format", "json")
    there = bedplate("show", "--format", "json", "--root", str(capture))
    assert there.returncode == 0, there.stderr
    for key in ("constants", "cpus", "packages", "cores", "caches", "kinds"):
        assert json.loads(there.stdout)[key] == json.loads(here.stdout)[key]
    # A check of the capture knows whatever a check of the host knows.
    of_the_host = bedplate("check", "--format", "json")
    of_the_capture = bedplate("check", "--format", "json", "--root", str(capture))
    assert json.loads(of_the_capture.stdout)["counts"] == json.loads(of_the_host.stdout)["counts"]


def test_a_capture_of_a_capture(tmp_path: Path) -> None:
    source = str(recorded.archive(recorded.MACHINES[0])) if recorded.MACHINES else str(recorded.archive("none"))
    done = bedplate("capture", "--root", source, "-o", str(tmp_path / "folder"), "--no-redact")
    assert done.returncode == 0, done.stderr
    shown = [bedplate("show", "--root", path).stdout.splitlines()[1:] for path in (source, str(tmp_path / "folder"))]
    assert shown[0] == shown[1]


def test_errors_are_one_line_and_an_exit_code(tmp_path: Path) -> None:
    (tmp_path / "taken.tar").write_bytes(b"mine")
    (tmp_path / "empty.tar").write_bytes(b"")
    (tmp_path / "bare").mkdir()
    (tmp_path / "copy/proc").mkdir(parents=True)
    (tmp_path / "copy/proc/version").write_bytes(b"Linux version 6.1.0\n")
    cases: list[tuple[list[str], int, str]] = [
        (["-o", str(tmp_path / "taken.tar")], 2, "is there already; --force replaces it"),
        (["-o", str(tmp_path / "bare"), "--force"], 2, "no capture of ours"),
        (["-o", str(tmp_path / "x.zip")], 2, "a capture is a folder, .tar, .tar.gz or .tar.xz"),
        (["-o", str(tmp_path / "nowhere/x.tar")], 2, "No such file or directory"),
        ([], 2, "Missing option '-o'"),
        (["-o", str(tmp_path / "x.tar"), "--root", str(tmp_path / "empty.tar")], 3, "an empty file"),
        (["-o", str(tmp_path / "x.tar"), "--root", str(tmp_path / "bare")], 3, "not a capture"),
        (["-o", str(tmp_path / "x.tar"), "--live", str(tmp_path / "bare")], 2, "no proc is mounted"),
        (["-o", str(tmp_path / "x.tar"), "--live", str(tmp_path / "copy")], 2, "a capture is read with --root"),
    ]
    for arguments, code, words in cases:
        done = bedplate("capture", *arguments)
        assert (done.returncode, done.stdout) == (code, ""), (arguments, done.stderr)
        assert words in done.stderr.splitlines()[-1]
        assert "Traceback" not in done.stderr
    assert (tmp_path / "taken.tar").read_bytes() == b"mine"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bare", "copy", "empty.tar", "taken.tar"]


@pytest.mark.parametrize("verb", [["show"], ["check"]])
def test_hostile_captures_end_in_one_line(tmp_path: Path, verb: list[str]) -> None:
    from tests.host.test_archive import archive, files, member

    path = archive(tmp_path / "a\x1b[2J.tar", *files(), member("../../etc/passwd\x1b[2J", b"x"))
    done = bedplate(*verb, "--root", path)
    assert done.returncode in (2, 3)
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.rstrip("\n").isprintable()
    assert "leads out of it" in done.stderr
