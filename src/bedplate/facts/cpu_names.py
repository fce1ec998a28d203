"""The symbolic names of CPU sets, which profiles use so that they fit machines of any shape."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bedplate.errors import ParseError
from bedplate.values.idset import NUMBER_LIMIT, CpuSet, union

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from bedplate.facts.topology import Topology


def named_cpus(text: str, topology: Topology) -> CpuSet:
    """Return the CPUs of a name such as ``all-but-first-core-per-node``, or of list or mask text (``N``: the last).

    A name means online CPUs.  ParseError where the text is neither.
    """
    name = text.strip()
    if name in _NAMES:
        return _NAMES[name](topology)
    try:
        return CpuSet.parse(name, last=_last(topology))
    except ParseError as error:
        raise ParseError(f"{error.problem}; {_hint(name)}", text=text) from None


def refuse_unnamed(text: str) -> None:
    """Raise ParseError where a text is on no host the CPUs of ``named_cpus``, or is a list or mask of none at all."""
    name = text.strip()
    if name in _NAMES:
        return
    try:
        cpus = CpuSet.parse(name, last=NUMBER_LIMIT - 1)
    except ParseError as error:
        raise ParseError(f"{error.problem}; {_hint(name)}", text=text) from None
    if not cpus:
        raise ParseError("names no CPU; where none is meant, it must be none", text=text)


def _hint(text: str) -> str:
    """Return what would be right, and the name that was likely meant."""
    import difflib

    near = difflib.get_close_matches(text, _NAMES, 1)
    meant = f"; did you mean {near[0]}?" if near else ""
    return f"must be a list such as 2-7, a mask such as 0xfc, or one of {', '.join(_NAMES)}{meant}"


def _last(topology: Topology) -> int | None:
    """Return the number that ``N`` stands for."""
    return max(topology.online, default=None)


def _but_first_core(topology: Topology) -> CpuSet:
    return topology.online - _first_cores(topology, [topology.online])


def _but_first_core_per_node(topology: Topology) -> CpuSet:
    # A kernel without CONFIG_NUMA shows no nodes: the host is then one.
    groups = [node.online_cpus for node in topology.nodes if node.online_cpus] or [topology.online]
    return topology.online - _first_cores(topology, groups)


def _first_cores(topology: Topology, groups: Iterable[CpuSet]) -> CpuSet:
    """Return the threads of the core with the lowest CPU in each group; a CPU without a known core is one."""
    firsts = [group.first for group in groups if group]
    return union(CpuSet, (_core_of(cpu, topology) for cpu in firsts))


def _core_of(cpu: int, topology: Topology) -> CpuSet:
    return next((core.threads for core in topology.cores if cpu in core.threads), CpuSet([cpu]))


_NAMES: dict[str, Callable[[Topology], CpuSet]] = {
    "none": lambda _: CpuSet(),
    "all-but-first-core": _but_first_core,
    "all-but-first-core-per-node": _but_first_core_per_node,
}
