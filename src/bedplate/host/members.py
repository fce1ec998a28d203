"""Reads the members of a tar archive one by one, with the long names that GNU tar and pax put before them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, NoReturn

from bedplate.errors import CaptureError, CaptureRefused, CaptureTooLarge, ParseError
from bedplate.parse.tar import BLOCK_BYTES, parse_header, parse_pax, parse_size

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bedplate.host.unpack import Blocks
    from bedplate.parse.tar import Header

MEMBER_LIMIT_BYTES = 64 << 20
# No reader takes as much of one file: what is behind it need not be held.
HELD_OF_MEMBER_BYTES = (32 << 20) + 1
_HEADER_DATA_LIMIT_BYTES = 1 << 20
# GNU tar pads an archive with up to 10 kB of zeros, or with as much as its --blocking-factor says.
_PADDING_LIMIT_BYTES = 1 << 20


class Member(NamedTuple):
    """One member of an archive; ``type`` as in parse.tar.Header."""

    name: bytes
    type: bytes
    data: bytes
    target: bytes


def members(blocks: Blocks, path: str) -> Iterator[Member]:
    """Yield an archive's members; CaptureError where it is cut short or no archive, or has members that are refused."""
    begun = False
    long: dict[bytes, bytes] = {}
    while header := _next_header(blocks, path, begun):
        begun = True
        if header.type in b"LKxg":
            data = _data(blocks, header, header.size_bytes, _HEADER_DATA_LIMIT_BYTES, path)
            long |= _long(header, data, path)
            continue
        name = long.get(b"path", header.name)
        size = _size(long, header, path)
        if header.type == b"S" or (long and any(key.startswith(b"GNU.sparse") for key in long)):
            raise CaptureRefused("a sparse member; pack it without --sparse", path=path, text=name)
        data = _data(blocks, header, size, MEMBER_LIMIT_BYTES, path)
        yield Member(name, header.type, data[:HELD_OF_MEMBER_BYTES], long.get(b"linkpath", header.target))
        long = {}


def _next_header(blocks: Blocks, path: str, begun: bool) -> Header | None:
    """Return the next header, None at the end of the archive."""
    block = blocks.take(BLOCK_BYTES)
    if len(block) < BLOCK_BYTES:
        # Two blocks of zeros are the end mark; where there is none, members may be missing.
        _cut_short(path) if begun or block[257:262] == b"ustar" else _no_archive(path)
    try:
        header = parse_header(block)
    except ParseError as error:
        if not begun:
            _no_archive(path)
        raise CaptureError(f"damaged: {error.message}", path=path) from error
    if header is None:
        _pass_padding(blocks, path)
    return header


def _pass_padding(blocks: Blocks, path: str) -> None:
    """Read to the end, so that what packed the archive can prove its checksums."""
    for _ in range(_PADDING_LIMIT_BYTES // BLOCK_BYTES):
        if not blocks.take(BLOCK_BYTES):
            return
    raise CaptureTooLarge(f"more than {_PADDING_LIMIT_BYTES >> 10} KiB follow the end of the archive", path=path)


def _data(blocks: Blocks, header: Header, size: int, limit: int, path: str) -> bytes:
    if size > limit:
        message = f"a member of {size} bytes, at most {limit} are allowed"
        raise CaptureTooLarge(message, path=path, text=header.name)
    if not size:
        return b""
    data = blocks.padded(size)
    return _cut_short(path) if data is None else data


def _size(long: dict[bytes, bytes], header: Header, path: str) -> int:
    size = long.get(b"size")
    if size is None or header.type in b"123456":
        return header.size_bytes
    try:
        return parse_size(size)
    except ParseError as error:
        raise error_at(path, error) from error


def _long(header: Header, data: bytes, path: str) -> dict[bytes, bytes]:
    """Return what a header says of the member behind it."""
    if header.type in b"LK":
        return {b"path" if header.type == b"L" else b"linkpath": data.partition(b"\0")[0]}
    try:
        records = parse_pax(data)
    except ParseError as error:
        raise error_at(path, error) from error
    # A global header speaks of every member: git archive writes its commit into one, and nobody a name.
    return {} if header.type == b"g" else records


def error_at(path: str, error: ParseError) -> CaptureError:
    """Return the CaptureError that a damaged header is."""
    return CaptureError(f"damaged: {error.message}", path=path, field=error.field, text=error.text)


def _cut_short(path: str) -> NoReturn:
    raise CaptureError("cut short: the archive has no end", path=path)


def _no_archive(path: str) -> NoReturn:
    raise CaptureError("not a tar archive, packed or not", path=path)
