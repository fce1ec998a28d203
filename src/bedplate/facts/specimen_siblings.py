"""Small made-up sibling files, on which rules show what they find; the rest of a host is in facts/specimen.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bedplate.facts.siblings import Siblings
from bedplate.values.idset import CpuSet
from bedplate.values.reading import Present, Source

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bedplate.facts.topology import Topology


def specimen_siblings(topology: Topology, changed: Mapping[int, str] | None = None) -> Siblings:
    """Return the files of each online CPU, with other lists for some CPUs; their masks stay as they are."""
    listed = {cpu: CpuSet.from_list(text) for cpu, text in (changed or {}).items()}
    views = {
        cpu: (
            Present(core.threads, Source(f"specimen/cpu{cpu}/topology/thread_siblings")),
            Present(listed.get(cpu, core.threads), Source(f"specimen/cpu{cpu}/topology/thread_siblings_list")),
        )
        for core in topology.cores
        for cpu in core.threads
    }
    return Siblings(views)
