"""CapturedRoot: what a captured folder and a captured archive have in common.

A capture of ours says in bedplate.json what could not be read and what was not there; a root of it answers as the
host did: the same errno for what was denied, certainty for what was absent, and the whole of a folder's names even
where the capture holds some of them only.
"""

from __future__ import annotations

from abc import abstractmethod

from bedplate.host.links import failure
from bedplate.host.manifest import MANIFEST_LIMIT_BYTES, MANIFEST_NAME, parse_manifest
from bedplate.host.root import READ_LIMIT_BYTES, Entry, Root

# People pack db-07/ or must-gather/node-3/: so many folders may lead, each alone, to the one that holds proc/ or sys/.
LEADING_FOLDERS_LIMIT = 4
NO_CAPTURE = "not a capture: it holds neither proc/ nor sys/ nor bedplate.json"


class CapturedRoot(Root):
    """The files of a host that is not running here."""

    live = False

    def __init__(self, where: str) -> None:
        self.where = where

    @abstractmethod
    def _read(self, path: str, limit: int) -> bytes: ...

    @abstractmethod
    def _entries(self, path: str) -> list[Entry]: ...

    @abstractmethod
    def _link(self, path: str) -> str: ...

    def load_manifest(self) -> None:
        """Read bedplate.json where there is one; CaptureError where it is not what it should be."""
        try:
            text = self._read("/" + MANIFEST_NAME, MANIFEST_LIMIT_BYTES)
        except FileNotFoundError:
            return
        self.manifest = parse_manifest(text, f"{self.where}/{MANIFEST_NAME}")

    def read(self, path: str, limit: int = READ_LIMIT_BYTES) -> bytes:
        """Return all bytes of a file; see :meth:`Root.read`."""
        try:
            return self._read(path, limit)
        except OSError as error:
            raise self._recorded(path, error) from None

    def entries(self, path: str) -> list[Entry]:
        """Return what a folder holds; see :meth:`Root.entries`."""
        try:
            found = self._entries(path)
        except OSError as error:
            raise self._recorded(path, error) from None
        if self.manifest is None:
            return found
        # What may not be listed can hold what was read all the same.
        number = self.manifest.denied.get(path)
        if number:
            raise failure(number, path)
        held = {entry.name for entry in found} | {MANIFEST_NAME}
        unread = self.manifest.unread.get(path, {})
        found = [entry for entry in found if path != "/" or entry.name != MANIFEST_NAME]
        return sorted(found + [Entry(name, kind) for name, kind in unread.items() if name not in held])

    def link(self, path: str) -> str:
        """Return the text of a symbolic link; see :meth:`Root.link`."""
        try:
            return self._link(path)
        except OSError as error:
            raise self._recorded(path, error) from None

    def knows_absence_of(self, path: str) -> bool:
        """Return whether the capture says that what is not here was not on the host; see :meth:`Root.knows_absence_of`.

        It was not where it was looked for in vain, where its folder was listed and did not name it, or where a
        folder above it was not there.  Of a folder that was listed everything is known.
        """
        manifest = self.manifest
        if manifest is None:
            return False
        if path in manifest.listed:
            return True
        while path not in manifest.absent:
            path, _, name = path.rpartition("/")
            if not name:
                return False
            if (path or "/") in manifest.listed:
                return name not in self.names(path or "/")
        return True

    def _recorded(self, path: str, error: OSError) -> OSError:
        """Return the error that the host gave for what the capture does not hold."""
        manifest = self.manifest
        if manifest is None:
            return error
        number = manifest.denied.get(path) or manifest.failed.get(path)
        return failure(number, path) if number else error
