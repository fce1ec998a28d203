"""How two command lines differ in what they mean: order counts for few parameters, spelling for none."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from bedplate.facts.boot_sets import cpu_list_uses
from bedplate.parse.cmdline import normal_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bedplate.parse.cmdline import Cmdline, Parameter
    from bedplate.values.idset import CpuSet

# What boot loaders and the tools that write their files add by themselves, different on every boot or for every kernel.
_ADDED = {"BOOT_IMAGE", "initrd", "root", "ro", "rw", "rootflags", "rootfstype", "ostree", "vt.handoff", "kexec"}
# hugepages= belongs to the hugepagesz= before it: these are compared as one word, in their order.
_ORDERED = ("default_hugepagesz", "hugepagesz", "hugepages")


class Difference(NamedTuple):
    """The words that only one of two lines has, in the order of that line."""

    only_first: tuple[str, ...]
    only_second: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.only_first or self.only_second)


def cmdline_difference(
    first: Cmdline, second: Cmdline, possible: CpuSet | None, given: Cmdline | None = None
) -> Difference:
    """Return how two lines differ; what is in ``given``, such as what the kernel was built with, may be in either."""
    ours, theirs = _meanings(first, possible), _meanings(second, possible)
    left, right = Counter(ours), Counter(theirs)
    free = Counter(_meanings(given, possible)) if given is not None else Counter[str]()
    return Difference(_said(ours, left - right - free), _said(theirs, right - left - free))


def _said(order: Iterable[str], kept: Counter[str]) -> tuple[str, ...]:
    return tuple(word for word in dict.fromkeys(order) if kept[word])


def _meanings(line: Cmdline, possible: CpuSet | None) -> list[str]:
    lists = {use.parameter.span: use for use in cpu_list_uses(line, possible)}
    words: list[str] = []
    ordered: list[str] = []
    for parameter in line.parameters:
        if parameter.name in _ADDED:
            continue
        if parameter.name in _ORDERED:
            ordered.append(f"{parameter.name}={parameter.value}")
            continue
        use = lists.get(parameter.span)
        if use is not None and use.cpus is not None and use.parameter.value is not None:
            flags = "".join(f"{flag}," for flag in sorted({*use.flags, *use.skipped}))
            words.append(f"{parameter.name}={flags}{use.cpus}")
        else:
            words.append(_plain(parameter))
    return [*words, " ".join(ordered)] if ordered else words


def _plain(parameter: Parameter) -> str:
    name = normal_name(parameter.name)
    return name if parameter.value is None else f"{name}={parameter.value}"
