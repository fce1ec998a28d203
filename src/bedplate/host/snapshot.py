"""Snapshot: what a capture holds, made of what a recording root remembers.

Readers ask for files by way of links (/sys/bus/pci/devices/X/class); the capture holds the file where it is
(/sys/devices/pci0000:00/X/class) and the links on the way, so that it reads as the host did for any tool.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bedplate.host.links import Step, resolve
from bedplate.host.manifest import MANIFEST_NAME, Manifest, Redaction
from bedplate.host.recording import ABSENCES, DENIALS
from bedplate.host.second_sample import SECOND_SAMPLE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bedplate.host.recording import RecordingRoot
    from bedplate.host.redaction import Redactor
    from bedplate.values.constants import HostConstants

_NAMESPACES = ("cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts")


class Snapshot:
    """Files, links and folders by their true path, and what bedplate.json says of the rest."""

    def __init__(self, recording: RecordingRoot, redactor: Redactor | None) -> None:
        self._recording = recording
        self._redactor = redactor
        self._texts: dict[str, str | None] = {}
        self.files: dict[str, bytes] = {}
        self.links: dict[str, str] = {}
        self.folders: set[str] = {"/"}
        self.left_out: list[Redaction] = []
        for path, data in sorted(recording.files.items()):
            self._add_file(path, data)
        for path in sorted(recording.links):
            self._true_path(path, follow=False)
        for path, entries in sorted(recording.folders.items()):
            self._add_folder(path, [entry.name for entry in entries if entry.kind == "link"])
        self._drop_contradictions()

    def manifest(
        self, constants: HostConstants, *, bedplate: str, when: str | None, interval_seconds: float | None = None
    ) -> Manifest:
        """Return what bedplate.json says."""
        recording = self._recording
        before = recording.manifest
        errors = self._errors()
        return Manifest(
            bedplate=bedplate,
            when=when,
            constants=constants,
            interval_seconds=interval_seconds,
            namespaces=before.namespaces if before else self._namespaces() if recording.live else {},
            denied={path: number for path, number in errors.items() if number in DENIALS},
            failed={path: number for path, number in errors.items() if number not in DENIALS},
            absent=frozenset(map(self._told, self._absent())),
            listed=frozenset(self._told(path) for path in recording.folders if path in recording.known),
            unread=self._unread(),
            left_out=tuple(sorted({*self.left_out, *(before.left_out if before else ())})),
            redacted=tuple(
                sorted({*(self._redactor.redacted if self._redactor else ()), *(before.redacted if before else ())})
            ),
        )

    def _told(self, text: str) -> str:
        return text if self._redactor is None else self._redactor.name(text)

    def _add_file(self, path: str, data: bytes) -> None:
        true = self._true_path(path)
        if true is None:
            self._leave_out(path, "a path that changed while it was captured")
            return
        kept = data if self._redactor is None else self._redactor.content(true.removeprefix(SECOND_SAMPLE), data)
        if kept is None:
            self._leave_out(true, "nobody's business")
            return
        if path in self._recording.sifted:
            self._leave_out(true, "the lines that no reader asked for")
        self.files[self._told(true)] = kept

    def _add_folder(self, path: str, links: list[str]) -> None:
        true = self._true_path(path)
        if true is None:
            return
        self.folders.add(self._told(true) or "/")
        for name in links:
            self._text(f"{true}/{name}")

    def _leave_out(self, path: str, what: str) -> None:
        self.left_out.append(Redaction(self._told(path), what))

    def _true_path(self, path: str, *, follow: bool = True) -> str | None:
        """Return where a path leads, noting the links on the way; None where that can no longer be told."""
        try:
            return resolve(path, "", self._look, follow=follow).handle
        except OSError:
            return None

    def _look(self, folder: str, name: str) -> Step[str]:
        path = f"{folder}/{name}"
        text = self._text(path)
        return Step("folder", path) if text is None else Step("link", path, text)

    def _text(self, path: str) -> str | None:
        """Return the text of what may be a link, and note it; None where it is none."""
        if path not in self._texts:
            try:
                text = self._recording.links.get(path) or self._recording.inner.link(path)
            except OSError:
                self._texts[path] = None
            else:
                self._texts[path] = text
                self.links[self._told(path)] = self._told(text)
        return self._texts[path]

    def _drop_contradictions(self) -> None:
        """Drop what cannot stand in one tree, because the host changed meanwhile."""
        self.folders -= self.links.keys() | self.files.keys()
        leaves = self.links.keys() | self.files.keys()
        for path in sorted(leaves | self.folders):
            if path == f"/{MANIFEST_NAME}" or any(above in leaves for above in _above(path)):
                self.folders.discard(path)
                if self.files.pop(path, None) is not None or self.links.pop(path, None) is not None:
                    self._leave_out(path, "a path that changed while it was captured")
        for path in self.files.keys() & self.links.keys():
            del self.files[path]

    def _errors(self) -> dict[str, int]:
        """Return what could not be read though it was there, or may have been, and the errno."""
        found: dict[str, int] = {}
        recording = self._recording
        for kind in ("link", "entries", "read"):
            for (what, path), number in recording.errors.items():
                if what == kind and path not in recording.files and path not in recording.folders:
                    found[self._told(path)] = number
        return {path: number for path, number in found.items() if number not in ABSENCES}

    def _absent(self) -> set[str]:
        """Return the paths that were not there for certain, and are not told to be by a folder above them."""
        recording = self._recording
        there = recording.files.keys() | recording.folders.keys()
        failed = {path for (_, path), number in recording.errors.items() if number not in ABSENCES}
        absent = {path for path in recording.known if path not in there and path not in failed}
        return {path for path in absent if not self._is_covered(path, absent)}

    def _is_covered(self, path: str, absent: set[str]) -> bool:
        """Return whether CapturedRoot.knows_absence_of() finds it out from what is above."""
        recording = self._recording
        for above in _above(path):
            if above in recording.folders and above in recording.known:
                name = path[len(above) :].lstrip("/").partition("/")[0]
                return all(name != entry.name for entry in recording.folders[above])
            if above in absent:
                return True
        return False

    def _unread(self) -> dict[str, dict[str, str]]:
        """Return, by folder that was listed, the names that the capture does not hold."""
        held = self.files.keys() | self.links.keys() | self.folders
        held = held | {above for path in held for above in _above(path)}
        found: dict[str, dict[str, str]] = {}
        for path, entries in self._recording.folders.items():
            true = self._true_path(path)
            kinds = {
                self._told(name): kind
                for name, kind in entries
                if true is None or self._told(f"{true}/{name}") not in held
            }
            if kinds:
                found[self._told(path)] = kinds
        return found

    def _namespaces(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for name in _NAMESPACES:
            try:
                found[name] = self._recording.inner.link(f"/proc/self/ns/{name}")
            except OSError:
                continue
        return found


def _above(path: str) -> Iterator[str]:
    """Yield the folders above a path, the nearest first, / last."""
    while len(path) > 1:
        path = path.rpartition("/")[0] or "/"
        yield path
