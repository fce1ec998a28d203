"""Opens the right Root for a path: this host, this host seen from a container, or a capture."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from bedplate.errors import CaptureError, UsageError
from bedplate.host.root import LiveRoot
from bedplate.values.reading import errno_name

if TYPE_CHECKING:
    from bedplate.host.root import Root


def live_root(path: str = "/") -> Root:
    """Return this host's root; ``path`` is where its / is seen from here.  UsageError where that is not so."""
    if path == "/":
        return LiveRoot()
    from bedplate.host.folder import RelocatedRoot

    try:
        root = RelocatedRoot(path)
    except (OSError, ValueError) as error:
        raise UsageError(_why(error), path=path) from error
    if not root.exists("/proc/version"):
        root.close()
        raise UsageError("not the root of this host: no proc is mounted in it", path=path)
    with LiveRoot() as own:
        here = _boot_id(own)
    if here and _boot_id(root) != here:
        root.close()
        raise UsageError("not this host's root: another boot id (a capture is read with --root)", path=path)
    return root


def _boot_id(root: Root) -> bytes:
    """Return the number that the running kernel gave itself at boot (random(4)), nothing where it cannot be read."""
    try:
        return root.read("/proc/sys/kernel/random/boot_id").strip()
    except OSError:
        return b""


def captured_root(path: str) -> Root:
    """Return the root of a capture: a folder, .tar, .tar.gz or .tar.xz, told by what it is and not by its name.

    CaptureError where it is none, CaptureRefused and CaptureTooLarge where it is a hostile one.
    """
    try:
        if stat.S_ISDIR(os.stat(path).st_mode):
            from bedplate.host.folder import FolderRoot

            return FolderRoot(path)
        from bedplate.host.archive import ArchiveRoot

        return ArchiveRoot(path)
    except (OSError, ValueError) as error:
        raise CaptureError(_why(error), path=path) from error


def _why(error: OSError | ValueError) -> str:
    if isinstance(error, OSError) and error.errno:
        return f"cannot be opened: {os.strerror(error.errno)} ({errno_name(error.errno)})"
    return "not a path"
