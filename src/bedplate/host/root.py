"""Root: the one way to a host's files, be it this machine or the recording of another.

Every read of Bedplate goes through a Root, so that whatever works live works on a capture too, and ``capture`` is
nothing but the readers run over a Root that remembers.  A Root only reads; what writes is host/knobs.py.
"""

from __future__ import annotations

import errno
import os
import stat
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, NamedTuple, Self, TypeVar

from bedplate.errors import ParseError
from bedplate.values.reading import Absent, Denied, Malformed, Present, Source, errno_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from bedplate.host.held import HeldFolder
    from bedplate.host.manifest import Manifest
    from bedplate.values.reading import Missing, Reading

T = TypeVar("T")

# Hardly a file of /proc, /sys or /etc has more; a reader of one that may have says how much.
READ_LIMIT_BYTES = 1 << 20
# The kernel's log is a ring of 2^25 bytes at most, and of 2^17 to 2^21 as it is built (CONFIG_LOG_BUF_SHIFT).
LOG_LIMIT_BYTES = 8 << 20
# 1.5 to 2 KiB a processor.
CPUINFO_LIMIT_BYTES = 32 << 20
# /proc names every process: pid_max is at most 4,194,304, and the kernel is out of memory long before.
ENTRIES_LIMIT = 1 << 20
_CHUNK_BYTES = 1 << 16
# No O_NONBLOCK: a file of /proc or /sys never blocks its opener, and some change what they give for it.
_READ_FLAGS = os.O_RDONLY | os.O_CLOEXEC | os.O_NOCTTY
# Devices are another matter: /dev/kmsg waits at its end for the next record.
_DEVICE_FLAGS = _READ_FLAGS | os.O_NONBLOCK


class Entry(NamedTuple):
    """One name in a folder."""

    name: str
    kind: str
    """``file``, ``folder``, ``link`` or ``other``; a link is not followed."""


class Root(ABC):
    """The files of one host.  Paths are absolute below the root: ``/proc/cmdline``; names are surrogateescape text."""

    where: str
    """What to call this root in a message: ``/``, ``/host``, ``db-07.tar.gz``."""
    live: bool
    """Whether this is a running host; False for a capture, whose values cannot move."""
    manifest: Manifest | None = None
    """What a capture of ours says of itself; None for a live host and for captures that other tools made."""

    @abstractmethod
    def read(self, path: str, limit: int = READ_LIMIT_BYTES) -> bytes:
        """Return all bytes of a file; OSError where it cannot be read, EFBIG where it has more than ``limit``.

        The size that the kernel tells of a file is never believed: it is 0 in /proc and 4096 in /sys.
        """

    @abstractmethod
    def entries(self, path: str) -> list[Entry]:
        """Return what a folder holds, sorted by name; OSError where it cannot be listed."""

    @abstractmethod
    def link(self, path: str) -> str:
        """Return the text of a symbolic link, unresolved; OSError EINVAL where the path is not one."""

    @abstractmethod
    def close(self) -> None:
        """Release what the root holds; it cannot be read from afterwards."""

    def __del__(self) -> None:
        """Release what a root that nobody closed holds: descriptors are few, and a fleet is many captures."""
        # What failed while it was made may hold nothing, or not know what it holds.
        try:
            self.close()
        except (AttributeError, OSError):
            return

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def reading(
        self,
        path: str,
        parse: Callable[[bytes], T],
        *,
        needs: str = "",
        absent: str = "",
        keep: bool = False,
        limit: int = READ_LIMIT_BYTES,
    ) -> Reading[T]:
        """Return what ``parse`` makes of a file; Malformed where it has more than ``limit`` bytes.

        ``needs`` names the capability that reads the file where an ordinary user may not; ``absent`` says why the
        file would not be there (the kernel option or version that it comes with), ``keep`` keeps its text.
        """
        try:
            text = self.read(path, limit)
        except OSError as error:
            return self.missing(path, error, needs=needs, absent=absent)
        try:
            return Present(parse(text), Source(path, raw=text if keep else None))
        except ParseError as error:
            return Malformed(Source(path), text, error.problem, error.text)

    def missing(self, path: str, error: OSError, *, needs: str = "", absent: str = "") -> Missing:
        """Return the reading that a failed read of ``path`` is."""
        number = error.errno or 0
        if number in (errno.EACCES, errno.EPERM):
            return Denied(Source(path), number, needs or "root or CAP_DAC_READ_SEARCH")
        if number in (errno.ENOENT, errno.ENOTDIR):
            certain = self.knows_absence_of(path)
            reason = absent or "no such file"
            return Absent(Source(path), reason if certain else self._why_uncertain(path), certain)
        if number in (errno.ESRCH, errno.ENODEV, errno.ENXIO, errno.EOPNOTSUPP):
            return Absent(Source(path), f"the kernel answers {errno_name(number)}: {os.strerror(number)}")
        if number == errno.EFBIG:
            return Malformed(Source(path), b"", "larger than such a file can be (EFBIG)")
        what = error.strerror or os.strerror(number)
        return Malformed(Source(path), b"", f"cannot be read: {what} ({errno_name(number)})")

    def knows_absence_of(self, path: str) -> bool:
        """Return whether a file that is not here is not on the host either.

        It is not known of partial captures, nor where /proc or /sys is not mounted, as in some containers: everything
        would seem to be absent there, and every rule not to apply.
        """
        if not self.live:
            return False
        tree = path.split("/", 2)[1] if path.startswith("/") else ""
        return {"proc": self._has_proc, "sys": self._has_sys}.get(tree, _always)()

    def _why_uncertain(self, path: str) -> str:
        return f"/{path.split('/', 2)[1]} is not mounted here" if self.live else "not in this capture"

    def _has_proc(self) -> bool:
        """Return whether /proc is the kernel's: it alone has a link named self."""
        try:
            return bool(self.link("/proc/self"))
        except OSError:
            return False

    def _has_sys(self) -> bool:
        return bool(self.names("/sys/kernel"))

    def lines_with(self, path: str, words: tuple[bytes, ...]) -> bytes:
        """Return those lines of a file that hold one of ``words``; OSError as :meth:`read`.

        For logs: they tell much that is nobody's business, and a capture keeps only what was asked for.
        """
        return sifted(self.read(path, LOG_LIMIT_BYTES), words)

    def names(self, path: str) -> list[str]:
        """Return the names in a folder; none where there is no such folder or it may not be listed."""
        try:
            return [entry.name for entry in self.entries(path)]
        except OSError:
            return []

    def numbered(self, path: str, prefix: str) -> list[int]:
        """Return the n, in order, of the folder's names ``<prefix>n``; none where there is no such folder."""
        tails = (name[len(prefix) :] for name in self.names(path) if name.startswith(prefix))
        # isdecimal() knows other scripts' digits too, and 19 digits are more than any kernel counts.
        return sorted(int(tail) for tail in tails if tail.isascii() and tail.isdecimal() and len(tail) < 19)

    def exists(self, path: str) -> bool:
        """Return whether a file or folder is there and its folder can be listed; never opens it."""
        folder, _, name = path.rpartition("/")
        return name in self.names(folder or "/")

    def hold(self, path: str, keep: int = 0) -> HeldFolder:
        """Return a folder whose files are read by their names below it; OSError where it cannot be opened.

        Of a running host it is held open, and ``keep`` of its files are when they are read again and again.
        """
        from bedplate.host.held import HeldFolder

        return HeldFolder(self, path, keep)

    def later(self) -> Root | None:
        """Return the root of the second sample: a running host itself, of a capture what it holds; None for nothing."""
        from bedplate.host.second_sample import second_sample

        return second_sample(self)


def _always() -> bool:
    return True


class LiveRoot(Root):
    """This host, through its own / ."""

    def __init__(self) -> None:
        self.where = "/"
        self.live = True
        self._folder = os.open("/", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)

    def read(self, path: str, limit: int = READ_LIMIT_BYTES) -> bytes:
        """Return all bytes of a file; see :meth:`Root.read`."""
        handle = os.open(path.lstrip("/"), flags_to_read(path), dir_fd=self._folder)
        try:
            return read_all(handle, path, limit)
        finally:
            os.close(handle)

    def entries(self, path: str) -> list[Entry]:
        """Return what a folder holds; see :meth:`Root.entries`."""
        handle = os.open(path.lstrip("/") or ".", _READ_FLAGS | os.O_DIRECTORY, dir_fd=self._folder)
        try:
            return scan(handle)
        finally:
            os.close(handle)

    def link(self, path: str) -> str:
        """Return the text of a symbolic link; see :meth:`Root.link`."""
        return os.readlink(path.lstrip("/"), dir_fd=self._folder)

    def hold(self, path: str, keep: int = 0) -> HeldFolder:
        """Return an open folder; see :meth:`Root.hold`."""
        from bedplate.host.held import LiveFolder

        flags = _READ_FLAGS | os.O_DIRECTORY
        return LiveFolder(self, path, os.open(path.lstrip("/") or ".", flags, dir_fd=self._folder), keep)

    def later(self) -> Root:
        """Return this host, whose counters have moved on."""
        return self

    def close(self) -> None:
        """Close the folder descriptor; a second time does nothing."""
        if self._folder >= 0:
            os.close(self._folder)
            self._folder = -1


def flags_to_read(path: str) -> int:
    """Return the flags to open a file of a running host with: a device must not wait for what is not there yet."""
    return _DEVICE_FLAGS if path.startswith("/dev/") else _READ_FLAGS


def read_all(handle: int, path: str, limit: int) -> bytes:
    """Return everything up to EOF of an open file; OSError EFBIG as soon as it has more than ``limit`` bytes.

    A file that was opened with O_NONBLOCK ends where reading would wait.
    """
    chunks: list[bytes] = []
    have = 0
    while chunk := _next_chunk(handle):
        chunks.append(chunk)
        have += len(chunk)
        if have > limit:
            raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), path)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def _next_chunk(handle: int) -> bytes:
    while True:
        try:
            return os.read(handle, _CHUNK_BYTES)
        except BlockingIOError:
            return b""
        except BrokenPipeError:
            # /dev/kmsg: the record was overwritten before it was read; the next read gives the oldest one left.
            continue


def sifted(text: bytes, words: Iterable[bytes]) -> bytes:
    """Return the lines that hold one of the words; each word is looked for once in the whole, however many lines."""
    begins: dict[int, int] = {}
    for word in words:
        at = text.find(word)
        while at >= 0:
            end = text.find(b"\n", at)
            end = len(text) if end < 0 else end
            begins[text.rfind(b"\n", 0, at) + 1] = end
            at = text.find(word, end)
    return b"".join(text[begin : begins[begin]] + b"\n" for begin in sorted(begins))


def scan(handle: int, limit: int = ENTRIES_LIMIT) -> list[Entry]:
    """Return the entries of an open folder, sorted by name; OSError EOVERFLOW where it has more than ``limit``."""
    entries: list[Entry] = []
    with os.scandir(handle) as found:
        for entry in found:
            entries.append(Entry(entry.name, _kind(entry)))
            if len(entries) > limit:
                raise OSError(errno.EOVERFLOW, f"a folder of more than {limit} names")
    return sorted(entries)


def _kind(entry: os.DirEntry[str]) -> str:
    if entry.is_symlink():
        return "link"
    if entry.is_dir(follow_symlinks=False):
        return "folder"
    return "file" if entry.is_file(follow_symlinks=False) else "other"


def kind_of_mode(mode: int) -> str:
    """Return the :class:`Entry` kind of a file mode."""
    kinds = {stat.S_IFREG: "file", stat.S_IFDIR: "folder", stat.S_IFLNK: "link"}
    return kinds.get(stat.S_IFMT(mode), "other")
