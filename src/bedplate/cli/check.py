"""``bedplate check``: the verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from bedplate.cli.exits import Exit
from bedplate.cli.options import Seconds, format_option, host_options, open_host
from bedplate.cli.output import print_json, print_lines
from bedplate.policy import DEFAULT
from bedplate.rules.rule import Cause, Severity, State
from bedplate.verdict import check as verdict

if TYPE_CHECKING:
    from bedplate.host.host import Host
    from bedplate.policy import Profile
    from bedplate.rules.engine import Report
    from bedplate.rules.rule import Finding

_WEIGHT = {Severity.INFO: 0, Severity.WARNING: 1, Severity.ERROR: 2}


@click.command()
@host_options
@format_option
@click.option(
    "--profile", metavar="NAME|FILE", default=None, help="What the host should be  [default: wrong on any host]"
)
@click.option("--only", metavar="RULES", multiple=True, help="Only these: codes, names or sections, with commas.")
@click.option("--skip", metavar="RULES", multiple=True, help="All but these: codes, names or sections, with commas.")
@click.option(
    "--fail-on",
    type=click.Choice([severity.value for severity in Severity]),
    default=Severity.WARNING.value,
    show_default=True,
    help="The least severity of a failure that makes the exit code 1.",
)
@click.option("--strict", is_flag=True, help="Exit with 3 where anything is unknown.")
@click.option("--interval", metavar="SECONDS", type=Seconds(), help="Look twice, for what must not grow.")
@click.option("-v", "--verbose", is_flag=True, help="List passes and what does not apply, too.")
def check(
    root: str | None,
    live: str | None,
    form: str,
    profile: str | None,
    only: tuple[str, ...],
    skip: tuple[str, ...],
    fail_on: str,
    strict: bool,
    interval: float | None,
    verbose: bool,
) -> int:
    """Check this host, or a capture, and print the verdict with the count of every state.

    Exit codes: 0 no failure at or above --fail-on, 1 failures, 2 usage or profile error, 3 too much is unknown.
    """
    wanted = _profile(profile)
    with open_host(root, live, interval) as host:
        report = verdict(host, wanted, only=_split("--only", only), skip=_split("--skip", skip))
        if form == "json":
            _print_json(host, report)
        else:
            _print_text(host, report, verbose)
    return exit_code(report, Severity(fail_on), strict)


def _profile(name: str | None) -> Profile:
    if name is None:
        return DEFAULT
    from bedplate.documents.profiles import named_profile

    return named_profile(name)


def exit_code(report: Report, threshold: Severity, strict: bool) -> Exit:
    """Return 1 for failures at or above the threshold, else 3 where too much is unknown, else 0.

    Too much: a rule that failed to run, a rule of severity error whose files are there and not to be understood, more
    unknown than judged, or with ``strict`` any unknown at all.
    """
    counts = report.counts()
    failing = (finding for finding in report.findings if finding.state is State.FAIL)
    if any(_WEIGHT[finding.severity] >= _WEIGHT[threshold] for finding in failing):
        return Exit.FINDINGS
    judged = counts[State.PASS] + counts[State.FAIL]
    unknown = counts[State.UNKNOWN]
    if counts[State.ERROR] or unknown > judged or (strict and unknown) or any(map(_is_garbled, report.findings)):
        return Exit.UNINSPECTED
    return Exit.OK


def _is_garbled(finding: Finding) -> bool:
    """Return whether a finding says that what an error would show in was read, and not understood."""
    unparsable = finding.state is State.UNKNOWN and finding.cause is Cause.UNPARSABLE
    return unparsable and finding.severity is Severity.ERROR


def _print_text(host: Host, report: Report, verbose: bool) -> None:
    from bedplate.render.report_text import report_lines

    print_lines(report_lines(describe(host), report.profile, report.findings, verbose=verbose))


def _print_json(host: Host, report: Report) -> None:
    from bedplate.render.report_json import report_document

    root = host.root
    print_json(report_document(host.name, root.where, root.live, host.constants, report.profile, report.findings))


def describe(host: Host) -> str:
    """Return a host in one line: its name, where it was read from, architecture and kernel."""
    constants = host.constants
    architecture = constants.architecture or "architecture unknown"
    kernel = f"Linux {constants.kernel_release}" if constants.kernel_release else "kernel unknown"
    capture = "" if host.root.live else f" from {host.root.where}"
    return f"{host.name}{capture} ({architecture}, {kernel})"


def _split(option: str, names: tuple[str, ...]) -> list[str]:
    """Return the names that an option gives; an empty one, as of an unset shell variable, asks for nothing."""
    found = [part.strip() for name in names for part in name.split(",") if part.strip()]
    if names and not found:
        raise click.UsageError(f"{option} names no rule or section")
    return found
