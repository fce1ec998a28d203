"""The topology beside what lstopo, lscpu and numactl make of the same capture; each difference is explained."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from tests import recorded
from tests.oracles import lscpu, lstopo, numactl
from tests.oracles.differences import DIFFERENCES, EVERYTHING, PAGE, explained, page
from tests.oracles.ours import as_lscpu, as_lstopo, as_numactl
from tests.requires import requires
from tests.topologies import recorded_topology

from bedplate.host.host import Host

pytestmark = requires("oracles")


def fields_apart(ours: NamedTuple, theirs: NamedTuple | str) -> dict[str, object]:
    """Return the fields in which two records differ with both values; one word where the peer refuses."""
    if isinstance(theirs, str):
        return {EVERYTHING: theirs}
    pairs = zip(ours._fields, ours, theirs, strict=True)
    return {name: {"ours": one, "theirs": other} for name, one, other in pairs if one != other}


@recorded.each_machine
def test_lstopo(machine: str) -> None:
    apart = fields_apart(as_lstopo(recorded_topology(machine)), lstopo.run(recorded.folder(machine)))
    assert frozenset(apart) == explained("lstopo", machine), apart


@recorded.each_machine
def test_lscpu(machine: str) -> None:
    apart = fields_apart(as_lscpu(recorded_topology(machine)), lscpu.run(recorded.folder(machine)))
    assert frozenset(apart) == explained("lscpu", machine), apart


@requires("root", "namespaces")
@recorded.each_machine
def test_numactl(machine: str) -> None:
    topology, folder = recorded_topology(machine), recorded.folder(machine)
    if not (folder / "sys/devices/system/node").is_dir():
        # There is nothing to lay over this machine's own.
        assert not topology.nodes
        return
    theirs = numactl.run(folder)
    apart = fields_apart(as_numactl(topology), theirs)
    if not isinstance(theirs, str) and theirs.cpus is None:
        del apart["cpus"]
    assert frozenset(apart) == explained("numactl", machine), apart


def test_this_machine() -> None:
    """Live, on whatever hardware this is: what hardly can differ, and does not move."""
    with Host.live() as host:
        topology = host.topology
    hwloc, util_linux = lstopo.run(Path("/")), lscpu.run(Path("/"))
    assert not isinstance(hwloc, str), hwloc
    assert not isinstance(util_linux, str), util_linux
    ours, cpus = as_lstopo(topology), as_lscpu(topology)
    assert (ours.online, ours.packages, ours.memory_caches) == (hwloc.online, hwloc.packages, hwloc.memory_caches)
    assert (cpus.online, cpus.cores, cpus.nodes) == (util_linux.online, util_linux.cores, util_linux.nodes)
    if topology.nodes:
        assert (set(ours.nodes), ours.distances) == (set(hwloc.nodes), hwloc.distances)


def test_every_explained_machine_is_a_recorded_one() -> None:
    requires("hosts")
    assert {machine for one in DIFFERENCES for machine in one.machines} <= set(recorded.MACHINES)


def test_the_page_shows_every_difference() -> None:
    text = PAGE.read_text()
    assert text == page(text), "python -m tests.oracles.differences writes it"
