"""Bedplate: what a Linux host is, whether that is right, and how to change it and back.

The names below are loaded when they are first used, because ``bedplate check`` starts from cron on every host.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bedplate.host.host import Host as Host
    from bedplate.verdict import check as check

__version__ = "0.1.0"

__all__ = ["Host", "__version__", "check"]

_HOMES = {"Host": "bedplate.host.host", "check": "bedplate.verdict"}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'bedplate' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
