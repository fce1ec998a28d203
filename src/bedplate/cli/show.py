"""``bedplate show``: what a host is, section by section."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from bedplate.cli.options import format_option, host_options, open_host
from bedplate.cli.output import print_json, print_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from bedplate.host.host import Host
    from bedplate.render.line import Line


def _topology(host: Host) -> Mapping[str, object]:
    from bedplate.render.topology_json import topology_document

    return topology_document(host.topology, host.constants, host.pci)


def _topology_lines(host: Host, verbose: bool) -> Iterable[Line]:  # noqa: ARG001 - there is no more to show
    from bedplate.render.topology_text import topology_lines

    return topology_lines(host.topology, host.constants)


def _pci(host: Host) -> Mapping[str, object]:
    from bedplate.render.pci_json import pci_document

    return pci_document(host.pci, host.pci_links, host.constants)


def _pci_lines(host: Host, verbose: bool) -> Iterable[Line]:
    from bedplate.render.pci_text import pci_text

    return pci_text(host.pci, host.pci_links, verbose=verbose)


def _irqs(host: Host) -> Mapping[str, object]:
    from bedplate.render.irqs_json import irqs_document

    return irqs_document(host.irqs, host.pci_links, host.constants)


def _irqs_lines(host: Host, verbose: bool) -> Iterable[Line]:
    from bedplate.render.irqs_text import irqs_text

    return irqs_text(host.irqs, verbose=verbose)


def _boot(host: Host) -> Mapping[str, object]:
    from bedplate.render.boot_json import boot_document

    return boot_document(host.boot, host.topology, host.constants)


def _boot_lines(host: Host, verbose: bool) -> Iterable[Line]:
    from bedplate.render.boot_text import boot_text

    return boot_text(host.boot, host.topology, host.constants, verbose=verbose)


def _sysctl(host: Host) -> Mapping[str, object]:
    from bedplate.render.sysctl_json import sysctl_document

    return sysctl_document(host.sysctls, host.constants)


def _sysctl_lines(host: Host, verbose: bool) -> Iterable[Line]:
    from bedplate.render.sysctl_text import sysctl_text

    return sysctl_text(host.sysctls, verbose=verbose)


def _memory(host: Host) -> Mapping[str, object]:
    from bedplate.render.memory_json import memory_document

    return memory_document(host.memory, host.sysctls, host.constants)


def _memory_lines(host: Host, verbose: bool) -> Iterable[Line]:
    from bedplate.render.memory_text import memory_text

    return memory_text(host.memory, host.sysctls, host.constants, verbose=verbose)


def _hugepages(host: Host) -> Mapping[str, object]:
    from bedplate.render.hugepages_json import hugepages_document

    return hugepages_document(host.hugepages, host.mounts, host.constants)


def _hugepages_lines(host: Host, verbose: bool) -> Iterable[Line]:  # noqa: ARG001 - there is no more to show
    from bedplate.render.hugepages_text import hugepages_text

    return hugepages_text(host.hugepages, host.mounts)


def _mounts(host: Host) -> Mapping[str, object]:
    from bedplate.render.mounts_json import mounts_document

    return mounts_document(host.mounts, host.constants)


def _mounts_lines(host: Host, verbose: bool) -> Iterable[Line]:
    from bedplate.render.mounts_text import mounts_text

    return mounts_text(host.mounts, verbose=verbose)


def _cgroups(host: Host) -> Mapping[str, object]:
    from bedplate.render.cgroups_json import cgroups_document

    return cgroups_document(host.cgroups, host.constants)


def _cgroups_lines(host: Host, verbose: bool) -> Iterable[Line]:
    from bedplate.render.cgroups_text import cgroups_text

    return cgroups_text(host.cgroups, verbose=verbose)


def _ipc(host: Host) -> Mapping[str, object]:
    from bedplate.render.ipc_json import ipc_document

    return ipc_document(host.ipc, host.constants)


def _ipc_lines(host: Host, verbose: bool) -> Iterable[Line]:  # noqa: ARG001 - there is no more to show
    from bedplate.render.ipc_text import ipc_text

    return ipc_text(host.ipc, host.constants)


_DOCUMENTS: dict[str, Callable[[Host], Mapping[str, object]]] = {
    "topology": _topology,
    "pci": _pci,
    "irqs": _irqs,
    "boot": _boot,
    "sysctl": _sysctl,
    "memory": _memory,
    "hugepages": _hugepages,
    "mounts": _mounts,
    "cgroups": _cgroups,
    "ipc": _ipc,
}
_LINES: dict[str, Callable[[Host, bool], Iterable[Line]]] = {
    "topology": _topology_lines,
    "pci": _pci_lines,
    "irqs": _irqs_lines,
    "boot": _boot_lines,
    "sysctl": _sysctl_lines,
    "memory": _memory_lines,
    "hugepages": _hugepages_lines,
    "mounts": _mounts_lines,
    "cgroups": _cgroups_lines,
    "ipc": _ipc_lines,
}
SECTIONS = tuple(_DOCUMENTS)


@click.command()
@click.argument("section", type=click.Choice(SECTIONS), default="topology")
@host_options
@format_option
@click.option("-v", "--verbose", is_flag=True, help="All there is, and not the gist of it.")
def show(section: str, root: str | None, live: str | None, form: str, verbose: bool) -> None:
    """Show one SECTION of what a host is; without one, its topology."""
    with open_host(root, live) as host:
        if form == "json":
            print_json(_DOCUMENTS[section](host))
        else:
            print_lines(_LINES[section](host, verbose))
