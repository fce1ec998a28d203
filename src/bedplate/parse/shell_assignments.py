"""Assignments of a file in shell syntax that holds settings, such as /etc/default/grub; nothing is ever executed.

Such a file is a program: its values can depend on other files and on what commands print.  What a reader can know
without running it is read (quotes, backslashes, variables of the same file, ``+=``); the rest is said to be unknown,
with the line and the reason.  Grammar: POSIX, XCU 2 (Shell Command Language).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from bedplate.errors import ParseError
from bedplate.values.escape import decoded

if TYPE_CHECKING:
    from collections.abc import Mapping

_LIMIT_BYTES = 1 << 20
_BLANK = re.compile(r"(?:[ \t\r]|\\\n)*")
_ASSIGNMENT = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(\+?)=")
_NAME = re.compile(r"\$(?:([A-Za-z_][A-Za-z0-9_]*)|\{([A-Za-z_][A-Za-z0-9_]*)\})")
_PLAIN = re.compile(r"[^\s\\'\"$`;&|<>()#]+|#")
_QUOTED_PLAIN = re.compile(r'[^\\"$`]+')
_OPENING = ("if", "for", "while", "until", "case", "{")
_CLOSING = ("fi", "done", "esac", "}")
_NEUTRAL = ("then", "else", "elif", "do", "export", "readonly", "local", "declare", "typeset")


class Assignment(NamedTuple):
    """What a name is set to."""

    value: str | None
    """None where it cannot be told without running the file; ``unknown`` says why."""
    line: int
    """The line of the assignment, from 1; 0 for what nothing sets."""
    unknown: str = ""


class ShellAssignments(NamedTuple):
    """The names that a file sets, each as it is at the end of the file."""

    values: Mapping[str, Assignment]
    opaque: str
    """Why any name may have any value, such as ``line 3 runs another file``; empty where that is not so."""

    def get(self, name: str) -> Assignment | None:
        """Return what a name is set to, None where nothing sets it."""
        found = self.values.get(name)
        return Assignment(None, 0, self.opaque) if found is None and self.opaque else found


class _Unknown(NamedTuple):
    reason: str


def parse_shell_assignments(data: bytes, before: ShellAssignments | None = None) -> ShellAssignments:
    """Return what a file sets, given what those read before it set; ParseError where its quotes do not close."""
    if len(data) > _LIMIT_BYTES or b"\0" in data:
        raise ParseError("not a file of shell assignments: too long, or it holds a NUL byte")
    return _Reader(decoded(data), before).read()


class _Reader:
    def __init__(self, text: str, before: ShellAssignments | None) -> None:
        self.text = text
        self.at = 0
        self.depth = 0
        self.values = dict(before.values) if before is not None else {}
        self.opaque = before.opaque if before is not None else ""

    def read(self) -> ShellAssignments:
        while self.at < len(self.text):
            self._statement()
        return ShellAssignments(self.values, self.opaque)

    @property
    def line(self) -> int:
        return self.text.count("\n", 0, self.at) + 1

    def _statement(self) -> None:
        """Read one statement: assignments alone take effect, a command may do anything to what it names."""
        found: list[tuple[str, bool, str | _Unknown, int]] = []
        words: list[str] = []
        while not self._at_end_of_statement():
            start, line = self.at, self.line
            match = _ASSIGNMENT.match(self.text, self.at)
            if match is not None:
                self.at = match.end()
                found.append((match[1], bool(match[2]), self._word(), line))
            else:
                self._word()
                words.append(self.text[start : self.at])
            if self.at == start:
                words.append(self.text[self.at])
                self.at += 1
        command = next((one for one in words if one not in _NEUTRAL), "")
        self._nest(words)
        for name, added, value, line in found:
            certain = not command and not self.depth
            self._assign(name, added, value if certain else _Unknown(_reason(line, self.depth)), line)
        if command in (".", "source", "eval") or any("<<" in one for one in words):
            self._lose_all(f"line {self.line} runs text that is not in this file")

    def _at_end_of_statement(self) -> bool:
        match = _BLANK.match(self.text, self.at)
        self.at = match.end() if match is not None else self.at
        if self.at < len(self.text) and self.text[self.at] == "#":
            end = self.text.find("\n", self.at)
            self.at = len(self.text) if end < 0 else end
        if self.at < len(self.text) and self.text[self.at] not in "\n;":
            return False
        self.at += 1
        return True

    def _nest(self, words: list[str]) -> None:
        first = words[0] if words else ""
        if first in _OPENING or (len(words) > 1 and words[-1] == "{"):
            self.depth += 1
        elif first in _CLOSING:
            self.depth = max(0, self.depth - 1)

    def _assign(self, name: str, added: bool, value: str | _Unknown, line: int) -> None:
        if added and not isinstance(value, _Unknown):
            before = self._variable(name)
            value = before if isinstance(before, _Unknown) else before + value
        if isinstance(value, _Unknown):
            self.values[name] = Assignment(None, line, value.reason)
        else:
            self.values[name] = Assignment(value, line)

    def _lose_all(self, reason: str) -> None:
        self.opaque = self.opaque or reason
        self.values = {name: Assignment(None, one.line, reason) for name, one in self.values.items()}

    def _variable(self, name: str) -> str | _Unknown:
        found = self.values.get(name)
        if found is None:
            return _Unknown(self.opaque) if self.opaque else ""
        return _Unknown(found.unknown) if found.value is None else found.value

    def _word(self) -> str | _Unknown:
        """Read one word and return its value; at something that is no word, nothing is read."""
        parts: list[str | _Unknown] = []
        while self.at < len(self.text):
            letter = self.text[self.at]
            plain = _PLAIN.match(self.text, self.at)
            if plain is not None:
                parts.append(plain[0])
                self.at = plain.end()
            elif letter == "'":
                parts.append(self._single_quoted())
            elif letter == '"':
                parts.append(self._double_quoted())
            elif letter == "\\":
                parts.append(self._escaped(""))
            elif letter in "$`":
                parts.append(self._substitution())
            else:
                break
        unknown = next((part for part in parts if isinstance(part, _Unknown)), None)
        return unknown or "".join(part for part in parts if isinstance(part, str))

    def _single_quoted(self) -> str:
        end = self.text.find("'", self.at + 1)
        if end < 0:
            raise ParseError(f"line {self.line}: a single quote that is not closed", text=self.text[self.at :])
        text = self.text[self.at + 1 : end]
        self.at = end + 1
        return text

    def _double_quoted(self) -> str | _Unknown:
        began, line = self.at, self.line
        self.at += 1
        parts: list[str | _Unknown] = []
        while self.at < len(self.text) and self.text[self.at] != '"':
            plain = _QUOTED_PLAIN.match(self.text, self.at)
            if plain is not None:
                parts.append(plain[0])
                self.at = plain.end()
            elif self.text[self.at] == "\\":
                parts.append(self._escaped('$`"\\\n'))
            else:
                parts.append(self._substitution())
        if self.at >= len(self.text):
            raise ParseError(f"line {line}: a double quote that is not closed", text=self.text[began:])
        self.at += 1
        unknown = next((part for part in parts if isinstance(part, _Unknown)), None)
        return unknown or "".join(part for part in parts if isinstance(part, str))

    def _escaped(self, only: str) -> str:
        """Read a backslash and what follows it; within double quotes it escapes but a few letters."""
        letter = self.text[self.at + 1 : self.at + 2]
        self.at += 2
        if letter == "\n":
            return ""
        return letter if not only or letter in only else "\\" + letter

    def _substitution(self) -> str | _Unknown:
        named = _NAME.match(self.text, self.at)
        if named is not None:
            self.at = named.end()
            return self._variable(named[1] or named[2])
        line, opener = self.line, self.text[self.at : self.at + 2]
        if opener in ("$(", "${"):
            self._skip_to_closing(opener[1])
            return _Unknown(f"line {line} takes it from a command or an expression")
        if opener[0] == "`":
            end = self.text.find("`", self.at + 1)
            if end < 0:
                raise ParseError(f"line {line}: a backquote that is not closed", text=self.text[self.at :])
            self.at = end + 1
            return _Unknown(f"line {line} takes it from a command")
        self.at += 1
        return "$"

    def _skip_to_closing(self, opener: str) -> None:
        closer = ")" if opener == "(" else "}"
        began, line = self.at, self.line
        depth = 0
        while self.at < len(self.text):
            letter = self.text[self.at]
            if letter == "'":
                self._single_quoted()
                continue
            depth += (letter == opener) - (letter == closer)
            self.at += 2 if letter == "\\" else 1
            if letter == closer and depth == 0:
                return
        raise ParseError(f"line {line}: a substitution that is not closed", text=self.text[began:])


def _reason(line: int, depth: int) -> str:
    return f"line {line} sets it under a condition" if depth else f"line {line} sets it as part of a command"
