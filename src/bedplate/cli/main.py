"""``bedplate``: finds the verb, runs it, and turns every error into one line and an exit code.

A verb's module is imported when the verb is used, so that ``--help`` and ``check`` load nothing of the others.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING, cast

import click

from bedplate import __version__
from bedplate.cli.exits import Exit
from bedplate.errors import BedplateError, CaptureError, UsageError
from bedplate.values.escape import printable

if TYPE_CHECKING:
    from io import TextIOWrapper

# Verb: what it does.  The command is the function of that name in the module bedplate.cli.<verb>.
VERBS = {
    "check": "Check this host, or a capture of one, against a profile.",
    "show": "Show what a host is: topology, PCI devices, interrupts, boot, sysctls.",
    "capture": "Write what check and show read of a host, to be read elsewhere.",
    "explain": "Say what a rule checks, why, and what to do about it.",
}


class Verbs(click.Group):
    """The verbs, each loaded when it is used; help needs only their names and what they do."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the verbs in the order that a newcomer meets them."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Return a verb's command, None where there is no such verb."""
        if cmd_name not in VERBS:
            return None
        command: click.Command = getattr(import_module(f"bedplate.cli.{cmd_name}"), cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the list of verbs without loading one."""
        with formatter.section("Verbs"):
            formatter.write_dl(list(VERBS.items()))


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]}, subcommand_metavar="VERB [ARGS]...")
@click.version_option(__version__, prog_name="bedplate")
def bedplate() -> None:
    """Bedplate reads what a Linux host is, checks it, and says what to do about it.

    It works on this host and, with --root, on a capture of another one.  Exit codes: 0 nothing at or above the
    threshold, 1 findings, 2 usage or profile error, 3 could not inspect enough.
    """


def main() -> None:
    """Run the command line and exit with its code; never a traceback for what a user can cause."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run the command line with these arguments and return the exit code."""
    try:
        return _verb(arguments)
    except click.ClickException as error:
        error.show()
        return Exit.USAGE
    except (click.Abort, KeyboardInterrupt):
        return Exit.INTERRUPTED
    except CaptureError as error:
        return _complain(str(error), Exit.UNINSPECTED)
    except BedplateError as error:
        for line in (str(error), *getattr(error, "more", ())):
            _complain(line, Exit.USAGE)
        return Exit.USAGE
    except BrokenPipeError:
        # The reader of our output is gone (| head).  Python would complain again at exit: give it somewhere to write.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.BROKEN_PIPE
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        return _complain(f"{where}{error.strerror or error}", Exit.USAGE)
    except Exception as fault:
        # A fault of our own.  Whoever runs this from cron wants a line; whoever mends it, the place.
        if os.environ.get("BEDPLATE_TRACEBACK"):
            raise
        said = f"{type(fault).__name__}: {fault}"
        return _complain(f"this is a fault of bedplate itself, please report it: {said}", Exit.FAULT)


def _verb(arguments: list[str]) -> int:
    """Run a verb and return its exit code, with everything written.

    Not by click's main(): that takes a reader of our output that went away for exit code 1, which means findings here.
    """
    # click's stubs and Python's say that there is a standard output; with >&- there is none.
    output: TextIOWrapper | None = cast("TextIOWrapper | None", sys.stdout)
    if output is None:
        raise UsageError("standard output is closed")
    # What the terminal's encoding lacks, such as the dots of our text in ASCII, is written as an escape.
    output.reconfigure(errors="backslashreplace")
    try:
        with bedplate.make_context("bedplate", arguments) as context:
            result: object = bedplate.invoke(context)
    except click.exceptions.Exit as done:  # --help, --version
        result = done.exit_code
    output.flush()
    return result if isinstance(result, int) else Exit.OK


def _complain(line: str, code: Exit) -> Exit:
    # What is in the line was made safe where it was written; this is for the file names of the operating system.
    click.echo(f"bedplate: {line if line.isprintable() else printable(line)}", err=True)
    return code
