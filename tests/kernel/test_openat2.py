from __future__ import annotations

import ctypes
import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.requires import requires

from bedplate.kernel import openat2 as module
from bedplate.kernel.openat2 import Resolve, has_openat2, openat2

_PLACE = os.O_PATH | os.O_CLOEXEC


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[int]:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/file").write_bytes(b"text")
    (tmp_path / "in/out").symlink_to("../outside")
    (tmp_path / "in/top").symlink_to("/file")
    (tmp_path / "outside").write_bytes(b"secret")
    if not has_openat2():
        with pytest.raises(OSError, match=r"not implemented|not permitted"):
            openat2(-100, "/", _PLACE)
        pytest.skip("this kernel refuses openat2(2), as asserted")
    handle = os.open(tmp_path / "in", os.O_PATH | os.O_DIRECTORY)
    yield handle
    os.close(handle)


def text_of(folder: int, path: str, resolve: int) -> bytes:
    handle = openat2(folder, path, os.O_RDONLY | os.O_CLOEXEC, resolve=resolve)
    try:
        return os.read(handle, 100)
    finally:
        os.close(handle)


def errno_of(folder: int, path: str, resolve: int, flags: int = os.O_RDONLY) -> int | None:
    with pytest.raises(OSError) as caught:  # noqa: PT011 - its errno is what is looked at
        os.close(openat2(folder, path, flags, resolve=resolve))
    assert caught.value.filename == path
    return caught.value.errno


def test_nothing_leads_out_of_the_root(folder: int) -> None:
    assert text_of(folder, "/../file", Resolve.IN_ROOT) == b"text"
    assert text_of(folder, "top", Resolve.IN_ROOT) == b"text"
    assert text_of(folder, "out", 0) == b"secret"
    assert errno_of(folder, "out", Resolve.IN_ROOT) == errno.ENOENT
    assert errno_of(folder, "out", Resolve.BENEATH) == errno.EXDEV
    assert errno_of(folder, "out", Resolve.NO_SYMLINKS) == errno.ELOOP


def test_magic_links_are_refused() -> None:
    assert errno_of(-100, "/proc/self/exe", Resolve.NO_MAGICLINKS) == errno.ELOOP


def test_bad_arguments_are_errors(folder: int) -> None:
    assert errno_of(folder, "file", 1 << 40) == errno.EINVAL
    assert errno_of(folder, "file", 0, 1 << 40) == errno.EINVAL
    assert errno_of(folder, "nothing", 0) == errno.ENOENT
    assert errno_of(12345, "file", 0) == errno.EBADF
    with pytest.raises(ValueError, match="null"):
        openat2(folder, "file\0x", os.O_RDONLY)
    with pytest.raises(TypeError):
        openat2(folder, None, os.O_RDONLY)  # type: ignore[arg-type]


def test_a_descriptor_is_not_handed_down(folder: int) -> None:
    handle = openat2(folder, "file", _PLACE)
    assert not os.get_inheritable(handle)
    os.close(handle)


def test_unknown_flags_survive() -> None:
    assert Resolve(1 << 40 | 1) & Resolve.NO_XDEV
    assert int(Resolve(1 << 40)) == 1 << 40


def test_a_kernel_without_it_is_told_from_one_that_refuses() -> None:
    """The probe in a child where seccomp answers EPERM, as filters do that are older than the call."""
    program = """
import ctypes, os, struct, sys
from bedplate.kernel import openat2 as module
libc = ctypes.CDLL(None, use_errno=True)
number, answer = module._NUMBER, int(sys.argv[1])
# BPF: load the call's number; equal: return ERRNO | answer; else ALLOW.
code = b"".join(struct.pack("HBBI", *row) for row in [
    (0x20, 0, 0, 0), (0x15, 0, 1, number), (0x06, 0, 0, 0x00050000 | answer), (0x06, 0, 0, 0x7FFF0000)])
held = ctypes.create_string_buffer(code)
filter = struct.pack("HxxxxxxP", 4, ctypes.addressof(held))
assert libc.prctl(38, 1, 0, 0, 0) == 0
assert libc.prctl(22, 2, filter, 0, 0) == 0, os.strerror(ctypes.get_errno())
assert not module.has_openat2()
from bedplate.host.folder import FolderRoot
assert FolderRoot(sys.argv[2]).read("/proc/x") == b"x"
"""
    folder = Path(os.environ.get("TMPDIR", "/tmp")) / f"openat2-{os.getpid()}"
    (folder / "proc").mkdir(parents=True)
    (folder / "proc/x").write_bytes(b"x")
    try:
        for answer in (errno.ENOSYS, errno.EPERM):
            subprocess.run([sys.executable, "-c", program, str(answer), str(folder)], check=True, timeout=20)
    finally:
        shutil.rmtree(folder)


@requires("compiler")
def test_numbers_and_layout_are_those_of_the_headers(tmp_path: Path) -> None:
    source = tmp_path / "abi.c"
    names = [f"RESOLVE_{flag.name}" for flag in Resolve]
    lines = "".join(f'printf("%lld\\n", (long long){name});' for name in names)
    source.write_text(f"""
#include <stdio.h>
#include <sys/syscall.h>
#include <linux/openat2.h>
int main(void) {{ printf("%d\\n%zu\\n", SYS_openat2, sizeof(struct open_how)); {lines} }}
""")
    subprocess.run(["cc", "-o", tmp_path / "abi", source], check=True, timeout=60)
    told = subprocess.run([tmp_path / "abi"], check=True, capture_output=True, timeout=20).stdout.split()
    expected = [module._NUMBER, ctypes.sizeof(module._OpenHow), *map(int, Resolve)]  # pyright: ignore[reportPrivateUsage]
    assert [int(number) for number in told] == expected
