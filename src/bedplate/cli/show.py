"""``bedplate show``: what a host is, section by section."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from bedplate.cli.options import format_option, host_options, open_host
from bedplate.cli.output import print_json, print_lines, print_text

if TYPE_CHECKING:
    from bedplate.host.host import Host


def _topology(host: Host, as_json: bool) -> None:
    if as_json:
        from bedplate.render.topology_json import topology_document

        print_json(topology_document(host.topology, host.constants, host.pci))
    else:
        from bedplate.render.topology_text import topology_text

        print_text(topology_text(host.topology, host.constants))


def _sysctl(host: Host, as_json: bool) -> None:
    if as_json:
        from bedplate.render.sysctl_json import sysctl_document

        print_json(sysctl_document(host.sysctls, host.constants))
    else:
        from bedplate.render.sysctl_text import sysctl_text

        print_lines(sysctl_text(host.sysctls))


_SHOWN = {"topology": _topology, "sysctl": _sysctl}
SECTIONS = tuple(_SHOWN)


@click.command()
@click.argument("section", type=click.Choice(SECTIONS), default="topology")
@host_options
@format_option
def show(section: str, root: str | None, live: str | None, form: str) -> None:
    """Show one SECTION of what a host is; without one, its topology."""
    with open_host(root, live) as host:
        _SHOWN[section](host, form == "json")
