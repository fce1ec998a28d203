"""A file that is larger than such a file can be costs little, and is said to be so."""

from __future__ import annotations

import contextlib
import io
import resource
import subprocess
import sys
import tarfile
import time
from typing import TYPE_CHECKING

import pytest

from bedplate.errors import ParseError
from bedplate.host.archive import ArchiveRoot
from bedplate.host.boot import read_boot_log
from bedplate.host.folder import FolderRoot
from bedplate.host.root import LOG_LIMIT_BYTES, READ_LIMIT_BYTES, sifted
from bedplate.parse.kernel_log import WANTED, parse_boot_log
from bedplate.values.reading import Malformed

if TYPE_CHECKING:
    from pathlib import Path


def test_a_file_over_its_limit_is_malformed(tmp_path: Path) -> None:
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc/x").write_bytes(b"x" * (READ_LIMIT_BYTES + 1))
    with FolderRoot(str(tmp_path)) as root:
        reading = root.reading("/proc/x", bytes)
        assert isinstance(reading, Malformed)
        assert "larger than such a file can be" in reading.error
        assert not isinstance(root.reading("/proc/x", bytes, limit=READ_LIMIT_BYTES + 1), Malformed)


@pytest.mark.parametrize("line", [b"\n", b"6,1,2,-;NO_HZ: x\n", b"[    1.000000] HugeTLB: a\n", b"Linux version "])
def test_a_long_log_is_read_quickly(line: bytes) -> None:
    text = line * (LOG_LIMIT_BYTES // len(line))
    began = time.process_time()
    with contextlib.suppress(ParseError):  # more lines that refuse a parameter than there are parameters
        parse_boot_log(sifted(text, WANTED))
    assert time.process_time() - began < 3


def test_sifted_lines_are_whole_and_in_order() -> None:
    text = b"a one\nb\none two\n\ntwo\nlast one"
    assert sifted(text, (b"two", b"one")) == b"a one\none two\ntwo\nlast one\n"
    assert sifted(b"", (b"x",)) == b""


def _bomb(path: Path) -> None:
    rows = b"           CPU0\n" + b" 1: 0 x\n" * (52 << 17)
    with tarfile.open(path, "w:gz", compresslevel=1) as tar:
        for name, data in (("dev/kmsg", b"6,1,2,-;NO_HZ: x\n" * (60 << 16)), ("proc/interrupts", rows)):
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))


def test_an_archive_of_large_files_costs_little(tmp_path: Path) -> None:
    path = tmp_path / "bomb.tar.gz"
    _bomb(path)
    command = [sys.executable, "-m", "bedplate", "check", "--root", str(path)]
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    subprocess.run(command, capture_output=True, check=False, timeout=60)
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before < 8
    with ArchiveRoot(str(path)) as root:
        log = read_boot_log(root)
        assert isinstance(log, Malformed)
        assert "larger than such a file can be" in log.error
