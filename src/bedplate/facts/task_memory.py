"""What is resident of one process, and how that was read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class TaskMemory:
    """The sums over an address space, in bytes, by the kernel's names (Rss, Pss, Swap …)."""

    sizes: Mapping[str, int]
    method: str
    """``smaps_rollup``, or ``smaps``: its mappings added up, without the parts of Pss and with up to 1 kB a mapping
    less in Pss, SwapPss and Locked."""
