from __future__ import annotations

import gc
import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from tests import recorded, traces
from tests.requires import demanded, enforce

if TYPE_CHECKING:
    from collections.abc import Generator

# Other work on the machine must not fail a test; the gate tries the same examples in every run.
settings.register_profile("bedplate", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("bedplate")

# What a library may open once and keep, such as a pipe for waking up.
FEW = 3

BEFORE = pytest.StashKey[dict[str, str]]()
LEFT = pytest.StashKey[list[str]]()


def pytest_configure(config: pytest.Config) -> None:
    demanded()
    recorded.begin()
    if traces.in_charge():
        config.stash[BEFORE] = traces.traces()


def pytest_runtest_setup(item: pytest.Item) -> None:
    for mark in item.iter_markers("requires"):
        enforce(mark.args)


def open_files() -> int:
    return len(os.listdir("/proc/self/fd"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Generator[None, object, object]:
    before = open_files()
    result = yield
    if open_files() - before > FEW:
        gc.collect()  # what stands in a circle, such as with the traceback of an error
    left = open_files() - before
    assert left <= FEW, f"the test left {left} files open"
    return result


def pytest_sessionfinish(session: pytest.Session) -> None:
    if BEFORE in session.config.stash:
        left = traces.differences(session.config.stash[BEFORE], traces.traces())
        session.config.stash[LEFT] = left
        if left and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    left = config.stash.get(LEFT, None)
    if left:
        terminalreporter.section("the tests changed this machine", red=True)
        for line in left:
            terminalreporter.line(line)


def pytest_unconfigure() -> None:
    recorded.end()
