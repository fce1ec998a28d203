"""The topologies of the recorded machines, each read once a session and worker."""

from __future__ import annotations

from functools import cache

from bedplate.facts.topology import Topology
from bedplate.host.topology import read_topology
from bedplate.values.constants import HostConstants
from tests import recorded
from tests.trees import FolderRoot


@cache
def recorded_topology(machine: str) -> Topology:
    """Return the topology of a recorded machine."""
    with FolderRoot(recorded.folder(machine)) as root:
        return read_topology(root, HostConstants())
