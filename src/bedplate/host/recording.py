"""RecordingRoot: a root that remembers what was asked of another, and what it answered.

It answers a second time what it answered the first, so that what was read through it is one look at the host: the
facts of a capture are then exactly those that were read while it was made.
"""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING, TypeVar

from bedplate.host.links import failure
from bedplate.host.root import READ_LIMIT_BYTES, Root, sifted
from bedplate.values.reading import Denied

if TYPE_CHECKING:
    from collections.abc import Callable

    from bedplate.host.root import Entry
    from bedplate.values.reading import Missing

T = TypeVar("T")

DENIALS = (errno.EACCES, errno.EPERM)
ABSENCES = (errno.ENOENT, errno.ENOTDIR)


class RecordingRoot(Root):
    """Another root, remembered; closing it leaves the other one open."""

    def __init__(self, inner: Root) -> None:
        self.inner = inner
        self.where = inner.where
        self.live = inner.live
        self.manifest = inner.manifest
        self.files: dict[str, bytes] = {}
        self.links: dict[str, str] = {}
        self.folders: dict[str, list[Entry]] = {}
        self.errors: dict[tuple[str, str], int] = {}
        """By ``read``, ``entries`` or ``link`` and path: the errno of what failed."""
        self.known: set[str] = set()
        """The paths of which the other root knows that what is not there was not on the host."""
        self.sifted: dict[str, set[bytes]] = {}
        """The files of which only lines with certain words were asked for, and the words."""
        self.needs: dict[str, str] = {}
        """The capability or permission that would have read what was denied, by path."""
        self.second: RecordingRoot | None = None
        """What was asked for in a second sample."""

    def read(self, path: str, limit: int = READ_LIMIT_BYTES) -> bytes:
        """Return all bytes of a file; see :meth:`Root.read`."""
        if path in self.sifted or path not in self.files:
            self.files[path] = self._first("read", path, lambda: self.inner.read(path, limit))
            self.sifted.pop(path, None)
        if len(self.files[path]) > limit:
            raise failure(errno.EFBIG, path)
        return self.files[path]

    def lines_with(self, path: str, words: tuple[bytes, ...]) -> bytes:
        """Return lines of a file, and remember them alone; see :meth:`Root.lines_with`."""
        if path not in self.files or path in self.sifted:
            wanted = self.sifted.get(path, set()) | set(words)
            self.files[path] = self._first("read", path, lambda: self.inner.lines_with(path, tuple(sorted(wanted))))
            self.sifted[path] = wanted
        return sifted(self.files[path], words)

    def entries(self, path: str) -> list[Entry]:
        """Return what a folder holds; see :meth:`Root.entries`."""
        if path not in self.folders:
            self.folders[path] = self._first("entries", path, lambda: self.inner.entries(path))
            self.knows_absence_of(path)
        return list(self.folders[path])

    def link(self, path: str) -> str:
        """Return the text of a symbolic link; see :meth:`Root.link`."""
        if path not in self.links:
            self.links[path] = self._first("link", path, lambda: self.inner.link(path))
        return self.links[path]

    def knows_absence_of(self, path: str) -> bool:
        """Return whether what is not here was not on the host either; see :meth:`Root.knows_absence_of`."""
        knows = self.inner.knows_absence_of(path)
        if knows:
            self.known.add(path)
        return knows

    def missing(self, path: str, error: OSError, *, needs: str = "", absent: str = "") -> Missing:
        """Return the reading that a failed read is, and remember what would have helped; see :meth:`Root.missing`."""
        found = super().missing(path, error, needs=needs, absent=absent)
        if isinstance(found, Denied):
            self.needs[path] = found.needs
        return found

    def later(self) -> Root | None:
        """Return the root of the second sample; of a running host one that remembers, too."""
        if not self.live:
            return super().later()
        later = self.inner.later()
        if later is not None and self.second is None:
            self.second = RecordingRoot(later)
        return self.second

    def close(self) -> None:
        """Leave the other root open: it is its owner's to close."""

    def adopt_second(self, prefix: str) -> None:
        """Remember what the second sample remembers, below a folder."""
        other = self.second
        if other is None:
            return
        self.files |= {prefix + path: data for path, data in other.files.items()}
        self.links |= {prefix + path: text for path, text in other.links.items()}
        self.folders |= {prefix + path: entries for path, entries in other.folders.items()}
        self.errors |= {(what, prefix + path): number for (what, path), number in other.errors.items()}
        self.known |= {prefix + path for path in other.known}

    def _first(self, what: str, path: str, ask: Callable[[], T]) -> T:
        """Return the other root's answer, or the error that it gave before."""
        before = self.errors.get((what, path))
        if before is not None and before != errno.EFBIG:  # which depends on the limit
            raise failure(before, path)
        try:
            answer = ask()
        except OSError as error:
            self.errors[what, path] = error.errno or errno.EIO
            if error.errno in ABSENCES:
                self.knows_absence_of(path)
            raise
        self.errors.pop((what, path), None)
        return answer
