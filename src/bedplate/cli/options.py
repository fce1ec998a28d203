"""The options that several verbs share, and the host that they name."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import click

if TYPE_CHECKING:
    from collections.abc import Callable

    from bedplate.host.host import Host

F = TypeVar("F", bound="Callable[..., object]")


def host_options(command: F) -> F:
    """Add ``--root CAPTURE`` and ``--live DIR`` to a verb."""
    root = click.option(
        "--root", metavar="CAPTURE", help="Read this capture (a folder, .tar, .tar.gz or .tar.xz) instead of this host."
    )
    live = click.option(
        "--live", metavar="DIR", help="Where this host's / is seen from here, such as /host in a container."
    )
    return root(live(command))


def open_host(root: str | None, live: str | None, interval: float | None = None) -> Host:
    """Return the host that the options name; UsageError where they name two, CaptureError where it is no capture."""
    from bedplate.host.host import Host

    if root is not None and live is not None:
        raise click.UsageError("--root is for a capture and --live for this host: give one of them")
    if root is not None:
        return Host.open(root)
    return Host.live(live or "/", interval=interval)


class Seconds(click.FloatRange):
    """Seconds between two looks; “nan” is no number, though it is in every range."""

    name = "seconds"

    def __init__(self) -> None:
        super().__init__(0.1, 3600)

    def convert(self, value: float, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the seconds; BadParameter where the text names none."""
        seconds: float = super().convert(value, param, ctx)
        if seconds != seconds:
            self.fail(f"{value!r} is not a number of seconds", param, ctx)
        return seconds


format_option = click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True, help="How to print it."
)
