"""The command line: what the kernel reads otherwise than it looks, or does not read at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bedplate.facts.boot import command_line_size_bytes
from bedplate.facts.boot_sets import cpu_list_uses, without_list
from bedplate.facts.kernel_parameters import cumulative_parameters, field_parameters, known_parameters
from bedplate.rules.boot_words import fault, possible_cpus, seen_complaints, seen_line, seen_word, specimens_of
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
    not_applicable,
    seen,
    unknown,
)
from bedplate.values.reading import Present

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bedplate.facts.boot import Cmdline, Parameter
    from bedplate.facts.boot_sets import CpuListUse
    from bedplate.facts.facts import Facts
    from bedplate.policy import Profile

_PROBLEMS = {
    "unbalanced-quote": "a double quote is not closed: the kernel takes the rest of the line for one word",
    "quote-in-name": "a double quote is part of a name: the kernel knows no such parameter",
    "single-quote": "the kernel knows no single quotes: it takes them for part of the value",
    "no-break-space": "the byte 0xa0 is white space for the kernel: it ends the word in the middle of a letter",
    "nul-byte": "a NUL byte ends the line: what follows it is not read",
}
_KNOWN_BY_KERNEL = {"rcu_nocbs": "the kernel offloads every CPU instead", "irqaffinity": "the boot CPU alone is left"}


def _quotes_misread(facts: Facts, _: Profile) -> Iterator[Outcome]:
    boot = facts.boot
    line = need(boot.cmdline)
    for problem in line.problems:
        evidence = Evidence(boot.cmdline.source.path, problem.span, problem.text)
        yield fault(_PROBLEMS[problem.kind], [evidence], actual=problem.text, cause=Cause.UNPARSABLE)
    for argument in line.init_arguments:
        name = argument.partition("=")[0].replace("-", "_")
        if name in field_parameters():
            yield fault(
                f"{name} stands behind “--”: the kernel hands it to init and does not read it",
                [Evidence(boot.cmdline.source.path, raw=argument)],
                expected=Expected("in front of", "--"),
                actual=argument,
            )


def _cpu_list_refused(facts: Facts, _: Profile) -> Iterator[Outcome]:
    line = need(facts.boot.cmdline)
    uses = cpu_list_uses(line, possible_cpus(facts))
    bare = list(_without_list(line, facts))
    yield from bare
    if not uses and not bare:
        yield not_applicable("the command line has no list of CPUs", seen(facts.boot.cmdline.source))
    faults = len(bare)
    for use in uses:
        evidence = seen_word(facts.boot, use.parameter)
        if use.undecided:
            yield unknown(f"{use.parameter}: {use.undecided}", evidence)
        for outcome in _faults_of_list(facts, use, evidence):
            faults += 1
            yield outcome
    if uses and not faults and all(use.cpus is not None for use in uses):
        lists = {use.parameter.name: use.cpus for use in uses}
        yield Outcome(State.PASS, actual=lists, evidence=tuple(seen_word(facts.boot, use.parameter) for use in uses))


def _without_list(line: Cmdline, facts: Facts) -> Iterator[Outcome]:
    """Yield a failure for each name whose list was forgotten."""
    for parameter in without_list(line):
        yield fault(
            f"{parameter} has no “=” with a list of CPUs: it does nothing",
            [seen_word(facts.boot, parameter)],
            expected=Expected("present", f"{parameter}=list"),
            actual=str(parameter),
            cause=Cause.ABSENT,
        )


def _faults_of_list(facts: Facts, use: CpuListUse, evidence: Evidence) -> Iterator[Outcome]:
    name = use.parameter.name
    if use.refused:
        instead = _KNOWN_BY_KERNEL.get(name, "the kernel ignores it whole")
        said = seen_complaints(facts.boot, name)
        possible = facts.topology.possible
        if isinstance(possible, Present):
            said = (*said, seen(possible.source, possible.value))
        yield fault(
            f"{name}: {use.refused}; {instead}",
            [evidence, *said],
            expected=Expected("subset", possible_cpus(facts).cpus),
            actual=use.parameter.value,
            cause=Cause.UNPARSABLE,
        )
    elif use.cpus is not None and not use.cpus and use.parameter.value is not None:
        yield fault(f"{name} names no CPU: it does nothing", [evidence], actual=use.cpus, cause=Cause.OUT_OF_RANGE)
    if use.beyond:
        yield fault(
            f"{name}: CPUs {use.beyond} cannot be there; this kernel takes the rest, and refuses the list from "
            "Linux 6.3 on",
            [evidence],
            expected=Expected("subset", possible_cpus(facts).cpus),
            actual=use.parameter.value,
            cause=Cause.OUT_OF_RANGE,
            severity=Severity.INFO,
        )
    if use.skipped:
        yield fault(
            f"isolcpus takes {', '.join(use.skipped)} for flags that a kernel skips where it does not know them",
            [evidence, *seen_complaints(facts.boot, "isolcpus: ")],
            actual=use.skipped,
            severity=Severity.INFO,
        )


def _said_twice(facts: Facts, _: Profile) -> Iterator[Outcome]:
    boot = facts.boot
    groups: dict[str, list[Parameter]] = {}
    for parameter in need(boot.cmdline).parameters:
        if parameter.name in known_parameters() and parameter.name not in cumulative_parameters():
            groups.setdefault(parameter.name, []).append(parameter)
    for name, group in groups.items():
        if len({parameter.value for parameter in group}) > 1:
            values = [parameter.value or "" for parameter in group]
            yield fault(
                f"{name} is given {len(group)} times with different values; the last one, {values[-1]!r}, counts",
                [seen_word(boot, parameter) for parameter in group],
                expected=Expected("one of", values),
                actual=values[-1],
                cause=Cause.CONFLICT,
            )


def _cut(facts: Facts, _: Profile) -> Iterator[Outcome]:
    boot = facts.boot
    text = need(boot.cmdline).text
    length = len(text.encode("utf-8", "surrogateescape"))
    size = command_line_size_bytes(boot, facts.constants)
    if size is None:
        architecture = facts.constants.architecture or "an unknown architecture"
        yield unknown(f"how long a line a kernel of {architecture} keeps is not known here", seen_line(boot))
    elif length > size - 1 and need(boot.cmdline).has("bootconfig"):
        yield unknown("a boot configuration lengthened the line, so that its length tells nothing", seen_line(boot))
    elif length >= size - 1:
        yield fault(
            f"the command line fills the {size} bytes that the kernel keeps: what did not fit is lost",
            [seen_line(boot)],
            expected=Expected("below", size - 1),
            actual=length,
            cause=Cause.OUT_OF_RANGE,
        )
    else:
        yield Outcome(State.PASS, expected=Expected("below", size - 1), actual=length, evidence=(seen_line(boot),))


def _quotes_misread_specimens() -> Specimens:
    return specimens_of(
        passing=('quiet dyndbg="file a.c +p" "x=y z" -- --verbose', "quiet"),
        failing=('dyndbg="file a.c +p nohz_full=2-3', "isolcpus='2-3'", "quiet -- isolcpus=2-3", "a=\u00e0 b=c"),
    )


def _cpu_list_specimens() -> Specimens:
    return specimens_of(
        passing=("isolcpus=managed_irq,domain,2-3 nohz_full=2-3", "rcu_nocbs irqaffinity=0-1", "nohz_full=4-N"),
        failing=("isolcpus=all", "nohz_full=2-9", "isolcpus=", "rcu_nocbs=two", "isolcpus=sparkling,2", "nohz_full"),
    )


def _said_twice_specimens() -> Specimens:
    return specimens_of(
        passing=("panic=1 quiet panic=1", "console=tty0 console=ttyS0", "hugepagesz=2M hugepages=4 hugepagesz=1G"),
        failing=("skew_tick=1 skew-tick=0", "transparent_hugepage=never transparent_hugepage=always"),
    )


def _cut_specimens() -> Specimens:
    return specimens_of(passing=("quiet", "a" * 2046), failing=("a" * 2047, "\u00e4" * 1023 + "a"))


_PARAMETERS = "admin-guide/kernel-parameters"

RULES = (
    Rule(
        code="BOOT001",
        name="command-line-read-otherwise-than-meant",
        section=Section.BOOT,
        severity=Severity.ERROR,
        needs=("boot",),
        check=_quotes_misread,
        what="The kernel splits its command line as the one who wrote it meant it to.",
        why="The kernel's rules are not a shell's: it knows double quotes alone, they cannot be escaped, one that is "
        "not closed swallows the rest of the line, and what stands behind “--” is not for the kernel at all.",
        example="isolcpus='2-3' asks for CPU “'2-3'”, which is no list: no CPU is isolated.",
        remedy=Remedy("Write the value without quotes, or with double quotes around the whole of it.", reboot=True),
        references=(f"{_PARAMETERS}: introduction", "lib/cmdline.c: next_arg()", "kernel/params.c: parse_args()"),
        specimens=_quotes_misread_specimens,
    ),
    Rule(
        code="BOOT002",
        name="boot-cpu-list-refused",
        section=Section.BOOT,
        severity=Severity.ERROR,
        needs=("boot", "topology"),
        check=_cpu_list_refused,
        what="Every list of CPUs on the command line is one, names CPUs that can be there, and is not empty.",
        why="The kernel refuses a list as a whole, with one line in its log: for one CPU too many nothing is isolated. "
        "A bad rcu_nocbs= offloads every CPU, a bad irqaffinity= leaves the boot CPU alone; isolcpus without a list is "
        "no parameter.  Some kernels before 6.3 take a list with CPUs that cannot be there: told as information.",
        example="isolcpus=2-9 on a host of 8 CPUs (0-7) isolates none; isolcpus=all is read as a flag named “all”.",
        remedy=Remedy("Correct the list; “N” is the last CPU, whatever its number.", reboot=True),
        references=(f"{_PARAMETERS}: cpu lists", "lib/bitmap-str.c: bitmap_parselist()", "kernel/sched/isolation.c"),
        specimens=_cpu_list_specimens,
    ),
    Rule(
        code="BOOT003",
        name="boot-parameter-given-twice",
        section=Section.BOOT,
        severity=Severity.WARNING,
        needs=("boot",),
        check=_said_twice,
        what="No parameter that has one value is given several.",
        why="The last one counts without a word, so that a line can read as if the first did; whoever appends to a "
        "line (an image, a tuning daemon, an installer) leaves the older value standing.",
        example="transparent_hugepage=never … transparent_hugepage=always: huge pages are on.",
        remedy=Remedy("Keep the value that is meant, in the place that all kernels read.", reboot=True),
        references=(f"{_PARAMETERS}: introduction",),
        specimens=_said_twice_specimens,
    ),
    Rule(
        code="BOOT004",
        name="command-line-cut-short",
        section=Section.BOOT,
        severity=Severity.WARNING,
        needs=("boot",),
        check=_cut,
        what="The command line is shorter than the buffer that the kernel keeps it in (COMMAND_LINE_SIZE).",
        why="What does not fit is lost in silence, in the middle of a word: the parameters at the end of a long line, "
        "which are the ones added last.",
        example="On x86 a line of 2,047 bytes fills the buffer of 2,048.",
        remedy=Remedy("Drop what is not needed, or move it to a boot configuration (CONFIG_BOOT_CONFIG).", reboot=True),
        references=(f"{_PARAMETERS}: COMMAND_LINE_SIZE", "admin-guide/bootconfig"),
        specimens=_cut_specimens,
    ),
)
