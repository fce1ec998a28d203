r"""The kernel command line, split as the kernel splits it.

The kernel reads its command line with rules of its own, which are not a shell's (lib/cmdline.c: next_arg(),
kernel/params.c: parse_args(), Documentation/admin-guide/kernel-parameters.rst):

- White space ends a word unless it is between double quotes.  White space is ``isspace`` of the kernel's own table:
  the six of ASCII, and the byte 0xa0, even where that is the second half of a UTF-8 letter such as ``à``.
- Double quotes may stand anywhere and cannot be escaped; a single quote is a letter like any other.  Only a quote that
  begins the word or the value, and the one that ends the word, are taken away: ``a="b c"`` and ``"a=b c"`` have the
  value ``b c``, and ``a=b" "c`` has the value ``b" "c``.
- A quote that nobody closes swallows the rest of the line.
- The name ends at the first ``=`` that is not the word's first byte.  ``-`` and ``_`` are the same in names.
- The word ``--`` ends the kernel's part.  The words behind it are arguments of init, up to another ``--``.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from bedplate.errors import ParseError
from bedplate.values.escape import decoded

# The longest that a kernel of today keeps is 4096 bytes; what a boot configuration (up to 32 KiB) adds comes on top.
LENGTH_LIMIT_BYTES = 1 << 17

_WORD = re.compile(rb'(?:[^ \t\n\v\f\r\xa0"]+|"[^"]*(?:"|\Z))+')
_QUOTE = b'"'


class Parameter(NamedTuple):
    """One word of the kernel's part, such as ``nohz_full=2-3``, ``quiet`` or ``rcupdate.rcu_normal=1``."""

    name: str
    """With ``_`` for every ``-``, as the kernel compares names."""
    raw_name: str
    """As it was written."""
    value: str | None
    """What stands behind ``=``, without the quotes that the kernel takes away; None where there is no ``=``."""
    span: tuple[int, int]
    """The word's first byte in the file and the one behind its last."""

    @property
    def module(self) -> str | None:
        """The module that a parameter such as ``usbcore.autosuspend`` is for, None where it is for none."""
        module, dot, _ = self.name.partition(".")
        return module if dot and module else None

    def __str__(self) -> str:
        return self.raw_name if self.value is None else f"{self.raw_name}={self.value}"


class CmdlineProblem(NamedTuple):
    """Something in the line that the kernel reads otherwise than a person does."""

    kind: str
    """``unbalanced-quote``, ``nul-byte``, ``no-break-space``, ``quote-in-name`` or ``single-quote``."""
    span: tuple[int, int]
    text: str
    """The word that it is in."""


class Cmdline(NamedTuple):
    """A kernel command line."""

    text: str
    """The whole line without the newline at its end; bytes that are not UTF-8 are lone surrogates."""
    parameters: tuple[Parameter, ...]
    """The kernel's part, in order, repetitions included."""
    init_arguments: tuple[str, ...]
    """The words behind ``--``, which the kernel hands to init."""
    problems: tuple[CmdlineProblem, ...]

    def all(self, name: str) -> tuple[Parameter, ...]:
        """Return every occurrence of a parameter, in order; ``-`` and ``_`` are the same."""
        wanted = normal_name(name)
        return tuple(parameter for parameter in self.parameters if parameter.name == wanted)

    def last(self, name: str) -> Parameter | None:
        """Return the last occurrence, which is the one that counts for most parameters; None where there is none."""
        found = self.all(name)
        return found[-1] if found else None

    def has(self, name: str) -> bool:
        """Return whether the parameter is there, with or without a value."""
        return bool(self.all(name))

    def value(self, name: str) -> str | None:
        """Return the value of the last occurrence; None where there is none or it has no ``=``."""
        found = self.last(name)
        return None if found is None else found.value


def normal_name(name: str) -> str:
    """Return a parameter's name as the kernel compares it: ``_`` for every ``-``."""
    return name.replace("-", "_")


def parse_cmdline(data: bytes) -> Cmdline:
    """Return the command line that ``data``, the bytes of /proc/cmdline, holds; see the module's description.

    Every line can be read, as the kernel reads every line: what is odd in it is in ``problems``.  ParseError only
    where it is longer than any kernel keeps.
    """
    if len(data) > LENGTH_LIMIT_BYTES:
        raise ParseError(f"a command line of {len(data)} bytes, no kernel keeps more than {LENGTH_LIMIT_BYTES}")
    problems: list[CmdlineProblem] = []
    end = _line_end(data, problems)
    parameters: list[Parameter] = []
    init_arguments: list[str] = []
    dashes = 0
    for match in _WORD.finditer(data, 0, end):
        parameter = _parameter(match[0], match.span())
        if parameter.raw_name == "--" and parameter.value is None:
            dashes += 1
            if dashes == 2:
                break
        elif dashes:
            init_arguments.append(str(parameter))
        else:
            parameters.append(parameter)
        problems.extend(_problems(match[0], match.span(), data, parameter))
    return Cmdline(decoded(data[:end]), tuple(parameters), tuple(init_arguments), tuple(problems))


def _line_end(data: bytes, problems: list[CmdlineProblem]) -> int:
    """Return where the line ends: at the newline that /proc/cmdline adds, or at a NUL byte."""
    nul = data.find(b"\0")
    if nul < 0:
        return len(data) - data.endswith(b"\n")
    # 14 recorded sysfs trees have a NUL behind the newline; that much is an artefact of the recording.
    if data[nul:].strip(b"\0"):
        problems.append(CmdlineProblem("nul-byte", (nul, nul + 1), ""))
    return nul - data.endswith(b"\n", 0, nul)


def _parameter(word: bytes, span: tuple[int, int]) -> Parameter:
    quoted = word.startswith(_QUOTE)
    body = word[1:] if quoted else word
    equals = body.find(b"=", 1)
    if equals < 0:
        raw_name = decoded(_without_last_quote(body) if quoted else body)
        return Parameter(normal_name(raw_name), raw_name, None, span)
    raw_name, value = decoded(body[:equals]), body[equals + 1 :]
    if value.startswith(_QUOTE):
        value = _without_last_quote(value[1:])
    elif quoted:
        value = _without_last_quote(value)
    return Parameter(normal_name(raw_name), raw_name, decoded(value), span)


def _without_last_quote(text: bytes) -> bytes:
    return text[:-1] if text.endswith(_QUOTE) else text


def _problems(word: bytes, span: tuple[int, int], data: bytes, parameter: Parameter) -> list[CmdlineProblem]:
    kinds: list[str] = []
    if word.count(_QUOTE) % 2:
        kinds.append("unbalanced-quote")
    if '"' in parameter.raw_name:
        kinds.append("quote-in-name")
    if word.startswith(b"'") or (parameter.value or "").startswith("'"):
        kinds.append("single-quote")
    if data[span[1] : span[1] + 1] == b"\xa0":
        kinds.append("no-break-space")
    return [CmdlineProblem(kind, span, decoded(word)) for kind in kinds]


def render_cmdline(parameters: tuple[Parameter, ...], init_arguments: tuple[str, ...] = ()) -> str:
    """Return a line that the kernel splits into these parameters, quoted only where it must be.

    Raises ParseError for one that no line can say, such as a value with a quote inside and white space.
    """
    words = [_word(parameter) for parameter in parameters]
    if init_arguments:
        words += ["--", *map(_argument, init_arguments)]
    return " ".join(words)


def _word(parameter: Parameter) -> str:
    for spelling in _spellings(parameter.raw_name, parameter.value):
        read = parse_cmdline(spelling.encode("utf-8", "surrogateescape")).parameters
        if len(read) == 1 and read[0][1:3] == parameter[1:3]:
            return spelling
    raise ParseError("no command line can say this parameter", field=parameter.raw_name, text=str(parameter))


def _argument(argument: str) -> str:
    name, equals, value = argument.partition("=")
    for spelling in _spellings(name, value if equals else None):
        if parse_cmdline(f"-- {spelling}".encode("utf-8", "surrogateescape")).init_arguments == (argument,):
            return spelling
    raise ParseError("no command line can say this argument of init", text=argument)


def _spellings(name: str, value: str | None) -> list[str]:
    """Return the ways to write a word; one with a quote left open would swallow the words behind it."""
    bare = [name, f'"{name}"']
    words = bare if value is None else [f"{name}={value}", f'{name}="{value}"', f'"{name}={value}"']
    return [word for word in words if word.count('"') % 2 == 0]
