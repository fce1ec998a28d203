from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests import recorded
from tests.host.everything import everything
from tests.requires import requires

from bedplate.errors import CaptureError
from bedplate.host.folder import FolderRoot, RelocatedRoot
from bedplate.host.open import captured_root, live_root
from bedplate.host.root import LiveRoot, Root, scan


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    """A folder that is a capture, beside a file that no capture may reach."""
    (tmp_path / "canary").write_bytes(b"canary\n")
    folder = tmp_path / "capture"
    (folder / "proc").mkdir(parents=True)
    (folder / "sys/devices").mkdir(parents=True)
    (folder / "proc/cmdline").write_bytes(b"quiet\n")
    return folder


@pytest.fixture(params=["openat2", "walk"])
def by_kernel(request: pytest.FixtureRequest) -> bool:
    return bool(request.param == "openat2")


@pytest.fixture
def root(capture: Path, by_kernel: bool) -> Iterator[FolderRoot]:
    with FolderRoot(str(capture), by_kernel=by_kernel) as opened:
        yield opened


def errno_of(root: Root, path: str) -> int:
    with pytest.raises(OSError) as caught:  # noqa: PT011 - its errno is what is looked at
        root.read(path)
    assert caught.value.errno is not None
    return caught.value.errno


# Every eighth, for the speed of the tests: that an archive answers as the folder does is tested on all.
@pytest.mark.parametrize("machine", recorded.MACHINES[::8] or [pytest.param("none", marks=requires("hosts"))])
def test_both_ways_answer_alike_on_recorded_machines(machine: str) -> None:
    folder = str(recorded.folder(machine))
    with FolderRoot(folder, by_kernel=True) as one, FolderRoot(folder, by_kernel=False) as other:
        assert list(everything(one)) == list(everything(other))


LINKS = {
    "proc/absolute": "/canary",
    "proc/up": "../../canary",
    "proc/far-up": "../../../../../../../../canary",
    "proc/outside": "{outside}/canary",
    "proc/cycle": "cycle",
    "proc/there": "back",
    "proc/back": "there",
    "proc/magic": "/proc/self/fd/0",
    "proc/magic-root": "/proc/1/root/etc/passwd",
    "proc/through-file": "cmdline/x",
    "proc/slash": "cmdline/",
    "sys/loop": "..",
}


@pytest.fixture
def linked(capture: Path) -> Path:
    for name, target in LINKS.items():
        (capture / name).symlink_to(target.format(outside=capture.parent))
    return capture


@pytest.mark.parametrize("name", sorted(set(LINKS) - {"sys/loop"}))
def test_a_link_leads_nowhere_outside(linked: Path, by_kernel: bool, name: str) -> None:
    with FolderRoot(str(linked), by_kernel=by_kernel) as root:
        expected = {
            "cycle": errno.ELOOP,
            "there": errno.ELOOP,
            "back": errno.ELOOP,
            "through-file": errno.ENOTDIR,
            "slash": errno.ENOTDIR,
        }.get(Path(name).name, errno.ENOENT)
        assert errno_of(root, f"/{name}") == expected


def test_links_inside_are_followed_within_the_capture(linked: Path, by_kernel: bool) -> None:
    (linked / "proc/in").symlink_to("/proc/cmdline")
    (linked / "proc/out-and-in").symlink_to("../../../../../proc/cmdline")
    with FolderRoot(str(linked), by_kernel=by_kernel) as root:
        assert root.read("/proc/in") == b"quiet\n"
        assert root.read("/proc/out-and-in") == b"quiet\n"
        assert root.read("/sys/loop/sys/loop/proc/cmdline") == b"quiet\n"
        assert root.read("/../../proc/../../proc/./cmdline") == b"quiet\n"
        assert root.link("/proc/in") == "/proc/cmdline"


def test_forty_links_are_followed_and_forty_one_are_not(capture: Path, by_kernel: bool) -> None:
    for number in range(41):
        (capture / f"proc/l{number}").symlink_to(f"l{number - 1}" if number else "cmdline")
    with FolderRoot(str(capture), by_kernel=by_kernel) as root:
        assert root.read("/proc/l39") == b"quiet\n"
        assert errno_of(root, "/proc/l40") == errno.ELOOP


def test_paths_that_no_file_can_have_are_errors_of_the_system(root: FolderRoot) -> None:
    assert errno_of(root, "/proc/a\0b") == errno.EINVAL
    assert errno_of(root, "/proc\0/cmdline") == errno.EINVAL
    assert errno_of(root, "/proc/\ud800") == errno.EINVAL
    assert errno_of(root, "/proc/" + "x" * 300) == errno.ENAMETOOLONG
    assert errno_of(root, "/proc") == errno.EISDIR
    assert errno_of(root, "/") == errno.EISDIR
    assert errno_of(root, "/proc/cmdline/x") == errno.ENOTDIR
    assert errno_of(root, "/nothing/x") == errno.ENOENT


def test_a_link_that_is_none(root: FolderRoot) -> None:
    for path, number in [("/proc/cmdline", errno.EINVAL), ("/proc", errno.EINVAL), ("/proc/x", errno.ENOENT)]:
        with pytest.raises(OSError) as caught:  # noqa: PT011 - its errno is what is looked at
            root.link(path)
        assert caught.value.errno == number, path


def test_a_fifo_is_never_opened(capture: Path, by_kernel: bool) -> None:
    os.mkfifo(capture / "proc/fifo")
    # A writer's open ends with ENXIO as long as nobody has the fifo open for reading.
    with FolderRoot(str(capture), by_kernel=by_kernel) as root:
        began = time.monotonic()
        reading = root.reading("/proc/fifo", bytes.decode)
        assert errno_of(root, "/proc/fifo") == errno.EINVAL
        assert time.monotonic() - began < 5
        assert "a fifo, device or socket" in str(reading)
        with pytest.raises(OSError, match="No such device or address"):
            os.open(capture / "proc/fifo", os.O_WRONLY | os.O_NONBLOCK)


@requires("root")
def test_a_device_is_never_opened(capture: Path, by_kernel: bool) -> None:
    os.mknod(capture / "proc/zero", stat.S_IFCHR | 0o666, os.makedev(1, 5))
    os.mknod(capture / "proc/disk", stat.S_IFBLK | 0o666, os.makedev(7, 0))
    with FolderRoot(str(capture), by_kernel=by_kernel) as root:
        assert errno_of(root, "/proc/zero") == errno.EINVAL
        assert errno_of(root, "/proc/disk") == errno.EINVAL
        assert {entry.name: entry.kind for entry in root.entries("/proc")} == {
            "cmdline": "file",
            "disk": "other",
            "zero": "other",
        }


def test_a_huge_sparse_file_is_refused_at_once(capture: Path, root: FolderRoot) -> None:
    with (capture / "proc/huge").open("wb") as file:
        file.truncate(10 << 30)
    began = time.monotonic()
    assert errno_of(root, "/proc/huge") == errno.EFBIG
    assert time.monotonic() - began < 5


def test_a_limit_is_exact(capture: Path, root: FolderRoot) -> None:
    (capture / "proc/ten").write_bytes(b"0123456789")
    assert root.read("/proc/ten", 10) == b"0123456789"
    with pytest.raises(OSError, match="too large"):
        root.read("/proc/ten", 9)


def test_more_folders_than_are_held_open(capture: Path, root: FolderRoot) -> None:
    before = len(os.listdir("/proc/self/fd"))
    for number in range(200):
        (capture / f"sys/devices/d{number}").mkdir()
        (capture / f"sys/devices/d{number}/n").write_text(str(number))
    for _ in range(2):
        assert [root.read(f"/sys/devices/d{n}/n") for n in range(200)] == [str(n).encode() for n in range(200)]
    assert len(os.listdir("/proc/self/fd")) <= before + 64
    root.close()
    root.close()
    assert len(os.listdir("/proc/self/fd")) <= before


def test_renames_elsewhere_disturb_no_lookup(capture: Path, tmp_path: Path) -> None:
    """openat2(2) answers EAGAIN to .. while anything is renamed anywhere; that must not be seen."""
    (capture / "sys/devices/up").symlink_to("../../sys/../proc/../proc/cmdline")
    (tmp_path / "a").touch()
    over = threading.Event()

    def rename() -> None:
        while not over.is_set():
            os.rename(tmp_path / "a", tmp_path / "b")
            os.rename(tmp_path / "b", tmp_path / "a")

    busy = threading.Thread(target=rename)
    busy.start()
    try:
        with FolderRoot(str(capture)) as root:
            for _ in range(3000):
                assert root.read("/sys/devices/up") == b"quiet\n"
    finally:
        over.set()
        busy.join()


def test_a_folder_of_too_many_names(capture: Path) -> None:
    for number in range(11):
        (capture / f"sys/n{number}").touch()
    handle = os.open(capture / "sys", os.O_RDONLY)
    try:
        assert len(scan(handle, 12)) == 12
        os.lseek(handle, 0, os.SEEK_SET)
        with pytest.raises(OSError, match="more than 11 names"):
            scan(handle, 11)
    finally:
        os.close(handle)


def test_a_child_reads_on_after_fork(capture: Path) -> None:
    program = f"""
import os, sys
from bedplate.host.folder import FolderRoot
root = FolderRoot({str(capture)!r})
child = os.fork()
if child == 0:
    other = os.open("/proc/self/status", os.O_RDONLY)
    os._exit(0 if root.read("/proc/cmdline") == b"quiet\\n" else 1)
decoys = [os.open("/dev/null", os.O_RDONLY) for _ in range(20)]
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=20)


@pytest.mark.parametrize("leading", ["", "db-07", "must-gather/node-3", "a/b/c"])
def test_a_leading_folder_is_passed_over(tmp_path: Path, leading: str) -> None:
    (tmp_path / leading / "proc").mkdir(parents=True)
    (tmp_path / leading / "proc/cmdline").write_bytes(b"x")
    (tmp_path / "README").write_bytes(b"beside the folder\n")
    with captured_root(str(tmp_path)) as root:
        assert root.read("/proc/cmdline") == b"x"


def test_what_is_no_capture_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "one/two/three/four/five/proc").mkdir(parents=True)
    (tmp_path / "a").mkdir()
    for path, words in [
        (tmp_path, "neither proc/ nor sys/"),
        (tmp_path / "one", "neither proc/ nor sys/"),
        (tmp_path / "a", "neither proc/ nor sys/"),
        (tmp_path / "nothing", "ENOENT"),
        (Path("/dev/null"), "neither a folder nor a file"),
        (Path(f"{tmp_path}\0x"), "not a path"),
    ]:
        with pytest.raises(CaptureError, match=words) as caught:
            captured_root(str(path))
        assert "\n" not in str(caught.value)


def test_a_link_leads_not_into_a_capture(tmp_path: Path) -> None:
    (tmp_path / "proc").symlink_to("/proc")
    with captured_root(str(tmp_path)) as root:
        assert errno_of(root, "/proc/version") == errno.ELOOP


def test_the_live_host_is_the_same_seen_from_elsewhere(by_kernel: bool) -> None:
    paths = ["/proc/cmdline", "/proc/version", "/sys/devices/system/cpu/possible", "/sys/devices/system/cpu/online"]
    with LiveRoot() as here, RelocatedRoot("/", by_kernel=by_kernel) as there:
        assert there.live
        for path in paths:
            assert here.read(path) == there.read(path)
        assert here.entries("/sys/devices/system/cpu") == there.entries("/sys/devices/system/cpu")
        assert here.link("/sys/class/net/lo") == there.link("/sys/class/net/lo")


@requires("namespaces")
def test_a_relocated_host_follows_its_own_links(tmp_path: Path) -> None:
    """What a container sees: the host's / at another path, with links that begin at that path."""
    program = f"""
from bedplate.host.open import live_root
from bedplate.host.root import LiveRoot
with live_root({str(tmp_path)!r}) as there, LiveRoot() as here:
    for path in ("/proc/version", "/sys/devices/system/cpu/online", "/version-by-link"):
        assert there.read(path) == here.read(path.replace("/version-by-link", "/proc/version")), path
    assert there.where == {str(tmp_path)!r}
"""
    (tmp_path / "proc").mkdir()
    (tmp_path / "sys").mkdir()
    (tmp_path / "version-by-link").symlink_to("/proc/version")
    mounts = f"mount --rbind /proc {tmp_path}/proc && mount --rbind /sys {tmp_path}/sys && exec {sys.executable} -c"
    subprocess.run(["unshare", "--mount", "sh", "-c", f'{mounts} "$0"', program], check=True, timeout=20)


def test_a_relocated_host_that_is_none(tmp_path: Path) -> None:
    from bedplate.errors import UsageError

    for path in (tmp_path, tmp_path / "nothing"):
        with pytest.raises(UsageError, match=r"no proc is mounted|ENOENT"):
            live_root(str(path))
