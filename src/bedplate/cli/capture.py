"""``bedplate capture``: writes what check and show read of a host to a file that they can read elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from bedplate import __version__
from bedplate.cli.exits import Exit
from bedplate.cli.options import Seconds, host_options, open_host
from bedplate.values.escape import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bedplate.host.capture import Written

_NAMED = 5
_NEEDS = "root or CAP_DAC_READ_SEARCH"


@click.command()
@click.option(
    "-o", "--output", required=True, metavar="FILE", help="A .tar.gz, .tar.xz or .tar; any other name makes a folder."
)
@host_options
@click.option("--no-redact", is_flag=True, help="Keep serial numbers, MAC addresses, UUIDs, addresses and passwords.")
@click.option("--interval", metavar="SECONDS", type=Seconds(), help="Read counters twice.")
@click.option("--force", is_flag=True, help="Replace FILE where it is there already.")
def capture(
    output: str, root: str | None, live: str | None, no_redact: bool, interval: float | None, force: bool
) -> Exit:
    """Capture this host for --root of check and show, here or elsewhere.

    The capture holds what check and show read, as the kernel wrote it, and bedplate.json, which says what could not
    be read or was not there.  No root is needed: what is denied is recorded as denied.  Serial numbers, MAC addresses,
    UUIDs, addresses and passwords are replaced by pseudonyms, and bedplate.json lists where.
    """
    from bedplate.host.capture import capture as write
    from bedplate.host.capture import redactor_for

    with open_host(root, live) as host:
        redactor = None if no_redact else redactor_for(host.root)
        written = write(host.root, output, version=__version__, redactor=redactor, force=force, interval=interval)
    for line in _summary(written):
        click.echo(line)
    for fault in written.faults:
        click.echo(f"bedplate: a fault of bedplate itself, please report it: {printable(fault)}", err=True)
    return Exit.OK if written.files > 1 else Exit.UNINSPECTED


def _summary(written: Written) -> Iterator[str]:
    manifest = written.manifest
    yield f"{printable(written.path)}: {written.files} files, {len(manifest.absent)} known to be absent"
    if manifest.denied:
        named = [f"{path} (needs {written.needs.get(path, _NEEDS)})" for path in sorted(manifest.denied)]
        yield f"  denied: {_some(named)}"
    if manifest.redacted:
        yield f"  redacted: {_some(sorted({row.what for row in manifest.redacted}))}"
    if manifest.left_out:
        yield f"  left out: {_some([f'{row.path} ({row.what})' for row in manifest.left_out])}"


def _some(names: list[str]) -> str:
    shown = ", ".join(printable(name) for name in names[:_NAMED])
    return shown if len(names) <= _NAMED else f"{shown} and {len(names) - _NAMED} more"
