"""RawRecord: a record that keeps the bytes it was made of, and reads a field when it is asked for.

A scan of a host reads thousands of files and looks at a few fields of each; splitting all of each buffer would cost
as much as the kernel takes to write it.  So the parser of such a file checks its frame, and each field is found and
read when it is asked for.  What cannot be read raises ParseError then, as the parser would have.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bedplate.errors import ParseError

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Iterator
    from typing import NoReturn

# Lines are matched by so many bytes at once: fast, and a hostile file of 64 MB does not become a gigabyte of parts.
_PIECE_BYTES = 1 << 16


class RawRecord:
    """Bytes with a meaning; two are equal where they are of one kind and their bytes are equal."""

    __slots__ = ("raw",)
    raw: bytes

    def __init__(self, raw: bytes) -> None:
        _set_raw(self, raw)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} cannot be changed")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, RawRecord):
            return NotImplemented
        return type(other) is type(self) and other.raw == self.raw

    def __hash__(self) -> int:
        return hash((type(self).__name__, self.raw))

    def __repr__(self) -> str:
        return f"{type(self).__name__}(<{len(self.raw)} bytes>)"

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.raw,)


# The slot's own setter costs half of object.__setattr__(), and a smaps file makes a record of each mapping.
_set_raw: Callable[[RawRecord, bytes], None] = vars(RawRecord)["raw"].__set__


def check_lines(raw: bytes, limit: int, name: str) -> None:
    """Raise ParseError unless ``raw`` ends with a newline and has at most ``limit`` bytes; empty is well.

    The kernel ends every line that it writes: a text that does not end so was cut off.
    """
    if len(raw) > limit:
        raise ParseError(f"more than the {limit} bytes that the kernel could write", field=name)
    if raw and raw[-1] != 0x0A:
        raise ParseError("cut off: the last line does not end", field=name, text=raw[-80:])


def matched_lines(raw: bytes, pattern: re.Pattern[bytes]) -> Iterator[list[tuple[bytes, ...]]]:
    """Yield the groups of each line, many lines at once; ParseError at the first one that is not as ``pattern`` says.

    ``pattern`` has MULTILINE, begins with ``^`` and ends with the newline of its line.
    """
    at = 0
    while at < len(raw):
        end = raw.find(b"\n", at + _PIECE_BYTES) + 1 or len(raw)
        found: list[tuple[bytes, ...]] = pattern.findall(raw, at, end)
        if len(found) != raw.count(b"\n", at, end):
            odd = next(line for line in raw[at:end].split(b"\n") if not pattern.fullmatch(line + b"\n"))
            raise ParseError("not a line of this file", text=odd[:400])
        yield found
        at = end
