"""What PCI devices are bound to: of this machine, of recorded ones, and of trees made here."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests import recorded
from tests.trees import FolderRoot, plant

from bedplate.facts.pci_links import Interface, PciLink, PciLinks
from bedplate.facts.specimen import specimen_topology
from bedplate.host.host import Host
from bedplate.host.pci import read_pci
from bedplate.host.pci_links import read_pci_links
from bedplate.values.idset import IdSet
from bedplate.values.reading import Absent, Denied, Malformed, Present, value_of

BUS = "/sys/bus/pci/devices"
PLACE = f"{BUS}/0000:01:00.0"
TOPOLOGY = specimen_topology({0: "0-3"})


def links_of(root: FolderRoot) -> PciLinks:
    return read_pci_links(root, read_pci(root, TOPOLOGY))


def link_of(tmp_path: Path, files: dict[str, bytes | str]) -> PciLink:
    planted = {f"{PLACE}/{name}": content for name, content in files.items()} or {f"{PLACE}/class": b"0x0\n"}
    (link,) = links_of(plant(tmp_path, planted)).links
    return link


def names(path: Path) -> list[str]:
    return sorted(os.listdir(path)) if path.is_dir() else []


def test_this_machine() -> None:
    with Host.live() as host:
        links = host.pci_links
        assert [link.address for link in links.links] == [device.address for device in host.pci.devices]
    for link in links.links:
        folder = Path(link.path)
        driver = folder / "driver"
        assert value_of(link.driver) == (driver.resolve().name if driver.exists() else None)
        vectors = names(folder / "msi_irqs")
        assert sorted(map(str, value_of(link.msi_irqs) or ())) == vectors
        assert all(Path("/proc/irq", number).is_dir() for number in vectors)
        interfaces = {path.name for path in [*folder.glob("net/*"), *folder.glob("virtio*/net/*")]}
        assert {interface.name for interface in link.interfaces} == interfaces
        for interface in link.interfaces:
            queues = names(Path("/sys/class/net", interface.name, "queues"))
            assert len(queues) == interface.receive_queues + interface.transmit_queues


@recorded.each_machine
def test_recorded_machines(machine: str) -> None:
    host = Host(FolderRoot(recorded.folder(machine)))
    assert [link.address for link in host.pci_links.links] == [device.address for device in host.pci.devices]
    for link in host.pci_links.links:
        for reading in (link.driver, link.current_speed, link.max_speed, link.current_width, link.msi_irqs):
            assert not isinstance(reading, Malformed), reading


def test_a_recorded_machine_with_links_and_vectors() -> None:
    links = Host(FolderRoot(recorded.folder("hwloc--32intel64-2p8co2t+8ve"))).pci_links.by_address()
    card = links["0000:1a:00.0"]
    assert (value_of(card.driver), value_of(card.current_speed), value_of(card.current_width)) == (
        "mlx5_core",
        8000,
        16,
    )
    assert value_of(card.msi_irqs) == IdSet(range(258, 294))


def test_what_a_device_has(tmp_path: Path) -> None:
    files: dict[str, bytes | str] = {
        "driver": "../../../../bus/pci/drivers/ice",
        "iommu_group": "../../../../kernel/iommu_groups/11",
        "physfn": "../0000:01:00.7",
        "current_link_speed": b"8.0 GT/s PCIe\n",
        "max_link_speed": b"16.0 GT/s PCIe\n",
        "current_link_width": b"4\n",
        "max_link_width": b"255\n",
        "link/l1_aspm": b"1\n",
        "link/l0s_aspm": b"0\n",
        "power/control": b"auto\n",
        "power/runtime_status": b"suspended\n",
        "sriov_numvfs": b"8\n",
        "msi_irqs/40": b"msix\n",
        "msi_irqs/41": b"msix\n",
        "net/eth0/queues/rx-0/rps_cpus": b"0\n",
        "net/eth0/queues/rx-1/rps_cpus": b"0\n",
        "net/eth0/queues/tx-0/xps_cpus": b"0\n",
        "virtio3/net/eth1/queues/tx-0/xps_cpus": b"0\n",
    }
    link = link_of(tmp_path, files)
    assert value_of(link.driver) == "ice"
    assert value_of(link.iommu_group) == "11"
    assert link.physical_function == "0000:01:00.7"
    assert (value_of(link.current_speed), value_of(link.max_speed)) == (8000, 16000)
    assert value_of(link.current_width) == 4
    assert link.max_width == Present(None, link.max_width.source)
    assert value_of(link.aspm) == {"l0s_aspm": False, "l1_aspm": True}
    assert (value_of(link.power_control), value_of(link.runtime_status)) == ("auto", "suspended")
    assert value_of(link.virtual_functions) == 8
    assert value_of(link.msi_irqs) == IdSet([40, 41])
    assert link.interfaces == (
        Interface("eth0", f"{PLACE}/net/eth0/queues", 2, 1),
        Interface("eth1", f"{PLACE}/virtio3/net/eth1/queues", 0, 1),
    )


def test_what_a_capture_lacks_is_not_certainly_absent(tmp_path: Path) -> None:
    link = link_of(tmp_path, {})
    for reading in (link.driver, link.msi_irqs, link.aspm, link.iommu_group, link.current_speed):
        assert isinstance(reading, Absent)
        assert not reading.certain


def test_what_is_of_another_kind_is_malformed(tmp_path: Path) -> None:
    link = link_of(tmp_path, {"driver": b"a file\n", "iommu_group/x": b"", "current_link_speed": b"fast\n"})
    assert isinstance(link.driver, Malformed)
    assert isinstance(link.iommu_group, Malformed)
    assert isinstance(link.current_speed, Malformed)


def test_a_device_whose_entry_leads_elsewhere_has_nothing_of_there(tmp_path: Path) -> None:
    files: dict[str, bytes | str] = {PLACE: "/etc/0000:01:00.0", "/etc/0000:01:00.0/driver": "/x/evil"}
    (link,) = links_of(plant(tmp_path, files)).links
    assert isinstance(link.driver, Malformed)
    assert link.interfaces == ()


def test_groups_are_read_once_for_the_devices_in_them(tmp_path: Path) -> None:
    files: dict[str, bytes | str] = {
        f"{PLACE}/iommu_group": "../../../../kernel/iommu_groups/11",
        f"{BUS}/0000:02:00.0/iommu_group": "../../../../kernel/iommu_groups/11",
        "/sys/kernel/iommu_groups/11/name": b"vfio-noiommu\n",
        "/sys/module/vfio/parameters/enable_unsafe_noiommu_mode": b"Y\n",
        "/sys/module/pcie_aspm/parameters/policy": b"default [performance] powersave\n",
    }
    links = links_of(plant(tmp_path, files))
    assert list(links.groups) == ["11"]
    assert value_of(links.groups["11"].name) == "vfio-noiommu"
    assert value_of(links.unsafe_noiommu) is True
    assert value_of(links.aspm_policy) == "performance"


def test_a_folder_that_may_not_be_listed_is_denied(tmp_path: Path) -> None:
    class Guarded(FolderRoot):
        def entries(self, path: str) -> list[object]:  # type: ignore[override]
            if path == PLACE:
                raise PermissionError(13, "Permission denied", path)
            return [*super().entries(path)]

    plant(tmp_path, {f"{PLACE}/class": b"0x0\n"})
    (link,) = links_of(Guarded(tmp_path)).links
    assert isinstance(link.driver, Denied)
    assert isinstance(link.msi_irqs, Denied)


TEXTS = st.binary(max_size=12) | st.sampled_from([b"8.0 GT/s PCIe\n", b"16\n", b"1\n", b"auto\n"])
TARGETS = st.from_regex(r"[./a-z0]{1,20}", fullmatch=True)
OF_LINK = ["current_link_speed", "max_link_width", "link/l1_aspm", "power/control"]
FILES = st.sampled_from([*OF_LINK, "msi_irqs/7", "msi_irqs/99999999", "net/x/y"])
LINKS = st.sampled_from(["driver", "iommu_group", "physfn"])


@given(files=st.dictionaries(FILES, TEXTS, max_size=6), links=st.dictionaries(LINKS, TARGETS, max_size=3))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_no_tree_makes_the_reader_raise(
    tmp_path_factory: pytest.TempPathFactory, files: dict[str, bytes], links: dict[str, str]
) -> None:
    link = link_of(tmp_path_factory.mktemp("tree"), {**files, **links})
    assert all(number < 65536 for number in value_of(link.msi_irqs) or ())
    for name in links:
        if name == "driver":
            assert isinstance(link.driver, Present | Malformed)
