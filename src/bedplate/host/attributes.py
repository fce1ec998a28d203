"""Attributes: the small files of sysfs, one value in each, and a note of everything wrong with them."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING, TypeVar

from bedplate.errors import ParseError
from bedplate.facts.topology import Problem
from bedplate.values.idset import CpuSet
from bedplate.values.reading import Malformed, Present, Source, why_missing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from bedplate.host.root import Root
    from bedplate.values.reading import Reading

T = TypeVar("T")

# An attribute is a page at most; cpumap and cpulist are binary attributes without that limit: 48 KiB is the list of
# every second of 2^14 CPUs.  /proc/cpuinfo of 512 CPUs is 1 MiB.
_LIMIT_BYTES = 1 << 18
# These say that there is no such thing here: never a problem, in a partial capture even the normal case.
_NOTHING_THERE = {errno.ENOENT, errno.ENOTDIR, errno.ESRCH, errno.ENODEV, errno.ENXIO, errno.EOPNOTSUPP}


class Attributes:
    """Reads attributes below one root.

    What is not there is None; what is malformed or may not be read is None as well, and a problem.
    """

    def __init__(self, root: Root) -> None:
        self.root = root
        self._problems: dict[str, list[str]] = {}

    def value(self, path: str, parse: Callable[[bytes], T], limit: int = _LIMIT_BYTES) -> T | None:
        """Return what ``parse`` makes of a file, None where there is no value."""
        try:
            text = self.root.read(path, limit)
        except OSError as error:
            if error.errno not in _NOTHING_THERE:
                self._note_missing(path, error)
            return None
        try:
            return parse(text)
        except ParseError as error:
            self.note(path, error.problem)
            return None

    def reading(self, path: str, parse: Callable[[bytes], T], absent: str = "", *, keep: bool = False) -> Reading[T]:
        """Return the same as a reading; ``absent`` says why the file would not be there, ``keep`` keeps its text."""
        try:
            text = self.root.read(path, _LIMIT_BYTES)
        except OSError as error:
            if error.errno not in _NOTHING_THERE:
                self._note_missing(path, error)
            return self.root.missing(path, error, absent=absent)
        try:
            return Present(parse(text), Source(path, raw=text if keep else None))
        except ParseError as error:
            self.note(path, error.problem)
            return Malformed(Source(path), text, error.problem)

    def cpus(self, folder: str, maps: Iterable[str]) -> Present[CpuSet] | None:
        """Return the set of the first of ``maps`` that a folder has, else of their ``_list``; None where it has none.

        thread_siblings goes with thread_siblings_list, shared_cpu_map with shared_cpu_list.
        """
        for name in maps:
            path = f"{folder}/{name}"
            found = self.value(path, CpuSet.from_mask)
            if found is not None:
                return Present(found, Source(path))
        for name in maps:
            path = f"{folder}/{name.removesuffix('_map')}_list"
            found = self.value(path, CpuSet.from_list)
            if found is not None:
                return Present(found, Source(path))
        return None

    def note(self, path: str, text: str) -> None:
        """Keep a problem of a file."""
        paths = self._problems.setdefault(text, [])
        if path not in paths[-1:]:
            paths.append(path)

    def problems(self) -> tuple[Problem, ...]:
        """Return what was noted, in order; the same of several files once."""
        return tuple(Problem(paths[0], text + _others(len(paths) - 1)) for text, paths in self._problems.items())

    def _note_missing(self, path: str, error: OSError) -> None:
        self.note(path, why_missing(self.root.missing(path, error)).removeprefix(f"{path}: "))


def _others(count: int) -> str:
    return f" (and {count} more {'files' if count > 1 else 'file'} like it)" if count else ""
