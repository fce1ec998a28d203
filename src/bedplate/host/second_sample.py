"""SecondSample: what a capture holds of a second look at its host.

Counters are judged by their growth.  A capture may hold files that were read again later: each is in the folder
sample-2 under its own path, such as /sample-2/sys/devices/system/node/node0/numastat.
"""

from __future__ import annotations

from bedplate.host.root import READ_LIMIT_BYTES, Entry, Root

SECOND_SAMPLE = "/sample-2"


def second_sample(capture: Root) -> Root | None:
    """Return the root of a capture's second sample, None where it holds one only."""
    return SecondSample(capture) if capture.names(SECOND_SAMPLE) else None


class SecondSample(Root):
    """The files of a capture's second sample, under the paths that they have on the host."""

    def __init__(self, capture: Root) -> None:
        self.where = capture.where
        self.live = False
        self._capture = capture

    def read(self, path: str, limit: int = READ_LIMIT_BYTES) -> bytes:
        """Return all bytes of a file; see :meth:`Root.read`."""
        return self._capture.read(SECOND_SAMPLE + path, limit)

    def entries(self, path: str) -> list[Entry]:
        """Return what a folder holds; see :meth:`Root.entries`."""
        return self._capture.entries(SECOND_SAMPLE + path)

    def link(self, path: str) -> str:
        """Return the text of a symbolic link; see :meth:`Root.link`."""
        return self._capture.link(SECOND_SAMPLE + path)

    def close(self) -> None:
        """Do nothing: the capture is closed by who opened it."""
