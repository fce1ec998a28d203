"""Writes a capture: what the readers read of a host, and bedplate.json.

Every reader is run over a root that remembers what it was asked for, so that a capture holds what they need, whatever
that comes to be.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from bedplate.host.capture_files import check_free, packing_of, write_archive, write_folder
from bedplate.host.host import SECTIONS, Host
from bedplate.host.manifest import MANIFEST_NAME, manifest_text
from bedplate.host.recording import RecordingRoot
from bedplate.host.redaction import Redactor
from bedplate.host.root import CPUINFO_LIMIT_BYTES
from bedplate.host.second_sample import SECOND_SAMPLE
from bedplate.host.snapshot import Snapshot

if TYPE_CHECKING:
    from bedplate.host.manifest import Manifest
    from bedplate.host.root import Root

# What tells the constants, which a capture of a capture knows without looking; and what other tools look at first.
_ALSO = (
    "/proc/cpuinfo",
    "/proc/version",
    "/proc/sys/kernel/arch",
    "/proc/sys/kernel/osrelease",
    "/sys/devices/system/cpu/kernel_max",
    "/sys/devices/system/cpu/modalias",
    "/sys/devices/system/node/possible",
    "/sys/kernel/cpu_byteorder",
    "/sys/kernel/mm/transparent_hugepage/hpage_pmd_size",
)


class Written(NamedTuple):
    """What became of a capture."""

    path: str
    files: int
    manifest: Manifest
    faults: tuple[str, ...]
    """The readers that failed, a fault of Bedplate's own; what they had read until then is in the capture."""
    needs: dict[str, str]
    """The capability or permission that would have read what was denied, by path; not of all paths."""


class Recorded(NamedTuple):
    """A host that every reader has read."""

    recording: RecordingRoot
    host: Host
    faults: tuple[str, ...]
    interval_seconds: float | None
    """The time between two samples; None where there is one."""


def capture(
    root: Root,
    path: str,
    *,
    version: str,
    redactor: Redactor | None = None,
    force: bool = False,
    interval: float | None = None,
) -> Written:
    """Write a capture of ``root`` to ``path``: an archive where it ends in .tar, .tar.gz or .tar.xz, else a folder.

    With an ``interval``, in seconds, it holds a second sample of the counters of a running host.  ``version`` is that
    of Bedplate; without a ``redactor`` the capture tells all.  UsageError where ``path`` is taken already and
    ``force`` is not given; OSError where it cannot be written, and then nothing is left behind.
    """
    packing_of(path)
    check_free(path, force=force)
    return write_recorded(record(root, interval), path, version=version, redactor=redactor)


def record(root: Root, interval: float | None = None) -> Recorded:
    """Return what remembers all that the readers read of ``root``, and the host as they read it."""
    recording = RecordingRoot(root)
    host = Host(recording, interval)
    faults: list[str] = []
    read: dict[str, object] = {}
    for section in ("constants", "name", "samples", *SECTIONS):
        try:
            read[section] = getattr(host, section)
        except Exception as fault:
            # The host that a reader fails on is the one whose capture is wanted most.
            faults.append(f"{section}: {type(fault).__name__}: {fault}")
    for path in _ALSO:
        recording.reading(path, bytes, limit=CPUINFO_LIMIT_BYTES)
    recording.adopt_second(SECOND_SAMPLE)
    return Recorded(recording, host, tuple(faults), host.samples.seconds if "samples" in read else None)


def write_recorded(recorded: Recorded, path: str, *, version: str, redactor: Redactor | None = None) -> Written:
    """Write a capture of what was read; see :func:`capture`.  What is at ``path`` is replaced."""
    recording, host, faults, seconds = recorded
    snapshot = Snapshot(recording, redactor)
    manifest = snapshot.manifest(host.constants, bedplate=version, when=_when(recording), interval_seconds=seconds)
    files = snapshot.files | {f"/{MANIFEST_NAME}": manifest_text(manifest)}
    packing = packing_of(path)
    if packing is None:
        write_folder(path, files, snapshot.links, snapshot.folders)
    else:
        write_archive(path, packing, files, snapshot.links, snapshot.folders)
    return Written(path, len(files), manifest, faults, recording.needs)


def redactor_for(root: Root) -> Redactor:
    """Return what redacts a capture of ``root`` by the table, and its machine id."""
    try:
        machine_id = root.read("/etc/machine-id", 4096).strip()
    except OSError:
        machine_id = b""
    return Redactor(machine_id=machine_id)


def _when(root: Root) -> str | None:
    if root.live:
        return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return root.manifest.when if root.manifest else None
