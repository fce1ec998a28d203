"""Small hosts made in a test: files and links below a folder, and a Root over a folder."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

from bedplate.host.root import READ_LIMIT_BYTES, Entry, Root, kind_of_mode, read_all

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_LINKS_LIMIT = 40


def plant(folder: Path, files: Mapping[str, bytes | str]) -> FolderRoot:
    """Write files (bytes) and symbolic links (text: where they lead) below a folder; return the Root over it."""
    for path, content in files.items():
        place = folder / path.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            place.write_bytes(content)
        else:
            place.symlink_to(content)
    return FolderRoot(folder)


class FolderRoot(Root):
    """A folder as a host; links are followed within it, a few dozen at most."""

    def __init__(self, folder: Path) -> None:
        self.where = str(folder)
        self.live = False
        self.reads = 0
        self._folder = str(folder)

    def read(self, path: str, limit: int = READ_LIMIT_BYTES) -> bytes:
        self.reads += 1
        handle = os.open(self._resolve(path), os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
        try:
            return read_all(handle, path, limit)
        finally:
            os.close(handle)

    def entries(self, path: str) -> list[Entry]:
        with os.scandir(self._resolve(path)) as found:
            return sorted(Entry(entry.name, kind_of_mode(entry.stat(follow_symlinks=False).st_mode)) for entry in found)

    def link(self, path: str) -> str:
        folder, _, name = path.rpartition("/")
        return os.readlink(f"{self._resolve(folder)}/{name}")

    def close(self) -> None:
        pass

    def _resolve(self, path: str) -> str:
        at = ""
        left = [part for part in path.split("/") if part]
        links = 0
        while left:
            part = left.pop(0)
            if part in (".", ".."):
                at = at.rpartition("/")[0] if part == ".." else at
                continue
            step = f"{self._folder}{at}/{part}"
            if not os.path.islink(step):
                at = f"{at}/{part}"
                continue
            links += 1
            if links > _LINKS_LIMIT:
                raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)
            text = os.readlink(step)
            at = "" if text.startswith("/") else at
            left = [*text.split("/"), *left]
            left = [one for one in left if one]
        return self._folder + at
