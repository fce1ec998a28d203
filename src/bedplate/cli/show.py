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


_DOCUMENTS: dict[str, Callable[[Host], Mapping[str, object]]] = {
    "topology": _topology,
    "pci": _pci,
    "irqs": _irqs,
    "boot": _boot,
    "sysctl": _sysctl,
}
_LINES: dict[str, Callable[[Host, bool], Iterable[Line]]] = {
    "topology": _topology_lines,
    "pci": _pci_lines,
    "irqs": _irqs_lines,
    "boot": _boot_lines,
    "sysctl": _sysctl_lines,
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
