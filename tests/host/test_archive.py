from __future__ import annotations

import errno
import gzip
import io
import lzma
import resource
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests import recorded
from tests.host.everything import everything
from tests.requires import requires

from bedplate.errors import CaptureError
from bedplate.host.archive import ArchiveRoot
from bedplate.host.archive_tree import NAMES_LIMIT
from bedplate.host.folder import FolderRoot
from bedplate.host.open import captured_root

FILES = {"proc/cmdline": b"quiet\n", "sys/empty": b"", "sys/devices/system/cpu/online": b"0-3\n"}


def member(name: str, data: bytes = b"", **fields: object) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.size = len(data)
    for field, value in fields.items():
        setattr(info, field, value)
    return info, data


def archive(
    path: Path, *members: tuple[tarfile.TarInfo, bytes], mode: str = "w", form: int = tarfile.GNU_FORMAT
) -> str:
    opener: Callable[..., tarfile.TarFile] = tarfile.open
    with opener(path, mode, format=form) as made:
        for info, data in members:
            made.addfile(info, io.BytesIO(data))
    return str(path)


def files(prefix: str = "") -> list[tuple[tarfile.TarInfo, bytes]]:
    return [member(prefix + name, data) for name, data in FILES.items()]


def refusal(path: str) -> str:
    """Return the one line that opening the archive ends with."""
    with pytest.raises(CaptureError) as caught:
        captured_root(path).close()
    line = str(caught.value)
    assert line.isprintable()
    assert line.startswith(path)
    return f"{type(caught.value).__name__}: {line.removeprefix(path)}"


@recorded.each_machine
def test_an_archive_answers_as_the_folder_does(machine: str) -> None:
    with FolderRoot(str(recorded.folder(machine))) as folder, ArchiveRoot(str(recorded.archive(machine))) as packed:
        assert list(everything(folder)) == list(everything(packed))


@requires("hosts")
def test_the_largest_recorded_machine_loads_in_little_memory() -> None:
    largest = max(recorded.MACHINES, key=lambda name: recorded.archive(name).stat().st_size)
    # VmHWM and not ru_maxrss, which execve(2) hands down from the process that forked.
    program = f"""
from bedplate.host.archive import ArchiveRoot
ArchiveRoot({str(recorded.archive(largest))!r})
print(open("/proc/self/status").read().split("VmHWM:")[1].split()[0])
"""
    done = subprocess.run([sys.executable, "-c", program], check=True, timeout=60, capture_output=True)
    assert int(done.stdout) < 65_000, f"{largest}: {int(done.stdout)} kB"


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
@pytest.mark.parametrize("mode", ["w", "w:gz", "w:xz"])
def test_formats_and_packings_are_told_by_what_they_are(tmp_path: Path, form: int, mode: str) -> None:
    long = "sys/" + "/".join(["a" * 60, "b" * 60, "c" * 60])
    extra = [] if form == tarfile.USTAR_FORMAT else [member("sys/" + "d" * 250, b"long name"), member("proc/ü", b"u")]
    path = archive(tmp_path / "capture.dat", *files(), member(long, b"x"), *extra, mode=mode, form=form)
    with captured_root(path) as root:
        assert not root.live
        assert root.read("/proc/cmdline") == b"quiet\n"
        assert root.read("/sys/empty") == b""
        assert root.read("/" + long) == b"x"
        assert root.names("/sys/devices/system") == ["cpu"]
        if extra:
            assert root.read("/sys/" + "d" * 250) == b"long name"
            assert root.read("/proc/ü") == b"u"


@pytest.mark.parametrize("prefix", ["./", "db-07/", "./db-07/", "must-gather/node-3/"])
def test_a_leading_folder_is_passed_over(tmp_path: Path, prefix: str) -> None:
    path = archive(tmp_path / "a.tar", member("./", type=tarfile.DIRTYPE), *files(prefix))
    with captured_root(path) as root:
        assert root.read("/proc/cmdline") == b"quiet\n"


LINKS = {
    "/proc/up": ("../../../etc/passwd", errno.ENOENT),
    "/proc/absolute": ("/etc/passwd", errno.ENOENT),
    "/proc/cycle": ("cycle", errno.ELOOP),
    "/proc/there": ("back", errno.ELOOP),
    "/proc/back": ("there", errno.ELOOP),
    "/proc/magic": ("/proc/self/fd/0", errno.ENOENT),
    "/proc/through-file": ("cmdline/x", errno.ENOTDIR),
    "/proc/slash": ("cmdline/", errno.ENOTDIR),
    "/proc/nothing": ("", errno.ENOENT),
    "/proc/endless": ("x/" * 3000, errno.ENAMETOOLONG),
    "/proc/folder": ("..", errno.EISDIR),
}


def test_a_link_leads_nowhere_outside(tmp_path: Path) -> None:
    links = [member(path[1:], type=tarfile.SYMTYPE, linkname=target) for path, (target, _) in LINKS.items()]
    inside = member("sys/in", type=tarfile.SYMTYPE, linkname="/proc/../../proc/cmdline")
    with captured_root(archive(tmp_path / "a.tar", *files(), inside, *links)) as root:
        assert root.read("/sys/in") == b"quiet\n"
        for path, (target, number) in LINKS.items():
            assert root.link(path) == target
            with pytest.raises(OSError) as caught:  # noqa: PT011 - its errno is what is looked at
                root.read(path)
            assert caught.value.errno == number, path


HARD = {"type": tarfile.LNKTYPE}
REFUSED = {
    "absolute": ([member("/etc/passwd", b"x")], "absolute name"),
    "absolute in root": ([member("/passwd", b"x")], "absolute name"),
    "absolute folder": ([member("/proc", type=tarfile.DIRTYPE)], "absolute name"),
    "up": ([member("../canary", b"x")], "leads out of it"),
    "up inside": ([member("proc/../sys/x", b"x")], "leads out of it"),
    "up folder": ([member("proc/..", type=tarfile.DIRTYPE)], "leads out of it"),
    "up link": ([member("sys/..", type=tarfile.SYMTYPE, linkname="x")], "leads out of it"),
    "dot": ([member("proc/.", b"x")], "leads out of it"),
    "through a link": (
        [member("sys/out", type=tarfile.SYMTYPE, linkname="/etc"), member("sys/out/passwd", b"x")],
        "below one that is no folder",
    ),
    "below a file": ([member("proc/cmdline/x", b"x")], "below one that is no folder"),
    "file on a folder": ([member("sys/devices", b"x")], "a folder as well"),
    "hard link outside": ([member("sys/hard", linkname="/etc/passwd", **HARD)], "absolute name"),
    "hard link up": ([member("sys/hard", linkname="../../etc/passwd", **HARD)], "leads out of it"),
    "hard link to nothing": ([member("sys/hard", linkname="etc/passwd", **HARD)], "not an earlier file"),
    "hard link to a folder": ([member("sys/hard", linkname="sys", **HARD)], "not an earlier file"),
    "hard link to itself": ([member("sys/hard", linkname="sys/hard", **HARD)], "not an earlier file"),
    "deep": ([member("sys/" + "d/" * 80 + "x", b"x")], "too long or deep"),
    "long": ([member("sys/" + "d" * 300, b"x")], "too long a name"),
    "very long": ([member("sys/" + "d/" * 3000, b"x")], "too long or deep"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_member_that_reaches_outside_is_refused(tmp_path: Path, case: str) -> None:
    members, words = REFUSED[case]
    assert words in refusal(archive(tmp_path / "a.tar", *files(), *members))


def test_hard_links_inside_devices_and_duplicates(tmp_path: Path) -> None:
    path = archive(
        tmp_path / "a.tar",
        *files(),
        member("sys/hard", linkname="./proc/cmdline", **HARD),
        member("proc/fifo", type=tarfile.FIFOTYPE),
        member("proc/zero", type=tarfile.CHRTYPE, devmajor=1, devminor=5),
        member("proc/disk", type=tarfile.BLKTYPE, devmajor=8),
        member("proc/cmdline", b"the last one\n"),
        member("sys/devices", type=tarfile.DIRTYPE),
        member("sys/strange", b"data", type=b"Q"),
    )
    with captured_root(path) as root:
        assert root.read("/sys/hard") == b"quiet\n"
        assert root.read("/proc/cmdline") == b"the last one\n"
        assert root.read("/sys/devices/system/cpu/online") == b"0-3\n"
        assert {entry.name: entry.kind for entry in root.entries("/proc")} == {
            "cmdline": "file",
            "disk": "other",
            "fifo": "other",
            "zero": "other",
        }
        assert "a fifo, device or socket" in str(root.reading("/proc/zero", bytes.decode))
        assert "strange" not in root.names("/sys")


def test_names_that_are_not_text_come_back_as_they_were(tmp_path: Path) -> None:
    name = b"proc/\xff\x1b[2J".decode("utf-8", "surrogateescape")
    with captured_root(archive(tmp_path / "a.tar", *files(), member(name, b"x"))) as root:
        assert name.removeprefix("proc/") in root.names("/proc")
        assert root.read("/" + name) == b"x"


def test_a_nul_in_a_long_name_is_refused(tmp_path: Path) -> None:
    info = member("sys/x", b"")[0]
    info.pax_headers = {"path": "sys/a\0b"}
    assert "leads out of it" in refusal(archive(tmp_path / "a.tar", *files(), (info, b""), form=tarfile.PAX_FORMAT))


def test_a_sparse_member_is_refused(tmp_path: Path) -> None:
    (tmp_path / "proc").mkdir()
    with (tmp_path / "proc/huge").open("wb") as file:
        file.truncate(10 << 30)
    for form in ("gnu", "posix"):
        made = ["tar", f"--format={form}", "--sparse", "-C", str(tmp_path), "-cf", str(tmp_path / "a.tar"), "proc"]
        subprocess.run(made, check=True, timeout=60)
        assert "CaptureRefused: : a sparse member" in refusal(str(tmp_path / "a.tar"))


def bounded(program: str, path: Path) -> str:
    """Run a program that opens ``path`` in little memory and time; return what it prints."""
    source = (
        "import sys\nfrom bedplate.errors import CaptureError\nfrom bedplate.host.open import captured_root\n" + program
    )

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (700 << 20, 700 << 20))

    command = [sys.executable, "-c", source, str(path)]
    done = subprocess.run(command, timeout=20, capture_output=True, text=True, check=False, preexec_fn=limit)
    assert done.returncode == 0, done.stderr
    return done.stdout


OPEN = """
import time
began = time.process_time()
try:
    captured_root(sys.argv[1])
except CaptureError as error:
    print(f"{time.process_time() - began:.2f} {type(error).__name__} {error}")
"""


def header(name: str, size: int = 0) -> bytes:
    info = tarfile.TarInfo(name)
    info.size = size
    return info.tobuf(tarfile.GNU_FORMAT)


def zeros(size: int) -> Iterator[bytes]:
    yield from (bytes(1 << 20) for _ in range(size >> 20))


def bomb_of_zeros() -> Iterator[bytes]:
    yield header("proc/x", 1)
    yield b"x".ljust(512, b"\0")
    yield from zeros(600 << 20)


def bomb_of_a_large_member() -> Iterator[bytes]:
    yield header("proc/x", 8 << 30)
    yield from zeros(100 << 20)


def bomb_of_many_members() -> Iterator[bytes]:
    for _ in range(12):
        yield header("proc/x", 60 << 20)
        yield from zeros(60 << 20)


def bomb_of_many_names() -> Iterator[bytes]:
    """Ten million names would be 5 GB; the reader gives up long before."""
    for number in range(NAMES_LIMIT // 100 + 10):
        block = header(f"proc/{number:06}xx")
        # Other names with the same checksum: one letter up, the other down.
        yield b"".join(block.replace(b"xx", bytes([70 + n, 170 - n]), 1) for n in range(100))


def bomb_of_many_folders() -> Iterator[bytes]:
    for number in range(NAMES_LIMIT // 30):
        yield header(f"proc/{number}/" + "d/" * 35 + "x")


def bomb_of_long_headers() -> Iterator[bytes]:
    long = tarfile.TarInfo("././@LongLink")
    long.type, long.size = tarfile.GNUTYPE_LONGNAME, 1 << 30
    yield long.tobuf(tarfile.GNU_FORMAT)
    yield from zeros(64 << 20)


BOMBS: list[Callable[[], Iterator[bytes]]] = [
    bomb_of_zeros,
    bomb_of_a_large_member,
    bomb_of_many_members,
    bomb_of_many_names,
    bomb_of_many_folders,
    bomb_of_long_headers,
]


@pytest.mark.parametrize("packing", ["gz", "xz"])
@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_is_refused_early(tmp_path: Path, bomb: Callable[[], Iterator[bytes]], packing: str) -> None:
    path = tmp_path / "bomb"
    with gzip.open(path, "wb", 1) if packing == "gz" else lzma.open(path, "wb", preset=0) as made:
        for piece in bomb():
            made.write(piece)
    seconds, kind, line = bounded(OPEN, path).split(" ", 2)
    assert kind == "CaptureTooLarge", line
    assert float(seconds) < 6, line


def test_xz_that_needs_much_memory_is_refused(tmp_path: Path) -> None:
    filters = [{"id": lzma.FILTER_LZMA2, "preset": 6, "dict_size": 1 << 30}]
    data = header("proc/x") + bytes(10240)
    # Packed with a small dictionary and then told to be a large one, for packing so takes 10 GB.
    small = lzma.compress(data, check=lzma.CHECK_NONE, filters=[{**filters[0], "dict_size": 1 << 16}])
    path = tmp_path / "a.tar.xz"
    path.write_bytes(with_dictionary(small, 0x24))
    assert "CaptureTooLarge: : its xz needs more than 100 MiB" in refusal(str(path))


def with_dictionary(packed: bytes, size_code: int) -> bytes:
    """Return an xz stream with another dictionary size in its first block header."""
    import zlib

    size = (packed[12] + 1) * 4
    block = bytearray(packed[12 : 12 + size])
    at = block.index(b"\x21\x01") + 2
    block[at] = size_code
    block[-4:] = zlib.crc32(bytes(block[:-4])).to_bytes(4, "little")
    return packed[:12] + bytes(block) + packed[12 + size :]


def test_archives_that_are_none(tmp_path: Path) -> None:
    whole = Path(archive(tmp_path / "whole.tar", *files())).read_bytes()
    packed = {"gz": gzip.compress(whole, mtime=0), "xz": lzma.compress(whole)}
    cases = {
        b"": "an empty file",
        b"hello\n": "not a tar archive",
        b"hello\n" * 1000: "not a tar archive",
        bytes(512): "neither proc/ nor sys/",
        bytes(10240): "neither proc/ nor sys/",
        b"BZh91AY": "packed with bzip2",
        b"PK\x03\x04": "packed with zip",
        b"\x28\xb5\x2f\xfd": "packed with zstd",
        b"\x1f\x8b": "cut short",
        b"\x1f\x8bxxxxxxxxxxxx": "damaged",
        b"\xfd7zXZ\0": "cut short",
        b"\xfd7zXZ\0" + bytes(30): "damaged",
        whole[:300]: "cut short",
        whole[:512]: "cut short",
        whole[:700]: "cut short",
        whole[:1024]: "cut short",
        whole[:1024] + b"\xff" * 512 + whole[1536:]: "damaged",
        packed["gz"][:-1]: "cut short",
        packed["gz"][:-9]: "cut short",
        packed["gz"][:-8] + b"xxxxxxxx": "damaged",
        packed["gz"][:60]: "cut short",
        packed["gz"] + b"more": "damaged",
        packed["xz"][:-1]: "cut short",
        packed["xz"][:80]: "cut short",
        packed["xz"][:60] + b"\0\0\0\0" + packed["xz"][64:]: "damaged",
        gzip.compress(packed["gz"]): "not a tar archive",
        whole.replace(b"proc/", b"prox/").replace(b"sys/", b"syz/"): "not a tar archive",
    }
    for number, (data, words) in enumerate(cases.items()):
        path = tmp_path / f"case{number}"
        path.write_bytes(data)
        assert words in refusal(str(path)), (number, data[:40])


def test_streams_one_behind_the_other_are_one(tmp_path: Path) -> None:
    whole = Path(archive(tmp_path / "whole.tar", *files())).read_bytes()
    for pack in (gzip.compress, lzma.compress):
        path = tmp_path / "parts"
        path.write_bytes(pack(whole[:700]) + bytes(8) + pack(whole[700:]) + bytes(4))
        with captured_root(str(path)) as root:
            assert root.read("/proc/cmdline") == b"quiet\n"
    path.write_bytes(b"".join([gzip.compress(whole)] + [gzip.compress(b"")] * 10_001))
    assert "more than 10000 packed streams" in refusal(str(path))


def test_a_fifo_is_not_waited_for(tmp_path: Path) -> None:
    import os

    os.mkfifo(tmp_path / "fifo")
    began = time.monotonic()
    assert "neither a folder nor a file" in refusal(str(tmp_path / "fifo"))
    assert time.monotonic() - began < 10


@settings(max_examples=60, deadline=None)
@given(
    at=st.integers(0, 6000),
    junk=st.binary(min_size=1, max_size=40),
    form=st.sampled_from([tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]),
)
def test_any_damage_gives_a_root_or_one_error(
    tmp_path_factory: pytest.TempPathFactory, at: int, junk: bytes, form: int
) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    path = archive(folder / "a.tar", *files(), member("sys/" + "d" * 200, b"x"), form=form)
    data = Path(path).read_bytes()
    Path(path).write_bytes(data[:at] + junk + data[at + len(junk) :])
    try:
        with captured_root(path) as root:
            list(everything(root))
    except CaptureError as error:
        line = str(error)
    else:
        line = ""
    assert not line or line.isprintable()
