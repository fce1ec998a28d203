"""Printing: plain in a pipe, coloured on a terminal; rich is loaded for a terminal alone."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bedplate.render.line import Line


def print_lines(lines: Iterable[Line]) -> None:
    """Print lines, with their styles where standard output is a terminal and NO_COLOR is not set."""
    if sys.stdout.isatty() and not os.environ.get("NO_COLOR"):
        _print_styled(lines)
    else:
        for line in lines:
            print(line.plain())


def _print_styled(lines: Iterable[Line]) -> None:
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False)
    for line in lines:
        # Text, not a string: rich would read square brackets in a string as markup.
        text = Text.assemble(*((span.text, span.style) for span in line.spans))
        console.print(text, soft_wrap=True)


def print_json(document: Mapping[str, object]) -> None:
    """Print a document as JSON: a line for each key, and one for each entry of a list, everything in ASCII.

    json indents in Python and packs in C: entries on one line each are read by people and written ten times faster.
    """
    import json

    sys.stdout.write("{")
    for number, (key, value) in enumerate(document.items()):
        sys.stdout.write(",\n" if number else "\n")
        sys.stdout.write(f"{json.dumps(key)}: ")
        if isinstance(value, list) and value:
            entries = ",\n".join(json.dumps(entry) for entry in cast("list[object]", value))
            sys.stdout.write(f"[\n{entries}\n]")
        else:
            sys.stdout.write(json.dumps(value))
    sys.stdout.write("\n}\n")
