"""Whether the kernel moves pages between memory of different speed by itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bedplate.values.reading import Reading


@dataclass(frozen=True, slots=True)
class MemoryTiers:
    """Moves between tiers; which node is in which tier is told by facts.topology.Node.memory_tier."""

    demotion_enabled: Reading[bool]
    """mm/numa/demotion_enabled: whether reclaim moves pages to slower nodes (Linux 5.15, CONFIG_MIGRATION and
    CONFIG_NUMA).  Promotion is bit 2 of kernel.numa_balancing.  Source: ABI/testing/sysfs-kernel-mm-numa."""
