"""Opens the right Root for a path: this host, this host seen from a container, or a capture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bedplate.host.root import LiveRoot

if TYPE_CHECKING:
    from bedplate.host.root import Root


def live_root(path: str = "/") -> Root:
    """Return this host's root; ``path`` is where its / is seen from here."""
    if path != "/":
        raise NotImplementedError(path)
    return LiveRoot()


def captured_root(path: str) -> Root:
    """Return the root of a capture."""
    raise NotImplementedError(path)
