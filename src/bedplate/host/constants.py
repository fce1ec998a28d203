"""Reads what a number in a file means on the host that wrote it."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from bedplate.values.constants import HostConstants

if TYPE_CHECKING:
    from bedplate.host.root import Root


def read_constants(_: Root) -> HostConstants:
    """Return the constants of the root's host."""
    name = os.uname()
    return HostConstants(
        architecture=name.machine,
        byte_order=sys.byteorder,
        kernel_release=name.release,
        page_size_bytes=os.sysconf("SC_PAGE_SIZE"),
        ticks_per_second=os.sysconf("SC_CLK_TCK"),
    )
