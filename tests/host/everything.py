"""All that a root answers, to be compared with what another answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bedplate.host.root import Root


class Answer(NamedTuple):
    path: str
    kind: str
    link: str | None
    read: bytes | int | None
    """The bytes of a file, the errno where there are none."""


def everything(root: Root, folder: str = "") -> Iterator[Answer]:
    """Yield an answer for each path of a root."""
    try:
        entries = root.entries(folder or "/")
    except OSError as error:  # a capture of ours may know the name of a folder and nothing of what was in it
        yield Answer(folder, "unlisted", None, error.errno)
        return
    for name, kind in entries:
        path = f"{folder}/{name}"
        link = root.link(path) if kind == "link" else None
        try:
            yield Answer(path, kind, link, root.read(path))
        except OSError as error:
            yield Answer(path, kind, link, error.errno)
        if kind == "folder":
            yield from everything(root, path)
