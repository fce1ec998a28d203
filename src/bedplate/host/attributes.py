"""Attributes: the small files of sysfs, one value in each, and a note of everything wrong with them."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from bedplate.errors import ParseError
from bedplate.facts.topology import Problem
from bedplate.values.idset import CpuSet
from bedplate.values.reading import Malformed, Present, Source, fault_of, quoted, shown_text

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


class _Noted(NamedTuple):
    """The files that a problem was noted of, and the text that the first of them holds."""

    found: str
    paths: list[str]


class Attributes:
    """Reads attributes below one root.

    What is not there is None; what is malformed or may not be read is None as well, and a problem.
    """

    def __init__(self, root: Root) -> None:
        self.root = root
        self._problems: dict[str, _Noted] = {}

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
            self.note(path, error.problem, text if error.text is None else error.text)
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
            self.note(path, error.problem, text if error.text is None else error.text)
            return Malformed(Source(path), text, error.problem, error.text)

    def cpus(self, folder: str, maps: Iterable[str]) -> Present[CpuSet] | None:
        """Return the set of the first of ``maps`` that a folder has, else of their ``_list``; None where it has none.

        thread_siblings goes with thread_siblings_list, shared_cpu_map with shared_cpu_list.
        """
        for name in maps:
            path = f"{folder}/{name}"
            kept = self.value(path, _kept_mask)
            if kept is not None:
                return Present(kept[0], Source(path, raw=kept[1]))
        for name in maps:
            path = f"{folder}/{name.removesuffix('_map')}_list"
            found = self.value(path, CpuSet.from_list)
            if found is not None:
                return Present(found, Source(path))
        return None

    def note(self, path: str, text: str, found: bytes | str = b"") -> None:
        """Keep a problem of a file; ``found`` is what was there, told of the first file with the problem."""
        noted = self._problems.setdefault(text, _Noted(quoted(shown_text(found)), []))
        if path not in noted.paths[-1:]:
            noted.paths.append(path)

    def problems(self) -> tuple[Problem, ...]:
        """Return what was noted, in order; the same of several files once."""
        return tuple(
            Problem(noted.paths[0], text + noted.found + _others(len(noted.paths) - 1))
            for text, noted in self._problems.items()
        )

    def _note_missing(self, path: str, error: OSError) -> None:
        self.note(path, fault_of(self.root.missing(path, error)))


def _kept_mask(text: bytes) -> tuple[CpuSet, bytes]:
    return CpuSet.from_mask(text), text


def _others(count: int) -> str:
    return f" (and {count} more {'files' if count > 1 else 'file'} like it)" if count else ""
