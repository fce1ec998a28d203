"""Numbers of cores and clusters as kernels give them."""

from __future__ import annotations

from pathlib import Path

import pytest

from bedplate.host.host import Host


@pytest.mark.parametrize(("told", "cluster"), [(b"65535\n", None), (b"-1\n", None), (b"8\n", 8)])
def test_a_cluster_that_the_kernel_does_not_know_has_no_number(
    tmp_path: Path, told: bytes, cluster: int | None
) -> None:
    cpu = tmp_path / "sys/devices/system/cpu"
    topology = cpu / "cpu0/topology"
    topology.mkdir(parents=True)
    (cpu / "online").write_bytes(b"0\n")
    (topology / "core_cpus").write_bytes(b"1\n")
    (topology / "cluster_id").write_bytes(told)
    with Host.open(str(tmp_path)) as host:
        (core,) = host.topology.cores
    assert core.cluster == cluster
