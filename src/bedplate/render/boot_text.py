"""How a host was booted, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bedplate.facts.boot import NO_LATENCY_LIMIT_USEC, built_in_cmdline, command_line_size_bytes
from bedplate.facts.boot_masks import possible_cpus_of
from bedplate.facts.boot_pages import asked_huge_pages
from bedplate.facts.boot_sets import boot_sets
from bedplate.facts.cmdline_difference import cmdline_difference
from bedplate.render.boot_json import readings
from bedplate.render.line import Line, line
from bedplate.render.table import wrapped
from bedplate.values.reading import Absent, Present, value_of, why_missing
from bedplate.values.sizes import format_size

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bedplate.facts.boot import Boot, Cmdline, IdleState
    from bedplate.facts.boot_masks import PossibleCpus
    from bedplate.facts.boot_pages import Pool
    from bedplate.facts.persisted_cmdline import PersistedLine
    from bedplate.facts.topology import Topology
    from bedplate.values.constants import HostConstants

_INDENT = "  "
_WIDTH = 110


def boot_text(boot: Boot, topology: Topology, constants: HostConstants, *, verbose: bool = False) -> Iterator[Line]:
    """Yield the lines; with ``verbose`` each parameter has one of its own, and so has all that was not there."""
    words = value_of(boot.cmdline)
    if words is not None:
        yield from _cmdline(words, boot, constants, verbose)
        yield from _sets(words, possible_cpus_of(boot, topology, constants))
        yield from _huge_pages(words, topology, constants)
    yield from _log(boot)
    yield from _clock(boot)
    yield from _idle(boot)
    yield from _kernel(boot)
    yield from _next_boot(boot, topology)
    lacking = [one for one in readings(boot) if not isinstance(one, Present)]
    yield from (
        line((why_missing(one), "dim"))
        for one in lacking
        if verbose or not isinstance(one, Absent) or one is boot.cmdline
    )


def _cmdline(words: Cmdline, boot: Boot, constants: HostConstants, verbose: bool) -> Iterator[Line]:
    size = command_line_size_bytes(boot, constants)
    length = len(words.text.encode("utf-8", "surrogateescape"))
    limit = "" if size is None else f" of {size - 1}"
    yield line(("Command line", "bold"), f"  {len(words.parameters)} parameters, {length} bytes{limit}")
    if verbose:
        yield from (line(_INDENT, str(one)) for one in words.parameters)
    else:
        yield from (line(_INDENT, text) for text in wrapped([str(one) for one in words.parameters], _WIDTH))
    if words.init_arguments:
        yield line(("For init", "bold"))
        yield from (line(_INDENT, text) for text in wrapped(words.init_arguments, _WIDTH))
    yield from (line(("Read otherwise", "bold yellow"), f"  {one.kind}: {one.text}") for one in words.problems)


def _sets(words: Cmdline, possible: PossibleCpus) -> Iterator[Line]:
    sets = boot_sets(words, possible)
    named = {
        "isolcpus": sets.domain,
        "nohz_full": sets.nohz_full,
        "offloaded callbacks": sets.offloaded,
        "spared by managed interrupts": sets.managed_irq,
    }
    shown = ", ".join(f"{name} {cpus}" for name, cpus in named.items() if cpus)
    yield line(("Isolation", "bold"), f"  {shown or 'none asked for'}")
    yield from (line(_INDENT, (f"ignored: {one}: {why}", "yellow")) for one, why in sets.dropped)
    if sets.undecided:
        yield line(_INDENT, (sets.undecided, "yellow"))


def _huge_pages(words: Cmdline, topology: Topology, constants: HostConstants) -> Iterator[Line]:
    asked = asked_huge_pages(words, topology, constants)
    if asked.pools or asked.problems:
        yield line(("Huge pages", "bold"), f"  {', '.join(map(_pool, asked.pools)) or 'none asked for'}")
    yield from (line(_INDENT, (f"{one.parameter}: {one.reason}", "yellow")) for one in asked.problems)


def _pool(pool: Pool) -> str:
    size = "the default size" if pool.size_bytes is None else format_size(pool.size_bytes)
    nodes = ", ".join(f"node {node}: {count}" for node, count in pool.per_node.items())
    return f"{pool.pages} of {size}" + (f" ({nodes})" if nodes else "")


def _log(boot: Boot) -> Iterator[Line]:
    log = value_of(boot.log)
    if log is None:
        return
    if log.unknown_parameters:
        yield line(("Not known to the kernel", "bold yellow"), f"  {log.unknown_parameters}")
    yield from (line(("The kernel says", "bold yellow"), f"  {text}") for text in log.complaints)


def _clock(boot: Boot) -> Iterator[Line]:
    current, offered = value_of(boot.clocksource), value_of(boot.clocksources)
    if current is not None:
        yield line(("Clock", "bold"), f"  {current}", f" of {' '.join(offered)}" if offered else "")


def _idle(boot: Boot) -> Iterator[Line]:
    idle = boot.idle
    parts = [str(value) for value in (value_of(idle.driver), value_of(idle.governor)) if value is not None]
    limit = value_of(idle.latency_limit_usec)
    if limit is not None:
        parts.append("no latency limit" if limit >= NO_LATENCY_LIMIT_USEC else f"latency limit {limit} µs")
    if parts:
        yield line(("Idle", "bold"), f"  {', '.join(parts)}")
    yield from (line(_INDENT, _state(state)) for state in idle.states)


def _state(state: IdleState) -> str:
    latency = "" if state.latency_usec is None else f" {state.latency_usec} µs"
    off = f", off at {state.disabled}" if state.disabled else ""
    return f"{state.name}{latency}  CPUs {state.cpus}{off}"


def _kernel(boot: Boot) -> Iterator[Line]:
    model = value_of(boot.preemption)
    parts = ["real time"] if value_of(boot.realtime) else []
    parts += [] if model is None else [f"{model.mode} of {' '.join(model.modes)}"]
    if parts:
        yield line(("Preemption", "bold"), f"  {', '.join(parts)}")
    if value_of(boot.rcu_normal):
        yield line(("Grace periods", "bold"), "  never hurried")


def _next_boot(boot: Boot, topology: Topology) -> Iterator[Line]:
    for kept in value_of(boot.persisted) or ():
        place = f"{kept.path}:{kept.line}" if kept.line else kept.path
        yield line(("Next boot", "bold"), f"  {place}", f"  {kept.title}" if kept.title else "")
        yield from _kept(kept, boot, topology)


def _kept(kept: PersistedLine, boot: Boot, topology: Topology) -> Iterator[Line]:
    if kept.cmdline is None:
        yield line(_INDENT, (f"not known: {kept.unknown}", "yellow"))
        return
    yield from (line(_INDENT, text) for text in wrapped(kept.cmdline.text.split(), _WIDTH))
    words = value_of(boot.cmdline)
    if words is not None:
        difference = cmdline_difference(words, kept.cmdline, value_of(topology.possible), built_in_cmdline(boot))
        yield from (
            line(_INDENT, (f"- {word}", "yellow"), "  booted with it, not kept") for word in difference.only_first
        )
        yield from (
            line(_INDENT, (f"+ {word}", "yellow"), "  kept, not booted with it") for word in difference.only_second
        )
