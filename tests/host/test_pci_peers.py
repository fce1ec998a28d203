"""Where PCI devices are, beside what lstopo makes of the same capture; each difference is explained."""

from __future__ import annotations

from tests import recorded
from tests.oracles import lstopo
from tests.oracles.differences import EVERYTHING, explained
from tests.oracles.ours import pci_as_lstopo
from tests.requires import requires
from tests.topologies import recorded_topology
from tests.trees import FolderRoot

from bedplate.host.pci import read_pci
from bedplate.values.idset import CpuSet


def apart(ours: dict[str, CpuSet], theirs: dict[str, CpuSet] | str) -> dict[str, object]:
    """Return what differs: the devices that there are, and the places of those that both know."""
    if isinstance(theirs, str):
        return {EVERYTHING: theirs}
    places = {name: (ours[name], theirs[name]) for name in ours.keys() & theirs.keys() if ours[name] != theirs[name]}
    found: dict[str, object] = {"devices": ours.keys() ^ theirs.keys(), "places": places}
    return {name: value for name, value in found.items() if value}


@requires("oracles")
@recorded.each_machine
def test_lstopo(machine: str) -> None:
    topology = recorded_topology(machine)
    with FolderRoot(recorded.folder(machine)) as root:
        pci = read_pci(root, topology)
    found = apart(pci_as_lstopo(pci, topology), lstopo.pci(recorded.folder(machine))) if pci.devices else {}
    assert frozenset(found) == explained("lstopo (PCI)", machine), found
