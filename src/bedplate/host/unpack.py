"""Unpacks gzip and xz as a stream of bounded pieces.

What packs well is no proof of a bomb: the headers of forty thousand small files pack 300 to 1.  So the limits are on
what comes out: its size, and the memory that it takes on the way.
"""

from __future__ import annotations

import os
import zlib
from typing import TYPE_CHECKING, Protocol

from bedplate.errors import CaptureError, CaptureTooLarge

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# A capture with 300,000 files of /proc and /sys is a tar of about 300 MB.
UNPACKED_LIMIT_BYTES = 512 << 20
# bgzip and pigz write a stream for each 64 kB or more; 10,000 of them are past the limit above.
_STREAM_LIMIT = 10_000
# xz -9 needs 65 MiB to unpack, and nothing that is in use needs more.
_XZ_MEMORY_LIMIT_BYTES = 100 << 20
_PIECE_BYTES = 1 << 18
_BLOCK_BYTES = 512

_GZIP = b"\x1f\x8b"
_XZ = b"\xfd7zXZ\0"
_OTHERS = {b"BZh": "bzip2", b"\x28\xb5\x2f\xfd": "zstd", b"PK\x03\x04": "zip", b"\x04\x22\x4d\x18": "lz4"}


class _Stream(Protocol):
    """What zlib and lzma have in common, after _Gzip has made them alike."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int) -> bytes: ...


class _Gzip:
    """A zlib decompressor that keeps what it has not looked at yet."""

    def __init__(self) -> None:
        self._inner = zlib.decompressobj(16 + zlib.MAX_WBITS)  # 16: with gzip's header and checksum

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def needs_input(self) -> bool:
        return not self._inner.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        return self._inner.decompress(self._inner.unconsumed_tail + data, max_length)


def unpacked(handle: int, path: str) -> Iterator[bytes]:
    """Yield what an open file holds, unpacked where its first bytes say that it is packed.

    CaptureError where it is empty, cut short or damaged, CaptureTooLarge where more than the limit comes out.
    """
    total = 0
    for piece in _pieces(handle, path):
        total += len(piece)
        if total > UNPACKED_LIMIT_BYTES:
            raise CaptureTooLarge(f"more than {UNPACKED_LIMIT_BYTES >> 20} MiB come out of it", path=path)
        yield piece


def _pieces(handle: int, path: str) -> Iterator[bytes]:
    packed = iter(lambda: os.read(handle, _PIECE_BYTES), b"")
    first = next(packed, b"")
    if not first:
        raise CaptureError("an empty file", path=path)
    other = next((name for mark, name in _OTHERS.items() if first.startswith(mark)), None)
    if other:
        raise CaptureError(f"packed with {other}; captures are .tar, .tar.gz or .tar.xz", path=path)
    if first.startswith(_GZIP):
        return _streams(first, packed, _Gzip, path)
    if first.startswith(_XZ):
        return _xz(first, packed, path)
    return _plain(first, packed)


def _plain(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _xz(first: bytes, rest: Iterator[bytes], path: str) -> Iterator[bytes]:
    import lzma

    def make() -> _Stream:
        return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY_LIMIT_BYTES)

    try:
        yield from _streams(first, rest, make, path)
    except lzma.LZMAError as error:
        if "Memory usage limit" in str(error):
            limit = f"{_XZ_MEMORY_LIMIT_BYTES >> 20} MiB of memory"
            raise CaptureTooLarge(f"its xz needs more than {limit} to unpack", path=path) from None
        raise CaptureError("damaged: its xz cannot be unpacked", path=path) from error


def _streams(data: bytes, rest: Iterator[bytes], make: Callable[[], _Stream], path: str) -> Iterator[bytes]:
    """Yield what streams, one behind the other and padded with zeros, hold."""
    for _ in range(_STREAM_LIMIT):
        stream = make()
        while not stream.eof:
            if stream.needs_input and not data:
                data = next(rest, b"")
                if not data:
                    raise CaptureError("cut short: its packed data end too early", path=path)
            try:
                piece = stream.decompress(data, _PIECE_BYTES)
            except zlib.error as error:
                raise CaptureError("damaged: its gzip cannot be unpacked", path=path) from error
            data = b""
            if piece:
                yield piece
        data = stream.unused_data.lstrip(b"\0")
        while not data:
            more = next(rest, b"")
            if not more:
                return
            data = more.lstrip(b"\0")
    raise CaptureTooLarge(f"more than {_STREAM_LIMIT} packed streams", path=path)


class Blocks:
    """A stream, taken in the pieces that an archive is made of."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._held = b""
        self._at = 0

    def take(self, size: int) -> bytes:
        """Return the next ``size`` bytes, less where the stream ends."""
        at, self._at = self._at, self._at + size
        if self._at <= len(self._held):
            return self._held[at : self._at]
        parts = [self._held[at:]]
        self._held, self._at = b"", 0
        lacking = size - len(parts[0])
        while lacking > 0 and (piece := next(self._pieces, b"")):
            if len(piece) > lacking:
                self._held, self._at = piece, lacking
                piece = piece[:lacking]
            parts.append(piece)
            lacking -= len(piece)
        return b"".join(parts)

    def padded(self, size: int) -> bytes | None:
        """Return the next ``size`` bytes and pass over their padding; None where the stream ends before."""
        data = self.take(size)
        padding = -size % _BLOCK_BYTES
        return data if len(data) == size and len(self.take(padding)) == padding else None
