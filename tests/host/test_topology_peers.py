"""The topology beside what lstopo, lscpu and numactl make of the same capture; each difference is explained."""

from __future__ import annotations

from typing import NamedTuple

from tests import recorded
from tests.oracles import lscpu, lstopo, numactl
from tests.oracles.differences import DIFFERENCES, EVERYTHING, PAGE, explained, page
from tests.oracles.ours import as_lscpu, as_lstopo, as_numactl
from tests.requires import requires
from tests.topologies import recorded_topology

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


def test_every_explained_machine_is_a_recorded_one() -> None:
    requires("hosts")
    assert {machine for one in DIFFERENCES for machine in one.machines} <= set(recorded.MACHINES)


def test_the_page_shows_every_difference() -> None:
    text = PAGE.read_text()
    assert text == page(text), "python -m tests.oracles.differences writes it"
