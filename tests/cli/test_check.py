"""``bedplate check`` as a user runs it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

import pytest

from bedplate.cli.check import exit_code
from bedplate.cli.exits import Exit
from bedplate.rules.engine import Report
from bedplate.rules.registry import find_rule
from bedplate.rules.rule import HOST, Cause, Finding, Severity, State


def bedplate(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bedplate", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def report(*findings: tuple[State, Severity]) -> Report:
    rule = find_rule("NUMA001")
    return Report("default", tuple(Finding(rule, state, severity, HOST, "") for state, severity in findings))


PASSES = (State.PASS, Severity.ERROR)


@pytest.mark.parametrize(
    ("findings", "threshold", "strict", "expected"),
    [
        ([PASSES], Severity.WARNING, False, Exit.OK),
        ([PASSES, (State.FAIL, Severity.INFO)], Severity.WARNING, False, Exit.OK),
        ([PASSES, (State.FAIL, Severity.INFO)], Severity.INFO, False, Exit.FINDINGS),
        ([(State.FAIL, Severity.WARNING)], Severity.WARNING, False, Exit.FINDINGS),
        ([(State.FAIL, Severity.WARNING)], Severity.ERROR, False, Exit.OK),
        ([PASSES, (State.UNKNOWN, Severity.ERROR)], Severity.WARNING, False, Exit.OK),
        ([PASSES, (State.UNKNOWN, Severity.INFO)], Severity.WARNING, True, Exit.UNINSPECTED),
        ([(State.UNKNOWN, Severity.ERROR)], Severity.WARNING, False, Exit.UNINSPECTED),
        ([PASSES, (State.ERROR, Severity.INFO)], Severity.WARNING, False, Exit.UNINSPECTED),
        ([(State.UNKNOWN, Severity.ERROR), (State.FAIL, Severity.ERROR)], Severity.WARNING, True, Exit.FINDINGS),
        ([PASSES, (State.NOT_APPLICABLE, Severity.ERROR)], Severity.WARNING, True, Exit.OK),
    ],
)
def test_exit_code(findings: list[tuple[State, Severity]], threshold: Severity, strict: bool, expected: Exit) -> None:
    assert exit_code(report(*findings), threshold, strict) is expected


def test_text_counts_every_state() -> None:
    output = bedplate("check").stdout
    for state in State:
        assert f" {state.value}" in output.splitlines()[-1]


def test_json_is_the_contract() -> None:
    document = json.loads(bedplate("check", "--format", "json").stdout)
    assert document["schema"] == "bedplate/report/1"
    assert set(document["counts"]) == {state.value for state in State}
    assert sum(document["counts"].values()) == len(document["findings"])


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        (("check", "--only", "numa1"), "numa1"),
        (("check", "--profile", "no-such"), "no-such"),
        (("check", "--root", "a", "--live", "b"), "--root"),
        (("check", "--interval", "0"), "--interval"),
        (("check", "--interval", "nan"), "not a number of seconds"),
        (("check", "--only", ""), "--only names no rule"),
        (("check", "--only", "numa", "--skip", "numa"), "no rule is left"),
        (("frobnicate",), "frobnicate"),
        (("explain", "NUMA999\x1b[31m"), "\\x1b[31m"),
    ],
)
def test_bad_usage_is_one_line_and_exit_code_2(arguments: tuple[str, ...], names: str) -> None:
    done = bedplate(*arguments)
    assert done.returncode == 2
    assert names in done.stderr
    assert "Traceback" not in done.stderr
    assert "\x1b" not in done.stderr
    assert not done.stdout


def shell(command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    python = f"{sys.executable} -m bedplate"
    return subprocess.run(
        ["/bin/bash", "-c", command.replace("bedplate", python)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, **environment},
    )


def test_a_reader_that_goes_away_is_neither_an_error_nor_a_finding() -> None:
    done = shell("bedplate explain | true; exit ${PIPESTATUS[0]}")
    assert done.returncode == Exit.BROKEN_PIPE
    assert not done.stderr


def test_a_closed_standard_output_is_told() -> None:
    done = shell("bedplate show >&-")
    assert (done.returncode, done.stderr) == (2, "bedplate: standard output is closed\n")


def test_a_terminal_of_ascii_gets_escapes() -> None:
    done = shell("bedplate show", PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    assert "\\xb7" in done.stdout


def test_an_interrupt_ends_quietly() -> None:
    command = [sys.executable, "-m", "bedplate", "check", "--interval", "30"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        time.sleep(3)  # it waits for its second look by then
        child.send_signal(signal.SIGINT)
        output, complaint = child.communicate(timeout=20)
    assert (child.returncode, output, complaint) == (Exit.INTERRUPTED, "", "")


def test_an_interrupt_while_it_loads_ends_quietly() -> None:
    interrupted = """
import sys

class Interrupt:
    def find_spec(self, name, *_):
        if name == "click":
            raise KeyboardInterrupt

sys.meta_path.insert(0, Interrupt())
from bedplate.cli.start import main
main()
"""
    done = subprocess.run([sys.executable, "-c", interrupted], capture_output=True, text=True, timeout=20, check=False)
    assert (done.returncode, done.stderr) == (Exit.INTERRUPTED, "")


def test_garbled_files_behind_an_error_are_too_little_for_a_verdict() -> None:
    one = Finding(find_rule("NUMA001"), State.UNKNOWN, Severity.ERROR, HOST, "", cause=Cause.UNPARSABLE)
    passing = Finding(find_rule("NUMA002"), State.PASS, Severity.ERROR, HOST, "")
    assert exit_code(Report("default", (passing, one)), Severity.WARNING, False) is Exit.UNINSPECTED
    harmless = replace(one, severity=Severity.WARNING)
    assert exit_code(Report("default", (passing, harmless)), Severity.WARNING, False) is Exit.OK
