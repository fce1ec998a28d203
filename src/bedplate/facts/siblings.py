"""What every file of every CPU says of the hyper threads of its core.

facts.topology.Core is what one map says for the whole core, which is all that most need.  Rules that prove the map
look at every file: tools read any of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bedplate.values.idset import CpuSet
    from bedplate.values.reading import Reading


@dataclass(frozen=True, slots=True)
class Siblings:
    """The siblings of the online CPUs.  Source: Documentation/admin-guide/cputopology.rst."""

    views: Mapping[int, tuple[Reading[CpuSet], ...]]
    """By CPU: core_cpus, core_cpus_list, thread_siblings and thread_siblings_list of cpuN/topology, as far as they are
    there; the first two came with Linux 5.3 and mean the same as the others."""
