"""openat2(2) - open a file, and say how its path may be resolved.

Linux 5.6 and later.  The call is what makes a folder of somebody else's files safe to read: RESOLVE_IN_ROOT makes
the folder the root of the lookup, as chroot(2) would, so that no ``..`` and no link leads out of it.
glibc has no wrapper of it before 2.42, so it is called by its number.
"""

from __future__ import annotations

import ctypes
import errno
import os
from enum import KEEP, IntFlag
from functools import lru_cache

# The numbers of all architectures are the same since 5.0, but on alpha, where they are 110 higher
# (arch/alpha/kernel/syscalls/syscall.tbl), and on mips, where each ABI has a base of its own: there 437 is no call
# at all, the kernel answers ENOSYS, and callers take their other way.
_NUMBER = 547 if os.uname().machine == "alpha" else 437


class Resolve(IntFlag, boundary=KEEP):
    """RESOLVE_* of <linux/openat2.h>."""

    NO_XDEV = 0x01
    """Cross no mount point."""
    NO_MAGICLINKS = 0x02
    """Follow no magic link, such as /proc/PID/exe: ELOOP."""
    NO_SYMLINKS = 0x04
    """Follow no link at all: ELOOP."""
    BENEATH = 0x08
    """Stay below the folder; what leads out is EXDEV."""
    IN_ROOT = 0x10
    """The folder is the root of absolute paths and links, and ``..`` stops there."""
    CACHED = 0x20
    """Only what needs no disk (5.12)."""


class _OpenHow(ctypes.Structure):
    """struct open_how of <linux/openat2.h>, as of 5.6; the kernel takes longer ones where their tail is zero."""

    _fields_ = (("flags", ctypes.c_uint64), ("mode", ctypes.c_uint64), ("resolve", ctypes.c_uint64))


_HOW_BYTES = ctypes.sizeof(_OpenHow)

_syscall = ctypes.CDLL(None, use_errno=True).syscall
_syscall.argtypes = (ctypes.c_long, ctypes.c_int, ctypes.c_char_p, ctypes.POINTER(_OpenHow), ctypes.c_size_t)
_syscall.restype = ctypes.c_long


@lru_cache(maxsize=32)
def _how(flags: int, mode: int, resolve: int) -> _OpenHow:
    return _OpenHow(flags, mode, resolve)


def openat2(folder: int, path: bytes | str, flags: int, *, resolve: int = 0, mode: int = 0) -> int:
    """Return a new descriptor; openat2(2).

    ``path`` is resolved from the descriptor ``folder``.  Unlike openat(2) an unknown flag is EINVAL, never ignored.
    EAGAIN says that a rename or mount went on somewhere while a ``..`` was resolved: try again.  OSError as ever;
    ValueError where the path holds a NUL.  The caller closes the descriptor.
    """
    name = os.fsencode(path)
    if b"\0" in name:  # c_char_p would end there, and another file would be opened
        raise ValueError("embedded null byte")
    handle: int = _syscall(_NUMBER, folder, name, _how(flags, mode, resolve), _HOW_BYTES)
    if handle < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), path)
    return handle


@lru_cache(maxsize=1)
def has_openat2() -> bool:
    """Return whether openat2 works here, asked once by a call that cannot fail where it does.

    ENOSYS is the answer of kernels before 5.6 and of gVisor; seccomp filters that do not know the call answer ENOSYS
    or EPERM, and only a call that is known to be good tells that EPERM from a real one.
    """
    try:
        handle = openat2(-100, b"/", os.O_PATH | os.O_CLOEXEC)  # AT_FDCWD; an absolute path does not look at it
    except OSError as error:
        if error.errno in (errno.ENOSYS, errno.EPERM):
            return False
        raise
    os.close(handle)
    return True
