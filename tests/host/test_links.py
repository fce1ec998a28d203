from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import cast

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bedplate.host.folder import Tree
from bedplate.host.links import LINK_LIMIT, Step, failure, parts, resolve

# A folder is a dict, a link a str, a file None.
TREE = {
    "a": {"b": {"file": None}, "up": "..", "abs": "/a/b", "dangling": "nothing", "self": "self"},
    "c": "a/b",
    "loop": {"down": "../loop"},
    "slash": "a/b/",
    "to-file": "a/b/file/",
    "root": "/",
    "empty": "",
}


def look(folder: object, name: str) -> Step[object]:
    if not isinstance(folder, dict) or name not in folder:
        raise failure(errno.ENOENT, name)
    node = cast("dict[str, object]", folder)[name]
    kind = "folder" if isinstance(node, dict) else "link" if isinstance(node, str) else "file"
    return Step(kind, node, node if isinstance(node, str) else "")


def found(path: str, *, follow: bool = True) -> object:
    root: object = TREE
    return resolve(path, root, look, follow=follow).handle


def errno_of(path: str) -> int | None:
    with pytest.raises(OSError) as caught:  # noqa: PT011 - its errno is what is looked at
        found(path)
    return caught.value.errno


def test_what_paths_lead_to() -> None:
    b = TREE["a"]["b"]  # type: ignore[index]
    for path in ("/a/b", "a/b", "//a///b/", "/a/./b/.", "/c", "/a/abs", "/a/up/a/b", "/slash", "/root/c", "/../../c"):
        assert found(path) is b, path
    for path in ("", "/", ".", "..", "/root", "/a/..", "/a/up", "/a/b/../../.."):
        assert found(path) is TREE, path
    assert found("/loop/down/down/down") is TREE["loop"]


def test_a_link_at_the_end_is_followed_where_asked() -> None:
    assert found("/c", follow=False) == "a/b"
    assert found("/a/up/c", follow=False) == "a/b"
    assert found("/c/", follow=False) is found("/c")
    assert found("/empty", follow=False) == ""


def test_errors_are_those_of_the_kernel() -> None:
    assert errno_of("/a/self") == errno.ELOOP
    assert errno_of("/a/dangling") == errno.ENOENT
    assert errno_of("/empty") == errno.ENOENT
    assert errno_of("/nothing/../a") == errno.ENOENT
    for path in ("/a/b/file/", "/a/b/file/.", "/a/b/file/..", "/a/b/file/x", "/to-file"):
        assert errno_of(path) == errno.ENOTDIR, path


def test_a_path_takes_forty_links() -> None:
    assert LINK_LIMIT == 40
    assert found("/loop" + "/down" * 40) is TREE["loop"]
    assert errno_of("/loop" + "/down" * 41) == errno.ELOOP


def test_parts() -> None:
    assert parts("/a//b/") == ["a", "b", "."]
    assert parts("") == parts("/") == []


NAMES = st.sampled_from(["a", "b", "c", "d", "..", "."])
PATHS = st.lists(NAMES, max_size=6).map("/".join)
TARGETS = st.tuples(st.sampled_from(["", "/", "../"]), PATHS, st.sampled_from(["", "/"])).map("".join)


@settings(max_examples=150, deadline=None)
@given(
    links=st.dictionaries(st.tuples(st.sampled_from(["", "a/", "a/b/"]), st.sampled_from("cdef")), TARGETS, max_size=6),
    paths=st.lists(st.tuples(PATHS, st.sampled_from(["", "/"])).map("".join), min_size=1, max_size=6),
)
@example({("", "c"): "/../a"}, ["c/b", "c/../c", "a/b/../../c"])
def test_the_kernel_and_the_walk_agree(
    tmp_path_factory: pytest.TempPathFactory, links: dict[tuple[str, str], str], paths: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("tree")
    (folder / "a/b").mkdir(parents=True)
    (folder / "a/b/c").write_bytes(b"")
    for (where, name), target in links.items():
        if target and not os.path.lexists(folder / where / name):
            (folder / where / name).symlink_to(target)
    one, other = Tree(str(folder), by_kernel=True), Tree(str(folder), by_kernel=False)
    try:
        for path in paths:
            for flags in (os.O_PATH, os.O_PATH | os.O_NOFOLLOW):
                assert place(one, "/" + path, flags) == place(other, "/" + path, flags), path
    finally:
        one.close()
        other.close()


def place(tree: Tree, path: str, flags: int) -> tuple[int, int] | int | None:
    try:
        handle = tree.place(path, flags)
    except OSError as error:
        return error.errno
    status = os.fstat(handle)
    os.close(handle)
    return status.st_dev, status.st_ino


def test_the_walk_leaves_no_descriptor_behind(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b/../c")
    (tmp_path / "b").mkdir()
    tree = Tree(str(tmp_path), by_kernel=False)
    before = sorted(os.listdir("/proc/self/fd"))
    for path in ("/a", "/b", "/b/../b", "/nothing", "/a/x"):
        place(tree, path, os.O_PATH)
    assert sorted(os.listdir("/proc/self/fd")) == before
    tree.close()
