"""Resolves a path inside a tree, links and all, so that nothing leads out of it.

The rules are those of path_resolution(7) after a chroot(2): an absolute link begins at the tree's root, ``..`` of
the root is the root, and a path takes at most 40 links (MAXSYMLINKS of the kernel).  What the tree is made of is the
caller's: descriptors of folders, an archive in memory, or another Root.
"""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

H = TypeVar("H")

LINK_LIMIT = 40
PATH_LIMIT_BYTES = 4096


class Step(NamedTuple, Generic[H]):
    """One thing that a path leads through."""

    kind: str
    """``folder``, ``link``, ``file`` or ``other``, as in host.root.Entry."""
    handle: H
    """What the caller's ``look`` takes to look further."""
    text: str = ""
    """Where a link points to."""


def resolve(path: str, root: H, look: Callable[[H, str], Step[H]], *, follow: bool = True) -> Step[H]:
    """Return what ``path`` leads to.

    ``look(folder, name)`` returns what one name in one folder is, without following it, or raises OSError.  A link at
    the very end is followed where ``follow`` says so, one in the middle always.  OSError ENOTDIR, ELOOP or ENOENT as
    the kernel would say.
    """
    trail = [Step("folder", root)]
    waiting = parts(path)[::-1]
    links = 0
    while waiting:
        name = waiting.pop()
        if trail[-1].kind != "folder":
            raise failure(errno.ENOTDIR, path)
        if name == "..":
            del trail[max(1, len(trail) - 1) :]
        elif name != ".":
            step = look(trail[-1].handle, name)
            if step.kind != "link" or not (follow or waiting):
                trail.append(step)
                continue
            links += 1
            if links > LINK_LIMIT:
                raise failure(errno.ELOOP, path)
            if step.text.startswith("/"):
                del trail[1:]
            waiting.extend(_target(step.text, path)[::-1])
    return trail[-1]


def parts(path: str) -> list[str]:
    """Return the names of a path; one that ends in ``/`` ends in ``.`` instead, which asks for a folder."""
    names = [name for name in path.split("/") if name]
    if names and path.endswith("/"):
        names.append(".")
    return names


def _target(text: str, path: str) -> list[str]:
    if not text:
        raise failure(errno.ENOENT, path)
    if len(text) > PATH_LIMIT_BYTES:
        raise failure(errno.ENAMETOOLONG, path)
    return parts(text)


def failure(number: int, path: str) -> OSError:
    """Return the OSError that the kernel would raise."""
    return OSError(number, os.strerror(number), path)
