r"""What GRUB hands to a kernel: the arguments of a ``linux`` command, unquoted by GRUB and quoted again for the kernel.

GRUB's script language (GNU GRUB Manual, "Writing full configuration files directly") reads quotes, backslashes and
variables, so that ``a="b c"`` is one argument ``a=b c``.  The loader then joins the arguments: one with a space is put
into double quotes as a whole, and each quote and backslash left in it gets a backslash, which the kernel does not
understand as one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from bedplate.errors import ParseError
from bedplate.values.escape import decoded

if TYPE_CHECKING:
    from collections.abc import Mapping

_LIMIT_BYTES = 1 << 20
_VARIABLE = re.compile(r"\$(?:([A-Za-z_][A-Za-z0-9_]*)|\{([A-Za-z_][A-Za-z0-9_]*)\})")
_MENU_ENTRY = re.compile(r"\s*menuentry\s+(?P<title>'[^']*'|\"[^\"]*\"|\S+)")
_LINUX = re.compile(r"\s*linux(?:16|efi)?\s+(?P<image>\S+)\s*(?P<arguments>.*)$")
_ENVIRONMENT_HEAD = b"# GRUB Environment Block\n"


class MenuEntry(NamedTuple):
    """A ``linux`` command of grub.cfg and the menu entry that it stands in."""

    title: str
    line: int
    image: str
    arguments: str
    """As GRUB's script has them, not yet unquoted."""


def grub_kernel_line(arguments: str, variables: Mapping[str, str]) -> str:
    """Return the line that the kernel gets for these arguments; ParseError where it needs a variable not given."""
    return " ".join(_for_the_kernel(word) for word in _words(arguments, variables))


def with_variables(text: str, variables: Mapping[str, str]) -> str:
    """Return text with ``$name`` and ``${name}`` replaced; ParseError for a name that is not given."""

    def value(match: re.Match[str]) -> str:
        name = match[1] or match[2]
        if name not in variables:
            raise ParseError(f"a variable of the boot loader that nothing here sets: {name}", text=text)
        return variables[name]

    return _VARIABLE.sub(value, text)


def parse_grub_menu(data: bytes) -> tuple[MenuEntry, ...]:
    """Return the ``linux`` commands of a grub.cfg, in order; those of submenus too, none where it holds none."""
    if len(data) > _LIMIT_BYTES:
        raise ParseError(f"a GRUB configuration of more than {_LIMIT_BYTES} bytes")
    entries: list[MenuEntry] = []
    title = ""
    for number, line in enumerate(decoded(data).replace("\\\n", " \n").split("\n"), 1):
        entry = _MENU_ENTRY.match(line)
        if entry is not None:
            title = entry["title"].strip("'\"")
        command = _LINUX.match(line)
        if command is not None:
            entries.append(MenuEntry(title, number, command["image"], command["arguments"]))
    return tuple(entries)


def parse_grub_environment(data: bytes) -> dict[str, str]:
    """Return the variables of a grubenv, such as ``kernelopts`` and ``saved_entry``."""
    if not data.startswith(_ENVIRONMENT_HEAD):
        raise ParseError("not a GRUB environment block", text=data[:80])
    variables: dict[str, str] = {}
    text = decoded(data[len(_ENVIRONMENT_HEAD) :]).replace("\\\n", "\0")
    for line in text.split("\n"):
        name, equals, value = line.partition("=")
        if equals and not name.startswith("#"):
            variables[name] = re.sub(r"\\(.)", r"\1", value).replace("\0", "\n")
    return variables


def _words(text: str, variables: Mapping[str, str]) -> list[str]:
    words: list[str] = []
    current: str | None = None
    at = 0
    while at < len(text):
        letter = text[at]
        if letter in " \t\r\n":
            if current is not None:
                words.append(current)
            current = None
            at += 1
        elif letter in ";{}" or (letter == "#" and current is None):
            break
        else:
            piece, at = _piece(text, at, variables)
            current = (current or "") + piece
    if current is not None:
        words.append(current)
    return words


def _piece(text: str, at: int, variables: Mapping[str, str]) -> tuple[str, int]:
    """Return the value of what begins at ``at``, a quoted text, an escape, a variable or a letter, and its end."""
    letter = text[at]
    if letter == "'":
        end = text.find("'", at + 1)
        if end < 0:
            raise ParseError("a single quote that is not closed", text=text)
        return text[at + 1 : end], end + 1
    if letter == '"':
        return _double_quoted(text, at + 1, variables)
    if letter == "\\":
        return text[at + 1 : at + 2], at + 2
    if letter == "$":
        match = _VARIABLE.match(text, at)
        if match is not None:
            return with_variables(match[0], variables), match.end()
    return letter, at + 1


def _double_quoted(text: str, at: int, variables: Mapping[str, str]) -> tuple[str, int]:
    parts: list[str] = []
    while at < len(text) and text[at] != '"':
        if text[at] == "\\" and text[at + 1 : at + 2] in ("$", '"', "\\"):
            parts.append(text[at + 1])
            at += 2
        elif text[at] == "$" and (match := _VARIABLE.match(text, at)) is not None:
            parts.append(with_variables(match[0], variables))
            at = match.end()
        else:
            parts.append(text[at])
            at += 1
    if at >= len(text):
        raise ParseError("a double quote that is not closed", text=text)
    return "".join(parts), at + 1


def _for_the_kernel(word: str) -> str:
    escaped = re.sub(r"([\\'\"])", r"\\\1", word)
    return f'"{escaped}"' if " " in word else escaped
