"""Trees in memory, whole and with wounds, for readers that must give facts whatever they find."""

from __future__ import annotations

import dataclasses
import errno
import os
import subprocess
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from hypothesis import strategies as st

from bedplate.host.root import READ_LIMIT_BYTES, Entry, Root
from bedplate.values.reading import Absent, Denied, Malformed, Present

if TYPE_CHECKING:
    from collections.abc import Iterator

Tree = dict[str, "bytes | int"]
"""Files by path; a number is the errno that reading answers with."""

ODD_BYTES = (
    st.binary(max_size=40)
    | st.sampled_from([b"", b"\n", b"\0", b"-1\n", b"9" * 400, b"max\n", b"0-3\n", b"\xff\xfe\n", b"1\n" * 300])
)  # fmt: skip
ERRORS = st.sampled_from([errno.EACCES, errno.EPERM, errno.EIO, errno.ESRCH, errno.ENODEV, errno.EINVAL, errno.ELOOP])


def wounded(tree: Mapping[str, bytes | int]) -> st.SearchStrategy[Tree]:
    """Return trees of which some files are gone, cut off, strange, or refuse to be read."""
    paths = sorted(tree)
    one = st.sampled_from(paths).flatmap(lambda path: st.tuples(st.just(path), wounds_of(tree[path])))

    def apply(hurt: list[tuple[str, bytes | int | None]]) -> Tree:
        changed: dict[str, bytes | int | None] = {**tree, **dict(hurt)}
        return {path: content for path, content in changed.items() if content is not None}

    return st.lists(one, max_size=12).map(apply)


def wounds_of(content: bytes | int) -> st.SearchStrategy[bytes | int | None]:
    text = content if isinstance(content, bytes) else b""
    cut = st.integers(0, len(text)).map(lambda end: text[:end])
    return st.none() | ERRORS | ODD_BYTES | cut


class TreeRoot(Root):
    """A tree as a host; a path that is a folder only by what is below it is one."""

    def __init__(self, tree: Mapping[str, bytes | int], *, live: bool = False) -> None:
        self.where = "/" if live else "tree"
        self.live = live
        self._tree = dict(tree)

    def read(self, path: str, limit: int = READ_LIMIT_BYTES) -> bytes:
        content = self._tree.get(path, errno.ENOENT)
        if isinstance(content, int):
            raise OSError(content, os.strerror(content), path)
        if len(content) > limit:
            raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), path)
        return content

    def entries(self, path: str) -> list[Entry]:
        below = path.rstrip("/") + "/"
        found: dict[str, str] = {}
        for one in self._tree:
            if one.startswith(below):
                name, slash, _ = one.removeprefix(below).partition("/")
                found[name] = "folder" if slash else found.get(name, "file")
        if not found:
            raise OSError(errno.ENOENT, os.strerror(errno.ENOENT), path)
        return sorted(Entry(name, kind) for name, kind in found.items())

    def link(self, path: str) -> str:
        return os.fsdecode(self.read(path))

    def close(self) -> None:
        pass


def readings_in(value: object) -> Iterator[Present[object] | Absent | Denied | Malformed]:
    """Yield every reading in facts, those within the values of others too."""
    if isinstance(value, Absent | Denied | Malformed):
        yield value
    elif isinstance(value, Present):
        yield cast("Present[object]", value)
        yield from readings_in(cast("Present[object]", value).value)
    elif isinstance(value, Mapping):
        for one in cast("Mapping[object, object]", value).values():
            yield from readings_in(one)
    elif isinstance(value, tuple):
        for one in cast("tuple[object, ...]", value):
            yield from readings_in(one)
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        for field in dataclasses.fields(value):
            yield from readings_in(getattr(value, field.name))


def kinds_of_an_ordinary_user(section: str) -> dict[str, str]:
    """Return the kind of each reading of a section by its path, as user 65534 gets it."""
    # The package may stand in a folder that is root's alone, so that all is imported before rights are dropped.
    code = (
        "import os, sys\n"
        "from bedplate.host.host import Host\n"
        "from tests.host.hostile_trees import readings_in\n"
        f"Host.live().{section}\n"
        "os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
        f"for one in readings_in(Host.live().{section}):\n"
        "    print(type(one).__name__, one.source.path)\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", code]
    told = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert told.returncode == 0, told.stderr
    return {path: kind for kind, path in (line.split(" ", 1) for line in told.stdout.splitlines())}
