"""ArchiveRoot: a captured host in a .tar, .tar.gz or .tar.xz, held in memory; nothing of it is written to disk."""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING

from bedplate.errors import CaptureError
from bedplate.host.archive_tree import archive_tree
from bedplate.host.captured import LEADING_FOLDERS_LIMIT, NO_CAPTURE, CapturedRoot
from bedplate.host.links import Step, failure, resolve
from bedplate.host.manifest import is_capture
from bedplate.host.members import HELD_OF_MEMBER_BYTES
from bedplate.host.root import Entry
from bedplate.host.unpack import Blocks, unpacked

if TYPE_CHECKING:
    from bedplate.host.archive_tree import Folder, Node


class ArchiveRoot(CapturedRoot):
    """A captured host in an archive; CaptureError where it is none, OSError where the archive cannot be read."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        handle = _opened(path)
        try:
            self._tree = _top(archive_tree(Blocks(unpacked(handle, path)), path), path)
        finally:
            os.close(handle)
        self._folders: dict[str, Folder] = {}
        self.load_manifest()

    def _read(self, path: str, limit: int) -> bytes:
        node = self._node(path)
        if isinstance(node, bytes):
            if len(node) > min(limit, HELD_OF_MEMBER_BYTES - 1):
                raise failure(errno.EFBIG, path)
            return node
        if isinstance(node, dict):
            raise failure(errno.EISDIR, path)
        raise OSError(errno.EINVAL, "a fifo, device or socket, which is not opened in a capture", path)

    def _node(self, path: str) -> Node:
        """Return what a path leads to, faster for several files of one folder."""
        folder, _, name = path.rpartition("/")
        held = self._folders.get(folder)
        if held is None:
            found = self._find(folder)
            if not isinstance(found, dict):
                raise failure(errno.ENOTDIR, path)
            held = self._folders[folder] = found
        node = held.get(name, "")
        # What is not there has no name of its own (".", ".."), is a link, or is an error, which is told there.
        return self._find(path) if isinstance(node, str) else node

    def _find(self, path: str, *, follow: bool = True) -> Node:
        tree: Node = self._tree
        return resolve(path, tree, _look, follow=follow).handle

    def _entries(self, path: str) -> list[Entry]:
        node = self._find(path)
        if not isinstance(node, dict):
            raise failure(errno.ENOTDIR, path)
        return sorted(Entry(name, _kind(inner)) for name, inner in node.items())

    def _link(self, path: str) -> str:
        node = self._find(path, follow=False)
        if not isinstance(node, str):
            raise failure(errno.EINVAL, path)
        return node

    def close(self) -> None:
        """Let go of what is held."""
        self._tree = {}
        self._folders = {}


def _look(folder: Node, name: str) -> Step[Node]:
    if not isinstance(folder, dict) or name not in folder:
        raise failure(errno.ENOENT, name)
    node = folder[name]
    return Step(_kind(node), node, node if isinstance(node, str) else "")


def _kind(node: Node) -> str:
    match node:
        case dict():
            return "folder"
        case bytes():
            return "file"
        case str():
            return "link"
        case None:
            return "other"


def _opened(path: str) -> int:
    # O_NONBLOCK: a fifo that nobody writes to would hang the open; it is then refused, as all that is no file.
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOCTTY | os.O_NONBLOCK)
    if stat.S_ISREG(os.fstat(handle).st_mode):
        return handle
    os.close(handle)
    raise CaptureError("neither a folder nor a file", path=path)


def _top(tree: Folder, path: str) -> Folder:
    """Return the folder that is the capture's root: the archive's own, or one that alone leads there."""
    for _ in range(LEADING_FOLDERS_LIMIT):
        if is_capture(tree):
            return tree
        inner = [node for node in tree.values() if isinstance(node, dict)]
        if len(inner) != 1:
            break
        tree = inner[0]
    raise CaptureError(NO_CAPTURE, path=path)
