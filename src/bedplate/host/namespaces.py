"""Reads which namespaces the reader of a host's files is in: values of /proc belong to them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bedplate.host.root import Root

_NAMESPACES = "/proc/self/ns/"
_NAMESPACE = re.compile(r"[a-z_]+:\[\d{1,20}\]", re.ASCII)


def namespace_of(root: Root, kind: str) -> str | None:
    """Return the reader's own namespace of a kind (ipc, mnt, net …), as ``ipc:[4026531839]``; None where not told."""
    try:
        text = root.link(_NAMESPACES + kind)
    except OSError:
        return None
    return text if _NAMESPACE.fullmatch(text) else None
