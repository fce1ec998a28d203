"""Where each key of a TOML document stands, so that an error can name its line and column.

tomllib tells values, not places.  This walks a document that tomllib has accepted and remembers where keys begin;
a key inside an inline table or an array has the place of the key that holds it.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_PART = r"""(?:[A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*')"""
_KEY = re.compile(rf"[ \t]*({_PART}(?:[ \t]*\.[ \t]*{_PART})*)[ \t]*=")
_TABLE = re.compile(rf"[ \t]*(\[\[?)[ \t]*({_PART}(?:[ \t]*\.[ \t]*{_PART})*)[ \t]*\]")
# What a value is made of, as far as finding its end goes: strings of four kinds, comments, brackets, line ends.
_TOKEN = re.compile(
    r'"""(?:[^\\]|\\.)*?"""|\'\'\'.*?\'\'\'|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'|#[^\n]*|[\[\]{}]|\n', re.DOTALL
)

Path = tuple[str | int, ...]


class Place(NamedTuple):
    """A line and a column, both counted from 1."""

    line: int
    column: int


def places(text: str) -> dict[Path, Place]:
    """Return the place of every key and table of a valid document, by its path; tables of arrays are numbered."""
    found: dict[Path, Place] = {}
    table: Path = ()
    counts: dict[Path, int] = {}
    at = 0
    while at < len(text):
        if header := _TABLE.match(text, at):
            table = _parts(header[2])
            if header[1] == "[[":
                counts[table] = counts.get(table, -1) + 1
                table = (*table, counts[table])
            found.setdefault(table, _place(text, header.start(2)))
            at = _line_end(text, header.end())
        elif key := _KEY.match(text, at):
            parts = _parts(key[1])
            for end in range(1, len(parts) + 1):
                found.setdefault((*table, *parts[:end]), _place(text, key.start(1)))
            at = _value_end(text, key.end())
        else:
            at = _line_end(text, at)
    return found


def nearest(found: dict[Path, Place], path: Path) -> Place:
    """Return the place of a path, or of the nearest thing around it; the start of the document at last."""
    while path and path not in found:
        path = path[:-1]
    return found.get(path, Place(1, 1))


def _parts(dotted: str) -> Path:
    return tuple(_unquoted(part) for part in re.findall(_PART, dotted))


def _unquoted(part: str) -> str:
    if part[0] == "'":
        return part[1:-1]
    return part[1:-1].encode("latin-1", "backslashreplace").decode("unicode_escape") if part[0] == '"' else part


def _place(text: str, at: int) -> Place:
    return Place(text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at))


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end + 1


def _value_end(text: str, at: int) -> int:
    """Return where the line behind a value begins: the first line end outside of strings and brackets."""
    depth = 0
    for token in _TOKEN.finditer(text, at):
        if token[0] in "[{":
            depth += 1
        elif token[0] in "]}":
            depth -= 1
        elif token[0] == "\n" and depth <= 0:
            return token.end()
    return len(text)
