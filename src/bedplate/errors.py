"""Every exception that Bedplate raises of its own.

::

    BedplateError
    ├── ParseError (also ValueError)      a text is not what its format says
    ├── CaptureError                      a capture cannot be used
    │   ├── CaptureRefused                it holds something that could reach outside of it
    │   └── CaptureTooLarge               it is larger than the limits that guard the reader
    ├── ProfileError                      a profile is not one
    └── UsageError                        a request that names nothing that exists

Each holds the ``path`` (where), the ``field`` (which part) and the offending ``text``, prints as one line without
control characters, and survives pickling.  A system call that fails raises OSError, as everywhere in Python.
"""

from __future__ import annotations

from typing import Self, TypeVar

from bedplate.values.escape import decoded, printable

_SHOWN_TEXT_LIMIT = 80


class BedplateError(Exception):
    """The root of the tree: what is wrong, and where."""

    def __init__(
        self, message: str, *, path: str | None = None, field: str | None = None, text: bytes | str | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.path = path
        self.field = field
        self.text = text

    def __str__(self) -> str:
        line = printable(self.problem if self.path is None else f"{self.path}: {self.problem}")
        if self.text is None:
            return line
        shown = _start_of(self.text)
        more = "…" if len(shown) > _SHOWN_TEXT_LIMIT else ""
        return f"{line}: “{printable(shown[:_SHOWN_TEXT_LIMIT])}{more}”"

    @property
    def problem(self) -> str:
        """What is wrong and in which part, without the place and the text; not yet escaped."""
        return self.message if self.field is None else f"{self.field}: {self.message}"

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.message), self.__dict__

    def at(self, path: str) -> Self:
        """Return the same error with its place named; parsers do not know where their bytes came from."""
        moved = _rebuild(type(self), self.message)
        moved.__dict__.update(self.__dict__, path=path)
        return moved


ErrorKind = TypeVar("ErrorKind", bound=BedplateError)


def _rebuild(kind: type[ErrorKind], message: str) -> ErrorKind:
    return kind(message)


def _start_of(text: bytes | str) -> str:
    """Return a little more than is shown of a text, decoded; a character of UTF-8 has four bytes at most."""
    return decoded(text[: 4 * _SHOWN_TEXT_LIMIT + 4]) if isinstance(text, bytes) else text[: _SHOWN_TEXT_LIMIT + 1]


class ParseError(BedplateError, ValueError):
    """A text is not what its format says."""


class CaptureError(BedplateError):
    """A capture cannot be used."""


class CaptureRefused(CaptureError):
    """A capture holds something that could reach outside of it."""


class CaptureTooLarge(CaptureError):
    """A capture is larger than the limits that guard its reader."""


class ProfileError(BedplateError):
    """A profile is not one, or asks for what cannot be; ``more`` holds the lines behind the first one."""

    more: tuple[str, ...] = ()

    @classmethod
    def of_lines(cls, lines: list[str]) -> ProfileError:
        """Return the error that tells everything that is wrong with a profile, a line each."""
        error = cls(lines[0])
        error.more = tuple(lines[1:])
        return error


class UsageError(BedplateError):
    """A request names something that does not exist."""
