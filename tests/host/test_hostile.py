"""Captures that somebody made to hurt: every verb on them ends soon, in one line or a report, and touches nothing else.

Whatever could wait for ever runs in a child of its own with a time limit.
"""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from tests.host.test_archive import archive, files, member
from tests.host.watch import watched
from tests.requires import requires

LIMIT_SECONDS = 20
VERBS = [["show", "topology"], ["show", "pci"], ["check"], ["capture", "-o", "out.tar"]]
VERB_NAMES = ["topology", "pci", "check", "capture"]


def run(folder: Path, arguments: list[str]) -> subprocess.CompletedProcess[str]:
    """Run the command line in a child; it may not take longer, more memory, or a terminal's control characters."""
    named = [str(folder / "out.tar") if word == "out.tar" else word for word in arguments]
    command = ["sh", "-c", 'ulimit -v 700000; exec "$@"', "sh", sys.executable, "-m", "bedplate", *named]
    done = subprocess.run(
        command, capture_output=True, timeout=LIMIT_SECONDS, check=False, text=True, errors="surrogateescape"
    )
    assert "Traceback" not in done.stderr
    assert "fault of bedplate" not in done.stderr, done.stderr
    assert done.returncode in (0, 1, 2, 3), done.stderr
    assert all(line.isprintable() for line in (done.stdout + done.stderr).splitlines())
    return done


@pytest.fixture
def good(tmp_path: Path) -> Path:
    """A small capture that is read whole."""
    cpu = tmp_path / "capture/sys/devices/system/cpu"
    node = tmp_path / "capture/sys/devices/system/node/node0"
    for folder in (cpu / "cpu0/topology", node, tmp_path / "capture/proc/irq"):
        folder.mkdir(parents=True)
    for name in ("online", "possible", "present"):
        (cpu / name).write_text("0\n")
    (cpu / "cpu0/topology/core_cpus").write_text("1\n")
    (node / "cpulist").write_text("0\n")
    (node / "cpumap").write_text("1\n")
    (tmp_path / "capture/proc/cmdline").write_text("quiet\n")
    return tmp_path / "capture"


READ = ["proc/cmdline", "proc/interrupts", "sys/devices/system/cpu/online", "sys/devices/system/node/node0/cpumap"]


def replaced(capture: Path, name: str) -> Path:
    path = capture / name
    path.unlink(missing_ok=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


@pytest.mark.parametrize("verb", VERBS, ids=VERB_NAMES)
def test_links_that_lead_out(good: Path, tmp_path: Path, verb: list[str]) -> None:
    canary = tmp_path / "canary"
    canary.write_text("isolcpus=666\n")
    for name, target in zip(READ, [str(canary), "../../../../canary", "/proc/self/fd/0", "online"], strict=False):
        replaced(good, name).symlink_to(target)
    folders = {
        "sys/bus/pci/devices": "/sys/bus/pci/devices",
        "sys/devices/system/cpu/cpu1": "/proc/1/root",
        "sys/devices/system/cpu/cpu2": "..",
        "etc": str(tmp_path),
        "boot": "/proc/self/cwd",
    }
    for name, target in folders.items():
        replaced(good, name).symlink_to(target)
    with watched(canary) as seen:
        done = run(tmp_path, [*verb, "--root", str(good)])
    assert seen == []
    assert "666" not in done.stdout + done.stderr
    if verb[0] == "capture":
        assert b"666" not in (tmp_path / "out.tar").read_bytes()


@pytest.mark.parametrize("verb", VERBS, ids=VERB_NAMES)
def test_fifos_in_the_place_of_files(good: Path, tmp_path: Path, verb: list[str]) -> None:
    fifos = [replaced(good, name) for name in READ]
    for fifo in fifos:
        os.mkfifo(fifo)
    with watched(*fifos) as seen:
        run(tmp_path, [*verb, "--root", str(good)])
    assert seen == []


@requires("root")
@pytest.mark.parametrize("verb", VERBS, ids=VERB_NAMES)
def test_devices_in_the_place_of_files(good: Path, tmp_path: Path, verb: list[str]) -> None:
    devices = [replaced(good, name) for name in READ]
    for device in devices:  # /dev/zero, which never ends
        os.mknod(device, stat.S_IFCHR | 0o666, os.makedev(1, 5))
    with watched(*devices) as seen:
        run(tmp_path, [*verb, "--root", str(good)])
    assert seen == []


@pytest.mark.parametrize("verb", VERBS, ids=VERB_NAMES)
def test_huge_sparse_files(good: Path, tmp_path: Path, verb: list[str]) -> None:
    for name in READ:
        with replaced(good, name).open("wb") as file:
            file.truncate(10 << 30)
    run(tmp_path, [*verb, "--root", str(good)])


def test_a_huge_manifest(good: Path, tmp_path: Path) -> None:
    with (good / "bedplate.json").open("wb") as file:
        file.truncate(10 << 30)
    done = run(tmp_path, ["show", "--root", str(good)])
    assert done.returncode == 3
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("verb", VERBS, ids=VERB_NAMES)
def test_folders_in_the_place_of_files_and_files_of_folders(good: Path, tmp_path: Path, verb: list[str]) -> None:
    for name in READ:
        replaced(good, name).mkdir()
    for name in ("sys/bus/pci/devices", "proc/irq/7", "sys/devices/system/cpu/cpu1"):
        replaced(good, name).write_text("x")
    run(tmp_path, [*verb, "--root", str(good)])


@pytest.mark.parametrize("verb", VERBS, ids=VERB_NAMES)
def test_names_that_are_no_text(good: Path, tmp_path: Path, verb: list[str]) -> None:
    bad = b"\x1b]0;owned\x07\xff\n"
    for folder in ("sys/bus/pci/devices", "sys/devices/system/cpu", "proc/irq", "etc/sysctl.d"):
        (good / folder).mkdir(parents=True, exist_ok=True)
        os.mkdir(os.fsencode(good / folder) + b"/" + bad)
        os.symlink(bad, os.fsencode(good / folder) + b"/l" + bad)
    (good / "proc/cmdline").write_bytes(b"quiet " + bad)
    run(tmp_path, [*verb, "--root", str(good)])


def test_deep_folders_and_paths(good: Path, tmp_path: Path) -> None:
    deep = good / "sys"
    here = os.open(deep, os.O_RDONLY)
    for _ in range(2000):  # 6,000 characters: longer than any path may be
        os.mkdir("dd", dir_fd=here)
        below = os.open("dd", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)
    (good / "sys/bus").mkdir()
    (good / "sys/bus/pci").symlink_to("../" + "dd/" * 1300)
    try:
        run(tmp_path, ["show", "pci", "--root", str(good)])
    finally:
        subprocess.run(["rm", "-rf", str(deep)], check=True)


@pytest.mark.parametrize("verb", VERBS, ids=VERB_NAMES)
def test_an_archive_of_all_that(tmp_path: Path, verb: list[str]) -> None:
    path = archive(
        tmp_path / "a.tar",
        *files(),
        member("proc/interrupts", type=tarfile.FIFOTYPE),
        member("proc/irq", type=tarfile.SYMTYPE, linkname="irq"),
        member("sys/devices/system/cpu/present", type=tarfile.CHRTYPE, devmajor=1, devminor=5),
        member("sys/devices/system/cpu/cpu1", type=tarfile.SYMTYPE, linkname=".."),
        member("sys/bus/pci", type=tarfile.SYMTYPE, linkname="/sys/bus"),
        member("sys/bus/\udcff\x1b[2J", b""),
    )
    run(tmp_path, [*verb, "--root", path])


def test_a_hostile_manifest(good: Path, tmp_path: Path) -> None:
    run(tmp_path, ["capture", "--root", str(good), "-o", str(tmp_path / "mine")])
    document = json.loads((tmp_path / "mine/bedplate.json").read_bytes())
    document["unread"] = {
        "/sys/devices/system/cpu": {"folder": [f"cpu{n}" for n in range(60_000)] + ["..", "x\u001b[2J"]}
    }
    document["failed"] = {"/proc/cmdline": 4095, "/sys/devices/system/cpu/possible": 11}
    document["constants"]["architecture"] = "x86\u001b[2J"
    document["listed"] = ["/", "/sys", ""]
    (tmp_path / "mine/bedplate.json").write_text(json.dumps(document))
    (tmp_path / "mine/proc/cmdline").unlink()
    for verb in VERBS:
        run(tmp_path, [*verb, "--root", str(tmp_path / "mine")])
