"""The CPU sets of a command line: what each parameter asks for, and what the kernel takes of them together.

kernel/sched/isolation.c, kernel/rcu/tree_nocb.h and kernel/time/tick-sched.c of Linux 6.12; seen on 6.1: the first
isolcpus= or nohz_full= of a kind counts and a later one with other CPUs is dropped whole; a list that the kernel
refuses isolates nothing, but a bad rcu_nocbs= offloads every CPU; and nohz_full= offloads its CPUs too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bedplate.errors import ParseError
from bedplate.parse.boot_cpu_lists import CPU_LIST_PARAMETERS, needs_last_cpu, parse_boot_cpu_list, parse_isolcpus
from bedplate.values.idset import CpuSet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bedplate.parse.cmdline import Cmdline, Parameter

# The CPU that boots has number 0 on these; elsewhere (powerpc, sparc) it may have another.
_BOOT_CPU_IS_0 = {"x86_64", "i386", "i586", "i686", "aarch64", "riscv64", "loongarch64", "s390x"}


class CpuListUse(NamedTuple):
    """A parameter with a list of CPUs, as the kernel reads it."""

    parameter: Parameter
    cpus: CpuSet | None
    """None where the kernel refuses the list, or where it cannot be told here."""
    flags: tuple[str, ...] = ()
    """Of isolcpus=: ``nohz``, ``domain``, ``managed_irq``."""
    skipped: tuple[str, ...] = ()
    """Of isolcpus=: letters that are none of these, which a kernel skips where it does not know them."""
    refused: str = ""
    """Why the kernel refuses it."""
    undecided: str = ""
    """Why it cannot be told here."""


class BootSets(NamedTuple):
    """What the parameters of a line come to."""

    domain: CpuSet
    """isolcpus= with the flag domain, or without flags: taken out of load balancing."""
    nohz_full: CpuSet
    """nohz_full=, or isolcpus= with the flag nohz: without a tick while one task runs."""
    rcu_nocbs: CpuSet
    """rcu_nocbs= alone; see :attr:`offloaded`."""
    managed_irq: CpuSet
    """isolcpus= with the flag managed_irq: spared by managed interrupts."""
    sources: tuple[tuple[str, Parameter], ...]
    """The parameter that gave each set: ``domain``, ``nohz_full``, ``rcu_nocbs`` or ``managed_irq``."""
    dropped: tuple[tuple[Parameter, str], ...]
    """Parameters that the kernel ignores for what stood before them, and why."""
    undecided: str
    """Why a set cannot be told; the set is empty then.  Empty where all can."""

    @property
    def offloaded(self) -> CpuSet:
        """The CPUs whose RCU callbacks are offloaded: nohz_full implies it (Documentation/timers/no_hz.rst)."""
        return self.rcu_nocbs | self.nohz_full

    def source(self, name: str) -> Parameter | None:
        """Return the parameter that gave a set, None where it was not given."""
        return next((parameter for given, parameter in self.sources if given == name), None)


def cpu_list_uses(cmdline: Cmdline, possible: CpuSet | None) -> tuple[CpuListUse, ...]:
    """Return every parameter that takes a list of CPUs, read; ``possible`` is cpu/possible, None where not known."""
    return tuple(
        _use(parameter, possible)
        for parameter in cmdline.parameters
        if parameter.name in CPU_LIST_PARAMETERS and (parameter.value is not None or parameter.name == "rcu_nocbs")
    )


def _use(parameter: Parameter, possible: CpuSet | None) -> CpuListUse:
    text = parameter.value or ""
    last = max(possible) if possible else None
    flags: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()
    try:
        if parameter.name == "isolcpus":
            flags, skipped, cpus = parse_isolcpus(text, last)
        else:
            cpus = parse_boot_cpu_list(text, last)
    except ParseError as error:
        if last is None and needs_last_cpu(text):
            return CpuListUse(parameter, None, undecided="it depends on the number of CPUs, which is not known here")
        return CpuListUse(parameter, None, refused=error.problem)
    if last is not None and cpus and max(cpus) > last:
        # ERANGE of bitmap_parselist(): there are but nr_cpu_ids bits in the masks of a kernel for many CPUs.
        return CpuListUse(parameter, None, flags, skipped, f"it names CPU {max(cpus)}, and the last one is {last}")
    return CpuListUse(parameter, cpus, flags, skipped)


def boot_sets(cmdline: Cmdline, possible: CpuSet | None) -> BootSets:
    """Return what the isolating parameters of a line come to."""
    sets: dict[str, CpuSet] = {}
    sources: dict[str, Parameter] = {}
    dropped: list[tuple[Parameter, str]] = []
    undecided = ""
    for use in cpu_list_uses(cmdline, possible):
        names = tuple(_sets_of(use))
        if not names:
            continue
        if use.undecided:
            undecided = undecided or f"{use.parameter}: {use.undecided}"
            continue
        cpus = _taken(use, possible)
        if not cpus:
            continue
        other = [name for name in names if name != "rcu_nocbs" and name in sets and sets[name] != cpus]
        if other:
            first = sources[other[0]]
            dropped.append((use.parameter, f"{first} came before and says otherwise"))
            continue
        for name in names:
            sets[name] = cpus
            sources[name] = use.parameter
    none = CpuSet()
    return BootSets(
        sets.get("domain", none),
        sets.get("nohz_full", none),
        sets.get("rcu_nocbs", none),
        sets.get("managed_irq", none),
        tuple(sources.items()),
        tuple(dropped),
        undecided,
    )


def _sets_of(use: CpuListUse) -> Iterator[str]:
    if use.parameter.name == "isolcpus":
        yield from ("nohz_full" if flag == "nohz" else flag for flag in use.flags)
    elif use.parameter.name in ("nohz_full", "rcu_nocbs"):
        yield use.parameter.name


def _taken(use: CpuListUse, possible: CpuSet | None) -> CpuSet:
    if use.cpus is not None:
        return use.cpus
    return possible or CpuSet() if use.parameter.name == "rcu_nocbs" else CpuSet()


def boot_cpu(architecture: str | None) -> int | None:
    """Return the number of the CPU that the kernel boots on, None where the architecture does not fix it."""
    return 0 if architecture in _BOOT_CPU_IS_0 else None
