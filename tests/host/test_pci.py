"""The PCI devices: of this machine, of the recorded ones, and of trees that try to lead astray."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests import recorded
from tests.trees import FolderRoot, plant

from bedplate.facts.pci import Locality, Pci, PciDevice
from bedplate.facts.specimen import specimen_topology
from bedplate.facts.topology import Topology
from bedplate.host.host import Host
from bedplate.host.pci import read_pci, resolved
from bedplate.host.root import Root
from bedplate.parse.pci import is_address
from bedplate.values.idset import CpuSet
from bedplate.values.reading import Absent, Malformed, Present, value_of

BUS = "/sys/bus/pci/devices"
TWO_NODES = specimen_topology({0: "0-3", 1: "4-7"})
ONE_NODE = specimen_topology({0: "0-3"})


def device(folder: str, node: str = "-1", cpulist: str | None = None, mask: str | None = None) -> dict[str, bytes]:
    files = {"class": b"0x020000\n", "vendor": b"0x8086\n", "device": b"0x1592\n", "numa_node": node.encode() + b"\n"}
    files |= {} if cpulist is None else {"local_cpulist": cpulist.encode() + b"\n"}
    files |= {} if mask is None else {"local_cpus": mask.encode() + b"\n"}
    return {f"{folder}/{name}": text for name, text in files.items()}


def only(pci: Pci) -> PciDevice:
    (one,) = pci.devices
    return one


def test_this_machine() -> None:
    with Host.live() as host:
        pci = host.pci
    there = sorted(os.listdir(BUS)) if os.path.isdir(BUS) else []
    assert [one.address for one in pci.devices] == there
    for one in pci.devices:
        folder = Path(BUS, one.address)
        assert Path(one.path) == folder.resolve()
        assert f"0x{value_of(one.vendor):04x}" == (folder / "vendor").read_text().strip()
        assert f"0x{value_of(one.class_code):06x}" == (folder / "class").read_text().strip()
        assert str(value_of(one.local_cpulist)) == (folder / "local_cpulist").read_text().strip()
        assert value_of(one.local_cpus) == value_of(one.local_cpulist)
    assert not pci.problems


def topology_of(root: Root) -> Topology:
    """Return a topology with the nodes that a capture tells; enough to place devices in."""
    folder = "/sys/devices/system/node"
    lists = {
        number: root.read(f"{folder}/node{number}/cpulist").decode().strip(" \n\0")
        for number in root.numbered(folder, "node")
        if root.exists(f"{folder}/node{number}/cpulist")
    }
    return specimen_topology(lists or {0: "0"})


@recorded.each_machine
def test_recorded_machines(machine: str) -> None:
    folder = recorded.folder(machine)
    root = FolderRoot(folder)
    pci = read_pci(root, topology_of(root))
    bus = folder / "sys/bus/pci/devices"
    if not bus.is_dir() and not list(folder.glob("sys/devices/pci*")):
        assert isinstance(pci.bus, Absent)
        assert not pci.bus.certain
        assert not pci.devices
        return
    assert isinstance(pci.bus, Present)
    for one in pci.devices:
        for reading in (one.class_code, one.vendor, one.device, one.numa_node, one.local_cpus, one.local_cpulist):
            assert not isinstance(reading, Malformed), reading
        assert isinstance(one.vendor, Present)
        assert one.locality.cpus is not None or one.locality.source == "unknown"
    if bus.is_dir():
        assert len(pci.devices) == len(list(bus.iterdir()))


def test_a_link_of_the_bus_tells_the_bridges_above_nearest_first(tmp_path: Path) -> None:
    place = "/sys/devices/pci0000:17/0000:17:00.5/pci10000:00/10000:00:02.0/10000:01:00.0"
    files: dict[str, bytes | str] = {f"{BUS}/10000:01:00.0": "../../../.." + place, **device(place)}
    one = only(read_pci(plant(tmp_path, files), ONE_NODE))
    assert one.path == place
    assert one.bridges == ("10000:00:02.0", "0000:17:00.5")


@pytest.mark.parametrize(
    "target",
    [
        "/etc/0000:00:01.0",
        "../../../../../../../../etc/0000:00:01.0",
        "../../../devices/pci0000:00/0000:00:02.0",
        "/sys/devices/../../etc/0000:00:01.0",
        "0000:00:01.0",
        "/sys/devices" + "/x" * 500 + "/0000:00:01.0",
    ],
)
def test_a_link_that_leads_elsewhere_is_told_and_not_followed(tmp_path: Path, target: str) -> None:
    root = plant(tmp_path, {f"{BUS}/0000:00:01.0": target, **device("/etc/0000:00:01.0")})
    one = only(read_pci(root, TWO_NODES))
    assert isinstance(one.vendor, Malformed)
    assert one.vendor.text.decode() == target
    assert root.reads == 0
    assert one.locality == Locality(None, None, "unknown")


def test_a_dangling_link_is_a_device_of_which_nothing_is_known(tmp_path: Path) -> None:
    root = plant(tmp_path, {f"{BUS}/0000:00:01.0": "../../../devices/pci0000:00/0000:00:01.0"})
    one = only(read_pci(root, TWO_NODES))
    assert isinstance(one.vendor, Absent)
    assert one.locality.source == "unknown"


def test_a_cycle_of_links_ends(tmp_path: Path) -> None:
    files: dict[str, bytes | str] = {
        f"{BUS}/0000:00:01.0": "../../../devices/pci0000:00/0000:00:01.0",
        "/sys/devices/pci0000:00": "pci0000:01",
        "/sys/devices/pci0000:01": "pci0000:00",
    }
    one = only(read_pci(plant(tmp_path, files), TWO_NODES))
    assert isinstance(one.vendor, Malformed)
    assert "ELOOP" in one.vendor.error


def test_an_absolute_link_means_the_roots_own_folders(tmp_path: Path) -> None:
    place = "/sys/devices/pci0000:00/0000:00:01.0"
    one = only(read_pci(plant(tmp_path, {f"{BUS}/0000:00:01.0": place, **device(place)}), ONE_NODE))
    assert value_of(one.vendor) == 0x8086


def test_folders_instead_of_links(tmp_path: Path) -> None:
    one = only(read_pci(plant(tmp_path, {**device(f"{BUS}/0000:00:01.0")}), ONE_NODE))
    assert value_of(one.device) == 0x1592
    assert one.bridges == ()


def test_a_capture_without_the_bus_is_read_from_the_host_bridges(tmp_path: Path) -> None:
    below = "/sys/devices/pci0000:00/0000:00:01.0/0000:01:00.0"
    files: dict[str, bytes | str] = {
        **device(below),
        "/sys/devices/pci0000:00/0000:00:02.0": "/",
        **device("/sys/devices/pci0000:00/0000:00:01.0"),
    }
    pci = read_pci(plant(tmp_path, files), ONE_NODE)
    assert [one.address for one in pci.devices] == ["0000:00:01.0", "0000:01:00.0"]
    assert pci.devices[1].bridges == ("0000:00:01.0",)
    assert value_of(pci.bus) == "/sys/devices"


def test_a_name_that_is_no_address_is_a_problem_and_no_device(tmp_path: Path) -> None:
    root = plant(tmp_path, {**device(f"{BUS}/0000:00:01.0"), **device(f"{BUS}/evil\x1b[31m")})
    pci = read_pci(root, ONE_NODE)
    assert [one.address for one in pci.devices] == ["0000:00:01.0"]
    assert len(pci.problems) == 1


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (device("/d", "1"), Locality(CpuSet.from_list("4-7"), 1, "numa_node")),
        (device("/d", "7", "4-5"), Locality(CpuSet.from_list("4-5"), 1, "cpulist")),
        (device("/d", "-1", "0-7"), Locality(None, None, "unknown")),
        (device("/d", "-1", "2-5"), Locality(CpuSet.from_list("2-5"), None, "cpulist")),
        (device("/d", "-1", mask="30"), Locality(CpuSet.from_list("4-5"), 1, "cpulist")),
        (device("/d", "-1", "0-3", "f0"), Locality(CpuSet.from_list("4-7"), 1, "cpulist")),
        (device("/d", "junk", "8-9"), Locality(None, None, "unknown")),
    ],
)
def test_locality_on_two_nodes(tmp_path: Path, files: dict[str, bytes], expected: Locality) -> None:
    planted = {path.replace("/d/", f"{BUS}/0000:00:01.0/"): text for path, text in files.items()}
    assert only(read_pci(plant(tmp_path, {**planted}), TWO_NODES)).locality == expected


def test_a_device_without_a_node_is_where_its_nearest_bridge_is(tmp_path: Path) -> None:
    top = "/sys/devices/pci0000:16/0000:16:00.0"
    files: dict[str, bytes | str] = {
        **device(top, "1"),
        **device(f"{top}/0000:17:00.0", "-1"),
        **device(f"{top}/0000:17:00.0/0000:18:00.0", "-1", "0-3"),
    }
    pci = read_pci(plant(tmp_path, files), TWO_NODES)
    assert pci.by_address()["0000:18:00.0"].locality == Locality(CpuSet.from_list("4-7"), 1, "bridge 0000:16:00.0")


def test_on_one_node_no_node_is_that_node(tmp_path: Path) -> None:
    root = plant(tmp_path, {**device(f"{BUS}/0000:00:01.0", "-1", "0-3")})
    assert only(read_pci(root, ONE_NODE)).locality == Locality(CpuSet.from_list("0-3"), 0, "one node")


def test_a_link_is_resolved_as_text() -> None:
    assert resolved(BUS, "../../../devices/pci0000:00/0000:00:01.0") == "/sys/devices/pci0000:00/0000:00:01.0"
    assert resolved(BUS, "../" * 40 + "etc//./passwd") == "/etc/passwd"
    assert resolved(BUS, "/sys/devices/../x/") == "/sys/x"


TEXTS = st.binary(max_size=12) | st.sampled_from(
    [b"-1\n", b"0\n", b"0-3\n\0", b"f\n", b"0x8086\n", b"1-1444444444444\n"]
)
TARGETS = st.from_regex(r"[./a-z0:]{1,30}", fullmatch=True)
NAMES = st.sampled_from(["0000:00:00.0", "0000:00:01.0", "10000:00:01.0", "driver", "\udcff"])
FILES = st.sampled_from(["class", "vendor", "device", "numa_node", "local_cpus", "local_cpulist"])


@given(
    files=st.dictionaries(st.tuples(NAMES, FILES), TEXTS, max_size=12),
    links=st.dictionaries(NAMES, TARGETS, max_size=3),
)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_no_tree_makes_the_reader_raise(
    tmp_path_factory: pytest.TempPathFactory, files: dict[tuple[str, str], bytes], links: dict[str, str]
) -> None:
    planted: dict[str, bytes | str] = {f"{BUS}/{name}": target for name, target in links.items()}
    planted |= {f"{BUS}/{name}/{file}": text for (name, file), text in files.items() if name not in links}
    pci = read_pci(plant(tmp_path_factory.mktemp("tree"), planted), TWO_NODES)
    assert all(is_address(one.address) for one in pci.devices)
    assert len(pci.devices) == sum(is_address(name) for name in {*links, *(name for name, _ in files)})


def test_what_cannot_be_understood_is_a_problem_with_its_file(tmp_path: Path) -> None:
    place = f"{BUS}/0000:00:01.0"
    files: dict[str, bytes | str] = {**device(place, "junk", "1-1444444444444"), f"{BUS}/0000:00:02.0": "/etc/passwd"}
    pci = read_pci(plant(tmp_path, files), TWO_NODES)
    told = {problem.path.removeprefix(BUS): problem.text for problem in pci.problems}
    assert set(told) == {"/0000:00:01.0/numa_node", "/0000:00:01.0/local_cpulist", "/0000:00:02.0"}
    assert told["/0000:00:01.0/numa_node"] == "not a whole number: “junk”"
    assert "/etc/passwd" in told["/0000:00:02.0"]


def test_the_text_of_a_mask_is_kept(tmp_path: Path) -> None:
    pci = read_pci(plant(tmp_path, device(f"{BUS}/0000:41:00.0", mask="f0f1", cpulist="0,4-7,12-15")), TWO_NODES)
    assert only(pci).local_cpus.source.raw == b"f0f1\n"
