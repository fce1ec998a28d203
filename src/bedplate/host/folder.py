"""Roots that are a folder here: a captured host (FolderRoot), or this host seen from a container (RelocatedRoot).

A captured folder is somebody else's: its links, fifos and devices are theirs.  No path leads out of it, and nothing
of it but regular files is ever opened to be read, for the opening alone can act (a device) or hang (a fifo).
"""

from __future__ import annotations

import errno
import os
import stat
from threading import Lock
from typing import TYPE_CHECKING

from bedplate.errors import CaptureError
from bedplate.host.captured import LEADING_FOLDERS_LIMIT, NO_CAPTURE, CapturedRoot
from bedplate.host.links import Step, failure, resolve
from bedplate.host.manifest import is_capture
from bedplate.host.root import READ_LIMIT_BYTES, Root, flags_to_read, kind_of_mode, read_all, scan
from bedplate.kernel.openat2 import Resolve, has_openat2, openat2

if TYPE_CHECKING:
    from bedplate.host.held import HeldFolder
    from bedplate.host.root import Entry

_AS_PLACE = os.O_PATH | os.O_CLOEXEC
_TO_READ = os.O_RDONLY | os.O_CLOEXEC | os.O_NOCTTY
_INSIDE = Resolve.IN_ROOT | Resolve.NO_MAGICLINKS
# openat2(2) answers EAGAIN to ".." when anything is renamed or mounted anywhere on the machine meanwhile.
_TRIES = 64
# Readers take several files from one folder and go on to the next; the limit of descriptors is often 1024.
_HELD_FOLDERS = 64


class Descriptors:
    """The descriptors of this process, which let what one stands for be opened again: the very file, not its path."""

    def __init__(self) -> None:
        self._open()

    def _open(self) -> None:
        self._pid = os.getpid()
        self._folder = os.open("/proc/self/fd", _AS_PLACE | os.O_DIRECTORY)

    def reopened(self, place: int, flags: int) -> int:
        """Return a new descriptor of what ``place``, opened with O_PATH, stands for."""
        if os.getpid() != self._pid:  # after fork() the folder is still that of the parent
            self.close()
            self._open()
        return os.open(str(place), flags, dir_fd=self._folder)

    def close(self) -> None:
        """Close the folder."""
        os.close(self._folder)


class Tree:
    """An open folder, and the two ways to resolve a path inside of it: openat2(2), and one name at a time."""

    def __init__(self, path: str, *, by_kernel: bool | None = None) -> None:
        self._by_kernel = has_openat2() if by_kernel is None else by_kernel
        self.descriptors = Descriptors()
        self.folder = os.open(path, _AS_PLACE | os.O_DIRECTORY)

    def place(self, path: str, flags: int = _AS_PLACE) -> int:
        """Return a new descriptor of what ``path`` leads to, and never of anything outside; OSError.

        By default it is one that stands for the place alone (O_PATH).
        """
        try:
            return self._ask(path, flags) if self._by_kernel else self._walk(path, flags)
        except ValueError:  # a NUL, or text that no name is made of
            raise failure(errno.EINVAL, path) from None

    def _ask(self, path: str, flags: int) -> int:
        for _ in range(_TRIES):
            try:
                return openat2(self.folder, path or "/", flags, resolve=_INSIDE)
            except BlockingIOError:
                continue
        return self._walk(path, flags)

    def _walk(self, path: str, flags: int) -> int:
        opened: list[int] = []

        def look(folder: int, name: str) -> Step[int]:
            handle = os.open(name, _AS_PLACE | os.O_NOFOLLOW, dir_fd=folder)
            opened.append(handle)
            kind = kind_of_mode(os.fstat(handle).st_mode)
            return Step(kind, handle, os.readlink("", dir_fd=handle) if kind == "link" else "")

        try:
            found = resolve(path, self.folder, look, follow=not flags & os.O_NOFOLLOW).handle
            return os.dup(found) if flags & os.O_PATH else self.descriptors.reopened(found, flags)
        finally:
            for handle in opened:
                os.close(handle)

    def entries(self, path: str) -> list[Entry]:
        """Return what a folder holds, sorted by name; OSError."""
        handle = self.place(path, _TO_READ | os.O_DIRECTORY)
        try:
            return scan(handle)
        finally:
            os.close(handle)

    def link(self, path: str) -> str:
        """Return the text of a link; OSError EINVAL where the path is not one."""
        place = self.place(path, _AS_PLACE | os.O_NOFOLLOW)
        try:
            if not stat.S_ISLNK(os.fstat(place).st_mode):  # readlinkat(2) would say ENOENT
                raise failure(errno.EINVAL, path)
            return os.readlink("", dir_fd=place)
        finally:
            os.close(place)

    def enter(self, path: str) -> None:
        """Make a folder in this one the root of it."""
        inner = self.place(path, _AS_PLACE | os.O_DIRECTORY)
        os.close(self.folder)
        self.folder = inner

    def close(self) -> None:
        """Close the folder; a second time does nothing."""
        if self.folder >= 0:
            os.close(self.folder)
            self.folder = -1
            self.descriptors.close()


class RelocatedRoot(Root):
    """This host, whose / is seen at another path, such as /host in a container.

    Links are followed as they lead on the host: an absolute one begins at ``path``.
    """

    live = True

    def __init__(self, path: str, *, by_kernel: bool | None = None) -> None:
        self.where = path
        self._tree = Tree(path, by_kernel=by_kernel)

    def read(self, path: str, limit: int = READ_LIMIT_BYTES) -> bytes:
        """Return all bytes of a file; see :meth:`Root.read`."""
        handle = self._tree.place(path, flags_to_read(path))
        try:
            return read_all(handle, path, limit)
        finally:
            os.close(handle)

    def entries(self, path: str) -> list[Entry]:
        """Return what a folder holds; see :meth:`Root.entries`."""
        return self._tree.entries(path)

    def link(self, path: str) -> str:
        """Return the text of a symbolic link; see :meth:`Root.link`."""
        return self._tree.link(path)

    def hold(self, path: str, keep: int = 0) -> HeldFolder:
        """Return an open folder; see :meth:`Root.hold`."""
        from bedplate.host.held import LiveFolder

        return LiveFolder(self, path, self._tree.place(path, _TO_READ | os.O_DIRECTORY), keep)

    def close(self) -> None:
        """Close the folder; a second time does nothing."""
        self._tree.close()


class FolderRoot(CapturedRoot):
    """A captured host in a folder; CaptureError where it is none, OSError where it cannot be read."""

    def __init__(self, path: str, *, by_kernel: bool | None = None) -> None:
        super().__init__(path)
        self._tree = Tree(path, by_kernel=by_kernel)
        self._held: dict[str, int] = {}
        self._lock = Lock()
        try:
            self._enter_top()
            self.load_manifest()
        except BaseException:
            self.close()
            raise

    def _enter_top(self) -> None:
        """Make the capture's own root the root: the folder given, or one that alone leads there."""
        for _ in range(LEADING_FOLDERS_LIMIT):
            entries = self._tree.entries("/")
            if is_capture(entry.name for entry in entries):
                return
            inner = [entry.name for entry in entries if entry.kind == "folder"]
            if len(inner) != 1:
                break
            self._tree.enter(inner[0])
        raise CaptureError(NO_CAPTURE, path=self.where)

    def _read(self, path: str, limit: int) -> bytes:
        place, found = self._place(path)
        try:
            if not stat.S_ISREG(found.st_mode):
                raise _refusal(found.st_mode, path)
            if found.st_size > limit:  # it is never believed to be enough, but too much is too much
                raise failure(errno.EFBIG, path)
            handle = self._tree.descriptors.reopened(place, _TO_READ)
        finally:
            os.close(place)
        try:
            return read_all(handle, path, limit)
        finally:
            os.close(handle)

    def _place(self, path: str) -> tuple[int, os.stat_result]:
        """Return what Tree.place() does, faster for several files of one folder; and its status."""
        folder, _, name = path.rpartition("/")
        if name not in ("", ".", ".."):
            place = self._named(folder, name)
            found = os.fstat(place)
            if not stat.S_ISLNK(found.st_mode):
                return place, found
            os.close(place)
        place = self._tree.place(path)
        return place, os.fstat(place)

    def _named(self, folder: str, name: str) -> int:
        try:
            with self._lock:
                return os.open(name, _AS_PLACE | os.O_NOFOLLOW, dir_fd=self._folder(folder))
        except ValueError:
            raise failure(errno.EINVAL, f"{folder}/{name}") from None

    def _folder(self, path: str) -> int:
        handle = self._held.get(path)
        if handle is None:
            if len(self._held) == _HELD_FOLDERS:
                self._let_go()
            handle = self._held[path] = self._tree.place(path)
        return handle

    def _let_go(self) -> None:
        while self._held:
            os.close(self._held.popitem()[1])

    def _entries(self, path: str) -> list[Entry]:
        return self._tree.entries(path)

    def _link(self, path: str) -> str:
        return self._tree.link(path)

    def close(self) -> None:
        """Close the folder; a second time does nothing."""
        self._let_go()
        self._tree.close()


def _refusal(mode: int, path: str) -> OSError:
    if stat.S_ISDIR(mode):
        return failure(errno.EISDIR, path)
    return OSError(errno.EINVAL, "a fifo, device or socket, which is not opened in a capture", path)
