"""Small hosts made in a test: files and links below a folder, and the Root over a captured folder."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from bedplate.host import folder as captured
from bedplate.host.root import READ_LIMIT_BYTES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


class FolderRoot(captured.FolderRoot):
    """A captured host in a folder, which counts the files that are read."""

    def __init__(self, path: Path) -> None:
        self.reads = 0
        super().__init__(str(path))

    def __del__(self) -> None:
        # Thousands of tests make one each, and it holds dozens of descriptors.
        with suppress(AttributeError):
            self.close()

    def _enter_top(self) -> None:
        """Take the folder given as the root, whatever it holds."""

    def read(self, path: str, limit: int = READ_LIMIT_BYTES) -> bytes:
        self.reads += 1
        return super().read(path, limit)


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
