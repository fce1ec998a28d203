"""Folders of a host that are held open: many files are read by names below them, and again by their descriptors.

A scan of all tasks reads one small file of each.  A folder that is held saves the walk to it, and a file that is held
saves the opening: the read alone costs half.  A held file of a process is that of this process: when it has ended
the read fails with ESRCH, whatever process has its number by then.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from bedplate.host.root import READ_LIMIT_BYTES, Root, read_all

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

_READ_FLAGS = os.O_RDONLY | os.O_CLOEXEC | os.O_NOCTTY | os.O_NOFOLLOW
# What the kernel writes in one piece (a seq_file of one record) comes whole with one read that has room for it.
_PIECE_BYTES = 4096


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

    def each(self, names: Collection[str]) -> Iterator[bytes | OSError]:
        """Yield the bytes of each file below the folder, or why there are none."""
        for name in names:
            try:
                yield self.read(name)
            except OSError as error:
                yield error

    def close(self) -> None:
        """Release the folder and its files."""

    def __enter__(self) -> HeldFolder:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class LiveFolder(HeldFolder):
    """An open folder of a running host; ``keep`` of its files stay open from one :meth:`each` to the next."""

    def __init__(self, root: Root, path: str, folder: int, keep: int = 0) -> None:
        super().__init__(root, path, keep)
        self._folder = folder
        self._kept: dict[str, int] = {}

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

    def each(self, names: Collection[str]) -> Iterator[bytes | OSError]:
        """Yield the bytes of each file below the folder, or why there are none.

        Of a folder that keeps files, those of names that are not asked for again are closed.
        """
        return self._kept_ones(names) if self.keep else self._fresh_ones(names)

    def _fresh_ones(self, names: Collection[str]) -> Iterator[bytes | OSError]:
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
            except OSError as error:
                yield error
            else:
                yield raw

    def _kept_ones(self, names: Collection[str]) -> Iterator[bytes | OSError]:
        kept, known, pread, close = self._kept, self._kept.get, os.pread, os.close
        try:
            for name in names:
                handle = known(name)
                if handle is not None:
                    try:
                        raw = pread(handle, _PIECE_BYTES, 0)
                    except OSError:  # it has ended; another may have its name by now
                        close(kept.pop(name))
                    else:
                        yield raw if len(raw) < _PIECE_BYTES else self.read(name)
                        continue
                yield self._opened(name)
        finally:
            if len(kept) != len(names):
                for name in kept.keys() - set(names):
                    close(kept.pop(name))

    def _opened(self, name: str) -> bytes | OSError:
        """Return the bytes of a file that was not open, and keep it open while there is room."""
        try:
            handle = os.open(name, _READ_FLAGS, dir_fd=self._folder)
        except OSError as error:
            return error
        try:
            raw = os.pread(handle, _PIECE_BYTES, 0)
            if len(raw) == _PIECE_BYTES:
                raw = read_all(handle, name, READ_LIMIT_BYTES)
        except OSError as error:
            os.close(handle)
            return error
        if len(self._kept) < self.keep:
            self._kept[name] = handle
        else:
            os.close(handle)
        return raw

    def close(self) -> None:
        """Close the folder and its files; a second time does nothing."""
        while self._kept:
            os.close(self._kept.popitem()[1])
        if self._folder >= 0:
            os.close(self._folder)
            self._folder = -1
