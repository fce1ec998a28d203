"""Whatever a tree holds, devices and interrupts render: what the schemas say, and nothing that acts on a terminal."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.schemas import assert_valid
from tests.trees import plant

from bedplate.host.host import Host
from bedplate.render.irqs_json import irqs_document
from bedplate.render.irqs_text import irqs_text
from bedplate.render.pci_json import pci_document
from bedplate.render.pci_text import pci_text
from bedplate.render.topology_json import topology_document

BUS = "/sys/bus/pci/devices"
EVIL = "\x1b[31m\udcff"
ADDRESSES = st.sampled_from(["0000:00:00.0", "0000:01:00.0", "ffffffff:01:00.7", EVIL])
IDS = ["class", "vendor", "device", "numa_node", "local_cpus", "local_cpulist"]
BOUND = ["max_link_speed", "link/l1_aspm", f"link/{EVIL}", "power/control", "msi_irqs/40", f"net/{EVIL}/queues/rx-0"]
OF_DEVICE = st.sampled_from([*IDS, *BOUND])
OF_IRQ = ["smp_affinity_list", "effective_affinity", "node"]
OF_HOST = st.sampled_from(
    [
        *(f"/proc/irq/40/{name}" for name in OF_IRQ),
        "/proc/interrupts",
        "/proc/irq/default_smp_affinity",
        "/sys/kernel/irq/40/actions",
        "/sys/kernel/irq/40/chip_name",
        "/sys/devices/system/node/node0/cpulist",
        "/sys/devices/system/cpu/online",
    ]
)
OF_LINK = st.sampled_from(["driver", "iommu_group", "physfn"])
TABLE = b"CPU0 CPU1\n 40: 1 2 chip-0000:01:00.0 3-edge \x1b[31m, y\n"
KNOWN = [b"-1\n", b"1\n", b"0-3\n", b"f\n", b"0x8086\n", b"8.0 GT/s PCIe\n", b"\x1b[31mred\n", b"999999999\n"]
TEXTS = st.binary(max_size=16) | st.sampled_from(
    [*KNOWN, b"CPU0 CPU1\n 40: 1 2 chip-0000:01:00.0 3-edge \x1b[31m, y\n"]
)
TARGETS = st.sampled_from(["../../../bus/pci/drivers/nvme", "/", f"/x/{EVIL}", "../../../../kernel/iommu_groups/7"])


@given(
    devices=st.dictionaries(st.tuples(ADDRESSES, OF_DEVICE), TEXTS, max_size=14),
    links=st.dictionaries(
        st.tuples(ADDRESSES, st.sampled_from(["driver", "iommu_group", "physfn"])), TARGETS, max_size=4
    ),
    host=st.dictionaries(OF_HOST, TEXTS, max_size=8),
)
@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_tree_renders(
    tmp_path_factory: pytest.TempPathFactory,
    devices: dict[tuple[str, str], bytes],
    links: dict[tuple[str, str], str],
    host: dict[str, bytes],
) -> None:
    files: dict[str, bytes | str] = {f"{BUS}/{address}/{name}": text for (address, name), text in devices.items()}
    files |= {f"{BUS}/{address}/{name}": target for (address, name), target in links.items()}
    with Host(plant(tmp_path_factory.mktemp("tree"), {**files, **host})) as read:
        assert_valid(pci_document(read.pci, read.pci_links, read.constants), "pci-1")
        assert_valid(irqs_document(read.irqs, read.pci_links, read.constants), "irqs-1")
        assert_valid(topology_document(read.topology, read.constants, read.pci), "topology-1")
        for line in (*pci_text(read.pci, read.pci_links, verbose=True), *irqs_text(read.irqs, verbose=True)):
            assert line.plain().isprintable()
