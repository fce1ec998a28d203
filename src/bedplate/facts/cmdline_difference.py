"""How two command lines differ in what they mean: order counts for few parameters, spelling for none."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from bedplate.facts.boot_sets import cpu_list_uses

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bedplate.facts.boot_masks import PossibleCpus
    from bedplate.facts.boot_sets import CpuListUse
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


class _Word(NamedTuple):
    """A word by what it means, and as it was written."""

    meaning: str
    text: str


def cmdline_difference(
    first: Cmdline, second: Cmdline, possible: PossibleCpus | CpuSet | None, given: Cmdline | None = None
) -> Difference:
    """Return how two lines differ; what is in ``given``, such as what the kernel was built with, may be in either."""
    ours, theirs = _words(first, possible), _words(second, possible)
    left, right = _meanings(ours), _meanings(theirs)
    free = _meanings(_words(given, possible)) if given is not None else Counter[str]()
    return Difference(_said(ours, left - right - free), _said(theirs, right - left - free))


def _meanings(words: Iterable[_Word]) -> Counter[str]:
    return Counter(word.meaning for word in words)


def _said(words: Iterable[_Word], kept: Counter[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word.text for word in words if kept[word.meaning]))


def _words(line: Cmdline, possible: PossibleCpus | CpuSet | None) -> list[_Word]:
    lists = {use.parameter.span: use for use in cpu_list_uses(line, possible)}
    words: list[_Word] = []
    ordered: list[Parameter] = []
    for parameter in line.parameters:
        if parameter.name in _ADDED:
            continue
        if parameter.name in _ORDERED:
            ordered.append(parameter)
        else:
            words.append(_Word(_meaning(parameter, lists.get(parameter.span)), str(parameter)))
    if ordered:
        words.append(_Word(" ".join(map(_plain, ordered)), " ".join(map(str, ordered))))
    return words


def _meaning(parameter: Parameter, use: CpuListUse | None) -> str:
    """Return what a word means: of a list of CPUs the set, whatever its spelling."""
    if use is None or use.cpus is None or parameter.value is None:
        return _plain(parameter)
    flags = "".join(f"{flag}," for flag in sorted({*use.flags, *use.skipped}))
    return f"{parameter.name}={flags}{use.cpus}"


def _plain(parameter: Parameter) -> str:
    return parameter.name if parameter.value is None else f"{parameter.name}={parameter.value}"
