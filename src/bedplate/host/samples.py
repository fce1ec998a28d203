"""Reads moving counters once, or twice with an interval: some faults show only in what grows.

The second sample of a capture is in the folder sample-2 beside the first one's files, each under its own path.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

from bedplate.host.numastat import read_counters

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bedplate.host.root import Root
    from bedplate.parse.numastat import NumaCounters
    from bedplate.values.reading import Reading


class Sample(NamedTuple):
    """What is read of a host in one sample; a reader of counters that are judged by their growth adds its own here."""

    numastat: Mapping[int, Reading[NumaCounters]]
    """By node."""


class Samples(NamedTuple):
    """One sample, or two."""

    first: Sample
    second: Sample | None
    seconds: float | None
    """The time between them; None where there is one, or where a capture does not tell."""


def read_samples(root: Root, interval: float | None) -> Samples:
    """Return one sample of a running host, two that are ``interval`` seconds apart where one is given.

    Of a capture, what it holds: one or two.
    """
    began = time.monotonic()
    first = _sample(root)
    if root.live:
        if interval is None:
            return Samples(first, None, None)
        time.sleep(interval)
    later = root.later()
    if later is None:
        return Samples(first, None, None)
    if root.live:
        return Samples(first, _sample(later), time.monotonic() - began)
    return Samples(first, _sample(later), root.manifest.interval_seconds if root.manifest else None)


def _sample(root: Root) -> Sample:
    return Sample(numastat=read_counters(root))
