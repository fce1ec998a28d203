"""What the kernel makes of hugepagesz=, hugepages= and default_hugepagesz=, which depend on their order.

Documentation/admin-guide/mm/hugetlbpage.rst ("Hugetlb boot command line parameter semantics") and mm/hugetlb.c:
a count belongs to the size before it; a count that comes first is for the default size, whichever that will be; a
size counts once; a count behind a size that the kernel refused is dropped; so is a second count for one size.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from bedplate.errors import ParseError
from bedplate.values.sizes import format_size, parse_size

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    from bedplate.parse.cmdline import Cmdline, Parameter

_COUNT = re.compile(r"\d{1,19}", re.ASCII)
_PER_NODE = re.compile(r"(\d{1,9}):(\d{1,19})", re.ASCII)


class Pool(NamedTuple):
    """The pages that the command line asks for in one size."""

    size_bytes: int | None
    """None for the architecture's default size, where the line does not say which that is."""
    pages: int
    per_node: Mapping[int, int]
    """By node, where the count was given in the form ``node:count,…``; else empty."""
    parameter: Parameter
    """The hugepages= that asked."""


class HugePageProblem(NamedTuple):
    """A parameter that the kernel ignores or reads otherwise than it looks."""

    parameter: Parameter
    reason: str


class BootHugePages(NamedTuple):
    """What the sequence comes to."""

    default_size_bytes: int | None
    """What default_hugepagesz= chose; None where it is not given, or refused."""
    pools: tuple[Pool, ...]
    problems: tuple[HugePageProblem, ...]


class _Sequence:
    """The state that the kernel keeps while it reads the line, parameter by parameter."""

    def __init__(self, sizes: Container[int] | None, nodes: Container[int] | None) -> None:
        self.sizes = sizes
        self.nodes = nodes
        self.default: int | None = None
        self.default_given = False
        self.valid = True  # whether the last size was one; counts behind another are dropped
        self.current: int | None = None  # the size that a count goes to; None: the default one, not yet named
        self.any_size = False
        self.given: dict[int, Parameter] = {}
        self.last_target: tuple[int | None] | None = None
        self.pools: dict[int | None, Pool] = {}
        self.problems: list[HugePageProblem] = []

    def complain(self, parameter: Parameter, reason: str) -> None:
        self.problems.append(HugePageProblem(parameter, reason))

    def take_default(self, parameter: Parameter) -> None:
        self.valid = False
        if self.default_given:
            self.complain(parameter, "default_hugepagesz= was given before: ignored, and so is a count behind it")
            return
        size = self._size(parameter)
        if size is None:
            return
        self.default, self.default_given, self.valid = size, True, True
        self.current, self.any_size = size, True
        self.given.setdefault(size, parameter)
        if None in self.pools:
            self.pools[size] = self.pools.pop(None)._replace(size_bytes=size)

    def take_size(self, parameter: Parameter) -> None:
        self.valid = False
        size = self._size(parameter)
        if size is None:
            return
        if size in self.given and (size != self.default or size in self.pools):
            self.complain(parameter, f"{format_size(size)} was given before: ignored, and so is a count behind it")
            return
        self.given[size] = parameter
        self.current, self.any_size, self.valid = size, True, True

    def take_count(self, parameter: Parameter) -> None:
        if not self.valid:
            self.complain(parameter, "it follows a size that the kernel ignores: ignored too")
            self.valid = True
            return
        size = self.current if self.any_size else None
        if self.last_target == (size,):
            self.complain(parameter, "a second count without a size between them: ignored")
            return
        pool = self._counted(parameter, size)
        if pool is not None:
            self.pools[size] = pool
            self.last_target = (size,)

    def settle(self, default_bytes: int | None) -> None:
        """Give the count that came first to the default size, and name the sizes that got no count."""
        first = self.pools.get(None)
        if first is not None and default_bytes is not None:
            del self.pools[None]
            second = self.pools.get(default_bytes)
            if second is not None:
                self.complain(second.parameter, "the first hugepages= of the line fixed the default pool: ignored")
            self.pools[default_bytes] = first._replace(size_bytes=default_bytes)
        for size, parameter in self.given.items():
            if parameter.name == "hugepagesz" and size not in self.pools:
                self.complain(parameter, "no hugepages= that counts follows it: the pool of this size stays empty")

    def _size(self, parameter: Parameter) -> int | None:
        try:
            size = parse_size(parameter.value or "")
        except ParseError:
            self.complain(parameter, "not a size such as 2M or 1G: ignored, and so is a count behind it")
            return None
        if size == 0 or size & (size - 1) or (self.sizes is not None and size not in self.sizes):
            self.complain(parameter, "not a huge page size of this host: ignored, and so is a count behind it")
            return None
        return size

    def _counted(self, parameter: Parameter, size: int | None) -> Pool | None:
        text = parameter.value or ""
        if ":" not in text:
            if _COUNT.fullmatch(text):
                return Pool(size, int(text), {}, parameter)
            self.complain(parameter, "not a number of pages: ignored")
            return None
        per_node: dict[int, int] = {}
        for part in text.split(","):
            match = _PER_NODE.fullmatch(part)
            if match is None:
                self.complain(parameter, f"{part!r} is not node:count: the whole parameter is ignored")
                return None
            node = int(match[1])
            if self.nodes is not None and node not in self.nodes:
                self.complain(parameter, f"there is no node {node}: the whole parameter is ignored")
                return None
            per_node[node] = per_node.get(node, 0) + int(match[2])
        return Pool(size, sum(per_node.values()), per_node, parameter)


def boot_huge_pages(
    cmdline: Cmdline,
    *,
    sizes: Container[int] | None = None,
    nodes: Container[int] | None = None,
    default_bytes: int | None = None,
) -> BootHugePages:
    """Return what the kernel makes of the huge page parameters of a line.

    ``sizes`` are the huge page sizes in bytes that the host offers, ``nodes`` its online nodes; None where that is
    not known, and then none is refused for it.  ``default_bytes`` is the architecture's own default size.
    """
    state = _Sequence(sizes, nodes)
    takers = {
        "default_hugepagesz": state.take_default,
        "hugepagesz": state.take_size,
        "hugepages": state.take_count,
    }
    for parameter in cmdline.parameters:
        taker = takers.get(parameter.name)
        if taker is not None and parameter.value is not None:
            taker(parameter)
    state.settle(default_bytes)
    return BootHugePages(state.default, tuple(state.pools.values()), tuple(state.problems))
