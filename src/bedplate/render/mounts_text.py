"""The mounts as text: a row each, and with ``verbose`` their options."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bedplate.render.line import Line, Span, line
from bedplate.render.table import columns
from bedplate.values.escape import decoded
from bedplate.values.reading import Present, why_missing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bedplate.facts.mounts import Mount, Mounts


def mounts_text(mounts: Mounts, *, verbose: bool = False) -> Iterator[Line]:
    """Yield the lines, in the order in which the mounts were made."""
    if not isinstance(mounts.mounts, Present):
        yield line("no mounts are known: ", why_missing(mounts.mounts))
        return
    where = f" of {mounts.namespace}" if mounts.namespace else ""
    yield line((f"Mounts{where}", "bold"), f"  {len(mounts.mounts.value)} from {mounts.mounts.source.path}")
    rows = [_row(mount, verbose) for mount in mounts.mounts.value]
    if rows:
        yield from (Line((Span("  " + row),)) for row in columns(rows, "<" * len(rows[0])))


def _row(mount: Mount, verbose: bool) -> list[str]:
    row = [decoded(one) for one in (mount.mount_point, mount.fs_type, mount.source)]
    shared = [] if mount.shared is None else [f"shared:{mount.shared}"]
    master = [] if mount.master is None else [f"master:{mount.master}"]
    row.append(" ".join([*shared, *master, *(["unbindable"] * mount.unbindable)]))
    if verbose:
        row.extend(decoded(b",".join(options)) for options in (mount.options, mount.super_options))
    return row
