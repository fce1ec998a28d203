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

from bedplate.values.escape import printable

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
        where = [printable(part) for part in (self.path, self.field) if part is not None]
        line = ": ".join([*where, printable(self.message)])
        if self.text is None:
            return line
        shown = self.text if len(self.text) <= _SHOWN_TEXT_LIMIT else self.text[:_SHOWN_TEXT_LIMIT]
        more = "…" if len(self.text) > _SHOWN_TEXT_LIMIT else ""
        return f"{line}: “{printable(shown)}{more}”"

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.message, self.path, self.field, self.text)

    def at(self, path: str) -> BedplateError:
        """Return the same error with its place named; parsers do not know where their bytes came from."""
        return type(self)(self.message, path=path, field=self.field, text=self.text)


def _rebuild(
    kind: type[BedplateError], message: str, path: str | None, field: str | None, text: bytes | str | None
) -> BedplateError:
    return kind(message, path=path, field=field, text=text)


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

    def __reduce__(self) -> tuple[object, ...]:
        return *super().__reduce__(), {"more": self.more}


class UsageError(BedplateError):
    """A request names something that does not exist."""
