"""Writes files, links and folders as a folder or an archive: whole or not at all, and for its owner alone.

The same content makes the same bytes: members are sorted, and have no time and no owner.
"""

from __future__ import annotations

import io
import os
import shutil
import tarfile
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, cast

from bedplate.errors import UsageError
from bedplate.host.manifest import MANIFEST_NAME

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

_ARCHIVES = {".tar": "", ".tar.gz": "gz", ".tgz": "gz", ".tar.xz": "xz", ".txz": "xz"}
_NOT_WRITTEN = (".zip", ".bz2", ".zst", ".7z", ".gz", ".xz", ".lz4")
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def packing_of(path: str) -> str | None:
    """Return how an archive of that name is packed, None for a folder; UsageError for archives of other kinds."""
    for suffix, packing in _ARCHIVES.items():
        if path.endswith(suffix) and os.path.basename(path) != suffix:
            return packing
    if path.endswith(_NOT_WRITTEN):
        raise UsageError("a capture is a folder, .tar, .tar.gz or .tar.xz", path=path)
    return None


def check_free(path: str, *, force: bool) -> None:
    """Raise UsageError where ``path`` is taken, and may not be replaced."""
    if not os.path.lexists(path):
        return
    if not force:
        raise UsageError("is there already; --force replaces it", path=path)
    # Only what is a capture of ours for certain is ever removed with all that is in it.
    if os.path.isdir(path) and not os.path.isfile(os.path.join(path, MANIFEST_NAME)):
        raise UsageError("a folder that is no capture of ours; it is not replaced", path=path)


def write_archive(
    path: str, packing: str, files: Mapping[str, bytes], links: Mapping[str, str], folders: set[str]
) -> None:
    """Write a .tar, packed as :func:`packing_of` says; OSError, and then nothing is left behind."""
    with _part(path) as part, os.fdopen(os.open(part, _NEW, 0o600), "wb") as raw:
        with _packed(raw, packing) as stream, _tar(stream) as archive:
            for name in sorted({*files, *links, *_all_folders(files, links, folders)}, key=_manifest_first):
                archive.addfile(*_member(name, files.get(name), links.get(name)))
        raw.flush()
        os.fsync(raw.fileno())
        os.rename(part, path)


def write_folder(path: str, files: Mapping[str, bytes], links: Mapping[str, str], folders: set[str]) -> None:
    """Write a folder; OSError, and then nothing is left behind."""
    path = path.rstrip("/")
    with _part(path) as part:
        os.mkdir(part, 0o700)
        for name in sorted(_all_folders(files, links, folders)):
            os.mkdir(part + name, 0o700)
        for name, data in files.items():
            with os.fdopen(os.open(part + name, _NEW, 0o600), "wb") as file:
                file.write(data)
        for name, target in links.items():  # last, so that nothing is written through one
            os.symlink(target, part + name)
        _replace_folder(part, path)


def _replace_folder(part: str, path: str) -> None:
    if not os.path.lexists(path):
        os.rename(part, path)
        return
    before = f"{part}.before"
    os.rename(path, before)
    os.rename(part, path)
    shutil.rmtree(before) if os.path.isdir(before) else os.unlink(before)


def _all_folders(files: Mapping[str, bytes], links: Mapping[str, str], folders: set[str]) -> set[str]:
    """Return the folders, and those above everything, without the root."""
    found: set[str] = set()
    for path in (*folders, *(name.rpartition("/")[0] for name in (*files, *links))):
        while len(path) > 1 and path not in found:
            found.add(path)
            path = path.rpartition("/")[0]
    return found


def _manifest_first(name: str) -> tuple[bool, str]:
    return name != f"/{MANIFEST_NAME}", name


def _member(name: str, data: bytes | None, target: str | None) -> tuple[tarfile.TarInfo, IO[bytes] | None]:
    member = tarfile.TarInfo(name[1:])
    if data is not None:
        member.size, member.mode = len(data), 0o600
        return member, io.BytesIO(data)
    if target is not None:
        member.type, member.linkname, member.mode = tarfile.SYMTYPE, target, 0o777
    else:
        member.type, member.mode = tarfile.DIRTYPE, 0o700
    return member, None


def _tar(stream: IO[bytes]) -> tarfile.TarFile:
    return tarfile.open(fileobj=stream, mode="w", format=tarfile.GNU_FORMAT, encoding="utf-8", errors="surrogateescape")


@contextmanager
def _packed(raw: IO[bytes], packing: str) -> Generator[IO[bytes]]:
    if packing == "gz":
        import gzip

        with gzip.GzipFile("", "wb", 6, raw, mtime=0) as stream:
            yield cast("IO[bytes]", stream)
    elif packing == "xz":
        import lzma

        with lzma.LZMAFile(raw, "w", preset=6) as stream:
            yield stream
    else:
        yield raw


@contextmanager
def _part(path: str) -> Generator[str]:
    """Yield a name beside ``path`` that becomes it in the end, and is gone where that fails."""
    folder, name = os.path.split(os.path.abspath(path))
    part = os.path.join(folder, f".{name}.{os.getpid()}.part")
    try:
        yield part
    except BaseException as error:
        if os.path.isdir(part):
            shutil.rmtree(part)
        elif os.path.lexists(part):
            os.unlink(part)
        if isinstance(error, OSError):  # whose file name is one that nobody asked for
            raise OSError(error.errno, error.strerror, path) from error
        raise
