"""The topologies of the recorded machines, each read once a session and worker."""

from __future__ import annotations

from functools import cache

from bedplate.facts.topology import Topology
from bedplate.host.host import Host
from tests import recorded


@cache
def recorded_topology(machine: str) -> Topology:
    """Return the topology of a recorded machine."""
    with Host.open(str(recorded.folder(machine))) as host:
        return host.topology
