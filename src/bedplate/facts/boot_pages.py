"""The huge pages that a command line asks for, on the host that it booted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bedplate.parse.boot_huge_pages import boot_huge_pages

if TYPE_CHECKING:
    from bedplate.facts.topology import Topology
    from bedplate.parse.boot_huge_pages import BootHugePages as BootHugePages
    from bedplate.parse.boot_huge_pages import Pool as Pool
    from bedplate.parse.cmdline import Cmdline
    from bedplate.values.constants import HostConstants

_M = 1 << 20
# HPAGE_SIZE by architecture and page size; powerpc decides at boot by its MMU and is not among them.
_DEFAULT_BYTES = {
    ("x86_64", 4096): 2 * _M,
    ("aarch64", 4096): 2 * _M,
    ("aarch64", 16384): 32 * _M,
    ("aarch64", 65536): 512 * _M,
    ("riscv64", 4096): 2 * _M,
    ("s390x", 4096): _M,
    ("loongarch64", 16384): 32 * _M,
}


def asked_huge_pages(line: Cmdline, topology: Topology, constants: HostConstants) -> BootHugePages:
    """Return what the kernel makes of the huge page parameters, given its nodes and the sizes that they offer."""
    sizes = {pool.size_bytes for node in topology.nodes for pool in node.hugepages}
    nodes = {node.id for node in topology.nodes}
    default = _DEFAULT_BYTES.get((constants.architecture or "", constants.page_size_bytes or 0))
    return boot_huge_pages(line, sizes=sizes or None, nodes=nodes or None, default_bytes=default)
