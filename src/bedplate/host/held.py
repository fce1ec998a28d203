"""Folders of a host that are held open: many files are read by names below them, and again by their descriptors.

A scan of all tasks reads one small file of each.  A folder that is held saves the walk to it, and a file that is held
saves the opening: the read alone costs half.  A held file of a process is that of this process: when it has ended
the read fails with ESRCH, whatever process has its number by then.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, TypeVar, cast

from bedplate.errors import ParseError
from bedplate.host.root import READ_LIMIT_BYTES, Root, read_all

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

_READ_FLAGS = os.O_RDONLY | os.O_CLOEXEC | os.O_NOCTTY | os.O_NOFOLLOW
# What the kernel writes in one piece (a seq_file of one record) comes whole with one read that has room for it.
_PIECE_BYTES = 4096
T = TypeVar("T")


class HeldFolder:
    """A folder of any root, by its path: that of a capture does not go away, and there is nothing to save."""

    def __init__(self, root: Root, path: str, keep: int = 0) -> None:
        self.path = path
        self.keep = keep
        self._root = root

    def names(self, below: str = "") -> list[str]:
        """Return what is in the folder, or in one ``below`` it, in any order; OSError where it cannot be listed."""
        return [entry.name for entry in self._root.entries(f"{self.path}/{below}")]

    def read(self, name: str, limit: int = READ_LIMIT_BYTES) -> bytes:
        """Return all bytes of a file below the folder; OSError as :meth:`Root.read`."""
        return self._root.read(f"{self.path}/{name}", limit)

    def each(self, names: Collection[str], parse: Callable[[bytes], T]) -> Iterator[T | OSError | ParseError]:
        """Yield what ``parse`` makes of each file below the folder, or why there is nothing.

        Of a folder that keeps files, one that reads the same as before gives the same value, and is not parsed again;
        the files of names that are not asked for again are closed.
        """
        for name in names:
            try:
                yield parse(self.read(name))
            except (OSError, ParseError) as error:
                yield error

    def close(self) -> None:
        """Release the folder and its files."""

    def __enter__(self) -> HeldFolder:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Kept:
    """A file that stays open, and what it said the last time."""

    __slots__ = ("handle", "raw", "value")

    def __init__(self, handle: int) -> None:
        self.handle = handle
        self.raw = b""
        self.value: object = None


class LiveFolder(HeldFolder):
    """An open folder of a running host; ``keep`` of its files stay open from one :meth:`each` to the next."""

    def __init__(self, root: Root, path: str, folder: int, keep: int = 0) -> None:
        super().__init__(root, path, keep)
        self._folder = folder
        self._kept: dict[str, _Kept] = {}

    def names(self, below: str = "") -> list[str]:
        """Return what is in the folder, or in one ``below`` it, in any order; OSError where it cannot be listed."""
        if not below:
            return os.listdir(self._folder)
        handle = os.open(below, _READ_FLAGS | os.O_DIRECTORY, dir_fd=self._folder)
        try:
            return os.listdir(handle)
        finally:
            os.close(handle)

    def read(self, name: str, limit: int = READ_LIMIT_BYTES) -> bytes:
        """Return all bytes of a file below the folder; a link is not followed (ELOOP)."""
        handle = os.open(name, _READ_FLAGS, dir_fd=self._folder)
        try:
            return read_all(handle, name, limit)
        finally:
            os.close(handle)

    def each(self, names: Collection[str], parse: Callable[[bytes], T]) -> Iterator[T | OSError | ParseError]:
        """Yield what ``parse`` makes of each file below the folder; see :meth:`HeldFolder.each`."""
        return self._kept_ones(names, parse) if self.keep else self._fresh_ones(names, parse)

    def _fresh_ones(self, names: Collection[str], parse: Callable[[bytes], T]) -> Iterator[T | OSError | ParseError]:
        # One loop with the three calls written out: a function call more for each file is a tenth of all of it.
        folder, flags, opened, read, close = self._folder, _READ_FLAGS, os.open, os.read, os.close
        for name in names:
            try:
                handle = opened(name, flags, dir_fd=folder)
                try:
                    raw = read(handle, _PIECE_BYTES)
                    if len(raw) == _PIECE_BYTES:
                        raw += read_all(handle, name, READ_LIMIT_BYTES)
                finally:
                    close(handle)
                yield parse(raw)
            except (OSError, ParseError) as error:
                yield error

    def _kept_ones(self, names: Collection[str], parse: Callable[[bytes], T]) -> Iterator[T | OSError | ParseError]:
        known, pread = self._kept.get, os.pread
        try:
            for name in names:
                kept = known(name)
                if kept is None:
                    yield self._opened(name, parse)
                    continue
                try:
                    raw = pread(kept.handle, _PIECE_BYTES, 0)
                except OSError:  # its process has ended; another may have the name by now
                    os.close(self._kept.pop(name).handle)
                    yield self._opened(name, parse)
                    continue
                if raw != kept.raw:
                    self._parse(kept, raw, parse)
                yield cast("T | OSError | ParseError", kept.value)
        finally:
            self._forget(names)

    def _opened(self, name: str, parse: Callable[[bytes], T]) -> T | OSError | ParseError:
        """Return what a file says that was not open, and keep it open while there is room."""
        try:
            kept = _Kept(os.open(name, _READ_FLAGS, dir_fd=self._folder))
        except OSError as error:
            return error
        try:
            self._parse(kept, os.pread(kept.handle, _PIECE_BYTES, 0), parse)
        except OSError as error:
            os.close(kept.handle)
            return error
        if len(self._kept) < self.keep:
            self._kept[name] = kept
        else:
            os.close(kept.handle)
        return cast("T | OSError | ParseError", kept.value)

    def _parse(self, kept: _Kept, raw: bytes, parse: Callable[[bytes], object]) -> None:
        """Make the value of a file whose first piece is ``raw``."""
        kept.raw = raw
        try:
            if len(raw) == _PIECE_BYTES:
                kept.raw = b""  # what comes behind may change alone: it is never the same as before
                os.lseek(kept.handle, 0, os.SEEK_SET)
                raw = read_all(kept.handle, self.path, READ_LIMIT_BYTES)
            kept.value = parse(raw)
        except (ParseError, OSError) as error:
            kept.value = error

    def _forget(self, names: Collection[str]) -> None:
        """Close the files of names that were not asked for."""
        if len(self._kept) != len(names):
            for name in self._kept.keys() - set(names):
                os.close(self._kept.pop(name).handle)

    def close(self) -> None:
        """Close the folder and its files; a second time does nothing."""
        while self._kept:
            os.close(self._kept.popitem()[1].handle)
        if self._folder >= 0:
            os.close(self._folder)
            self._folder = -1
