"""The CPU sets of a command line: what each parameter asks for, and what the kernel takes of them together.

kernel/sched/isolation.c, kernel/rcu/tree_nocb.h and kernel/time/tick-sched.c of Linux 6.12; seen on 6.1: the first
isolcpus= or nohz_full= of a kind counts and a later one with other CPUs is dropped whole; a list that the kernel
refuses isolates nothing, but a bad rcu_nocbs= offloads every CPU; and nohz_full= offloads its CPUs too.
What of a list is beyond the possible CPUs: see bedplate.facts.boot_masks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bedplate.errors import ParseError
from bedplate.facts.boot_masks import PossibleCpus
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
    beyond: CpuSet = CpuSet()
    """What it names beyond the possible CPUs, where the kernel takes the rest of it."""


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


def cpu_list_uses(cmdline: Cmdline, possible: PossibleCpus | CpuSet | None) -> tuple[CpuListUse, ...]:
    """Return every parameter that takes a list of CPUs, read; ``possible`` is cpu/possible, None where not known.

    A plain set stands for a kernel whose masks have a bit for these CPUs and no more.
    """
    known = _known(possible)
    return tuple(
        _use(parameter, known)
        for parameter in cmdline.parameters
        if parameter.name in CPU_LIST_PARAMETERS and (parameter.value is not None or parameter.name == "rcu_nocbs")
    )


def without_list(cmdline: Cmdline) -> tuple[Parameter, ...]:
    """Return the parameters that need a list of CPUs and stand without ``=``: the kernel knows no such word.

    rcu_nocbs may stand alone since Linux 5.16: no CPU is offloaded at boot, and any can be later.
    """
    return tuple(
        parameter
        for parameter in cmdline.parameters
        if parameter.name in CPU_LIST_PARAMETERS and parameter.value is None and parameter.name != "rcu_nocbs"
    )


def _known(possible: PossibleCpus | CpuSet | None) -> PossibleCpus:
    if isinstance(possible, PossibleCpus):
        return possible
    return PossibleCpus(possible, max(possible) + 1 if possible else None)


def _use(parameter: Parameter, possible: PossibleCpus) -> CpuListUse:
    text = parameter.value or ""
    last = possible.last
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
    use = CpuListUse(parameter, cpus, flags, skipped)
    return _clipped(use, cpus, last, possible) if last is not None and cpus and max(cpus) > last else use


def _clipped(use: CpuListUse, cpus: CpuSet, last: int, possible: PossibleCpus) -> CpuListUse:
    """Return a use whose list goes beyond the last possible CPU as the kernel takes it."""
    rest = cpus & (possible.cpus or CpuSet())
    taken = possible.takes(max(cpus), rest, tuple(_sets_of(use)))
    if taken:
        return use._replace(cpus=rest, beyond=cpus - rest)
    if taken is None:
        why = f"it names CPU {max(cpus)}, the last one is {last}, and how wide this kernel's masks are is not known"
        return use._replace(cpus=None, undecided=why)
    # ERANGE of bitmap_parselist()
    return use._replace(cpus=None, refused=f"it names CPU {max(cpus)}, and the last one is {last}")


def boot_sets(cmdline: Cmdline, possible: PossibleCpus | CpuSet | None) -> BootSets:
    """Return what the isolating parameters of a line come to; ``possible`` as of :func:`cpu_list_uses`."""
    every = _known(possible).cpus
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
        cpus = _taken(use, every)
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
