"""Makes the tree in memory that an archive holds.

What an archive may not do:

- A member whose name leads out of it (absolute, or with ``..``) is refused, and the archive with it; so is a member
  below one that is no folder, a hard link to what is not an earlier file, and a sparse member.
- A link may point anywhere: it is resolved inside of the archive, and leads nowhere if that is not there.
- Devices, fifos and sockets are names that cannot be read; members of unknown types are passed over.
- Of members with one name the last one counts, as when they are unpacked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from bedplate.errors import CaptureRefused, CaptureTooLarge
from bedplate.host.links import PATH_LIMIT_BYTES
from bedplate.host.members import members
from bedplate.values.escape import decoded

if TYPE_CHECKING:
    from bedplate.host.members import Member
    from bedplate.host.unpack import Blocks

# The largest recorded machine (144 CPUs, no processes) has 40,000 names; 20,000 processes of ten files are 220,000.
NAMES_LIMIT = 300_000
DEPTH_LIMIT = 64
HELD_LIMIT_BYTES = 128 << 20
_NAME_LIMIT_BYTES = 255

# A folder by name, a file's bytes, a link's text, and None for what cannot be read.
Node: TypeAlias = "dict[str, Node] | bytes | str | None"
Folder: TypeAlias = "dict[str, Node]"


def archive_tree(blocks: Blocks, path: str) -> Folder:
    """Return the root folder of an archive; CaptureError."""
    tree = _Tree(path)
    for member in members(blocks, path):
        tree.add(member)
    return tree.root


class _Tree:
    """The tree that grows."""

    def __init__(self, path: str) -> None:
        self._path = path
        self.root: Folder = {}
        self._folders: dict[bytes, Folder] = {b"": self.root}
        self._names = 0
        self._held_bytes = 0
        # Many files hold the same few bytes, and many folders the same names: each is kept once.
        self._texts: dict[bytes, str] = {}
        self._contents: dict[bytes, bytes] = {}

    def add(self, member: Member) -> None:
        """Put a member in its place; CaptureRefused, CaptureTooLarge."""
        if member.type == b"5":
            self._folder(member.name)
            return
        if member.type not in b"012346":
            return
        above, _, leaf = member.name.rpartition(b"/")
        folder = self._folder(above if above or leaf == member.name else b"/")
        name = self._name(leaf, member.name)
        if isinstance(folder.get(name), dict):
            raise self._refused("a member that is a folder as well", member.name)
        self._count(name not in folder)
        folder[name] = self._node(member)

    def _node(self, member: Member) -> Node:
        match member.type:
            case b"0":
                return self._content(member.data)
            case b"1":
                return self._linked(member)
            case b"2":
                return decoded(member.target)
            case _:
                return None

    def _folder(self, name: bytes) -> Folder:
        """Return the folder of that name, made where it is not there."""
        found = self._folders.get(name)
        if found is not None:
            return found
        here = self.root
        for part in self._parts(name):
            if part not in here:
                self._count(True)
                here[part] = {}
            inner = here[part]
            if not isinstance(inner, dict):
                raise self._refused("a member below one that is no folder", name)
            here = inner
        self._folders[name] = here
        return here

    def _linked(self, member: Member) -> Node:
        """Return what a hard link stands for."""
        node: Node = self.root
        for part in self._parts(member.target):
            node = node.get(part, {}) if isinstance(node, dict) else {}
        if isinstance(node, dict):
            raise self._refused("a hard link to what is not an earlier file", member.name)
        return node

    def _parts(self, name: bytes) -> list[str]:
        if name.startswith(b"/"):
            raise self._refused("a member with an absolute name", name)
        if len(name) > PATH_LIMIT_BYTES or name.count(b"/") > DEPTH_LIMIT:
            raise CaptureTooLarge("a member with too long or deep a name", path=self._path, text=name)
        return [self._name(part, name) for part in name.split(b"/") if part not in (b"", b".")]

    def _name(self, part: bytes, whole: bytes) -> str:
        """Return one name as text, the same object for the same name."""
        text = self._texts.get(part)
        if text is None:
            if part in (b"", b".", b"..") or b"\0" in part:
                raise self._refused("a member whose name leads out of it, or to nothing", whole)
            if len(part) > _NAME_LIMIT_BYTES:
                raise CaptureTooLarge("a member with too long a name", path=self._path, text=whole)
            text = self._texts[part] = decoded(part)
        return text

    def _content(self, data: bytes) -> bytes:
        held = self._contents.setdefault(data, data)
        if held is data:
            self._held_bytes += len(data)
            if self._held_bytes > HELD_LIMIT_BYTES:
                raise CaptureTooLarge(f"its files hold more than {HELD_LIMIT_BYTES >> 20} MiB", path=self._path)
        return held

    def _count(self, new: bool) -> None:
        self._names += new
        if self._names > NAMES_LIMIT:
            raise CaptureTooLarge(f"it holds more than {NAMES_LIMIT} names", path=self._path)

    def _refused(self, what: str, name: bytes) -> CaptureRefused:
        return CaptureRefused(what, path=self._path, text=name)
