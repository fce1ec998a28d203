"""The command line: words that the kernel does not know, or knows and does not take."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from bedplate.facts.kernel_parameters import known_parameters, near_parameter, switches_off, user_space_words
from bedplate.rules.boot_words import fault, seen_word, specimens_of
from bedplate.rules.rule import (
    Cause,
    Evidence,
    Expected,
    Outcome,
    Remedy,
    Rule,
    Section,
    Severity,
    Specimens,
    State,
    need,
    outcome_of_missing,
    seen,
    unknown,
)
from bedplate.values.reading import Present

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bedplate.facts.boot import Boot, Parameter
    from bedplate.facts.facts import Facts
    from bedplate.policy import Profile
    from bedplate.values.constants import HostConstants

_RELEASE = re.compile(r"(\d{1,3})\.(\d{1,3})", re.ASCII)


class _Log(NamedTuple):
    """What the kernel's log says of unknown words."""

    told: bool
    """Whether silence means that the kernel knew every word."""
    words: str
    """The unknown words with a space on either side of each."""
    evidence: tuple[Evidence, ...]


def _unknown_word(facts: Facts, _: Profile) -> Iterator[Outcome]:
    boot = facts.boot
    line = need(boot.cmdline)
    log = _log(boot, facts.constants)
    faults = 0
    started = max((at for at, one in enumerate(line.parameters) if one.name in ("init", "rdinit")), default=-1)
    for at, parameter in enumerate(line.parameters):
        # init= empties the list of words that were unknown so far, except those with a value.
        silent = parameter.value is None and at < started
        for outcome in _judged(boot, parameter, log, log.told and not silent):
            faults += 1
            yield outcome
    if log.told:
        if not faults:
            yield Outcome(State.PASS, actual="every word is known", evidence=log.evidence)
    elif isinstance(boot.log, Present):
        yield unknown(_why_silent(boot, facts.constants), seen(boot.log.source))
    else:
        yield outcome_of_missing(boot.log)._replace(state=State.UNKNOWN)


def _log(boot: Boot, constants: HostConstants) -> _Log:
    if not isinstance(boot.log, Present):
        return _Log(False, "", ())
    log = boot.log.value
    words = log.unknown_parameters or ""
    evidence = (seen(boot.log.source, words),) if words else ()
    told = bool(words) and not log.unknown_truncated
    return _Log(told or (log.complete and not words and _says_unknown(constants)), f" {words} ", evidence)


def _says_unknown(constants: HostConstants) -> bool:
    """Return whether the kernel is one that names unknown words ("init: print out unknown kernel parameters", 5.14).

    Only silence is judged by the release: the line itself, which others have taken over, speaks for itself.
    """
    match = _RELEASE.match(constants.kernel_release or "")
    return match is not None and (int(match[1]), int(match[2])) >= (5, 14)


def _why_silent(boot: Boot, constants: HostConstants) -> str:
    log = need(boot.log)
    if log.unknown_truncated:
        return "the kernel's log names unknown parameters, and was cut before its end"
    if not log.complete:
        return "the kernel's log no longer goes back to the boot, where unknown parameters are named"
    return f"a kernel of release {constants.kernel_release or 'unknown'} may not name unknown parameters (Linux 5.14)"


def _judged(boot: Boot, parameter: Parameter, log: _Log, told: bool) -> Iterator[Outcome]:
    if f" {parameter} " in log.words:
        yield from _named(boot, parameter, log)
    elif not told or parameter.module:
        near = near_parameter(parameter.name)
        if near is not None:
            yield fault(
                f"no kernel parameter is called {parameter.raw_name}; {near} was meant, most likely",
                [seen_word(boot, parameter)],
                expected=Expected("equal", near),
                actual=parameter.raw_name,
            )


def _named(boot: Boot, parameter: Parameter, log: _Log) -> Iterator[Outcome]:
    """Yield what a word that the log names means; most of those that programs read are no fault."""
    evidence = [seen_word(boot, parameter), *log.evidence]
    near = near_parameter(parameter.name)
    if parameter.name in user_space_words():
        return
    if parameter.name in known_parameters():
        yield fault(
            f"the kernel did not take {parameter}: its value is not one, or this kernel is built without it",
            evidence,
            actual=str(parameter),
            cause=Cause.OUT_OF_RANGE,
            severity=Severity.INFO if switches_off(parameter.name, parameter.value) else None,
        )
    elif near is not None:
        yield fault(
            f"the kernel does not know {parameter.raw_name}; {near} was meant, most likely",
            evidence,
            expected=Expected("equal", near),
            actual=parameter.raw_name,
        )
    else:
        yield fault(
            f"the kernel does not know {parameter.raw_name} and handed it to init",
            evidence,
            actual=parameter.raw_name,
            severity=Severity.INFO,
        )


def _specimens() -> Specimens:
    from bedplate.facts.specimen import booted
    from bedplate.facts.specimen_boot import specimen_log

    def logged(line: str, words: str) -> Facts:
        text = f'Unknown kernel command line parameters "{words}", will be passed to user space.'
        return booted(line, log=specimen_log(text))

    plain = specimens_of(passing=("quiet isolcpus=2-3 rcutree.kthread_prio=2",), failing=("rcutree.kthread_pri=2",))
    return Specimens(
        passing=(*plain.passing, (logged("quiet splash", "splash"), None)),
        failing=(
            *plain.failing,
            (logged("isolcpu=2-3", "isolcpu=2-3"), None),
            (logged("ISOLCPUS=2-3", "ISOLCPUS=2-3"), None),
            (logged("isolcpus=all", "isolcpus=all"), None),
            (logged("frobnicate quiet", "frobnicate"), None),
        ),
    )


RULES = (
    Rule(
        code="BOOT005",
        name="boot-parameter-not-known",
        section=Section.BOOT,
        severity=Severity.WARNING,
        needs=("boot",),
        check=_unknown_word,
        what="The kernel knows every word of its command line that is not meant for a program, and takes its value.",
        why="A mistyped parameter is no error: the kernel hands it to init and goes on without it. The same line of "
        "its log names parameters that it knows and refused, such as a list with a CPU too many.",
        example="isolcpu=2-3 isolates nothing, and becomes a variable in the environment of init.",
        remedy=Remedy(
            "Correct the name or the value; what is meant for a module carries its name and a dot.", reboot=True
        ),
        references=("admin-guide/kernel-parameters: introduction", "init/main.c: print_unknown_bootoptions()"),
        specimens=_specimens,
    ),
)
