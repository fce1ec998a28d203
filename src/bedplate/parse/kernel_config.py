"""The configuration that a kernel was built with: /proc/config.gz, or config-<release> beside the kernel."""

from __future__ import annotations

import re
import zlib
from typing import NamedTuple

from bedplate.errors import ParseError
from bedplate.values.escape import decoded

# The largest of a distribution's is 300 kB (90 kB packed); a packed file may not grow past this.
CONFIG_LIMIT_BYTES = 4 << 20
_GZIP_MAGIC = b"\x1f\x8b"
_LINE = re.compile(rb"^(?:CONFIG_\w+=|# CONFIG_\w+ is not set)", re.MULTILINE)


class KernelConfig(NamedTuple):
    """A kernel's build configuration.  Options are looked up in the text: there are about 10,000 of them."""

    text: bytes

    def value(self, option: str) -> str | None:
        """Return ``y``, ``m``, a number or a string (without its quotes); None where the option is not set.

        ``option`` is given with its prefix: ``CONFIG_NO_HZ_FULL``.  A kernel whose configuration does not name an
        option does not know it, or lacks what it depends on: it is not set either way.
        """
        found = re.search(rb"^" + re.escape(option.encode()) + rb"=(.*)$", self.text, re.MULTILINE)
        if found is None:
            return None
        text = decoded(found[1].rstrip(b"\r"))
        quoted = len(text) >= 2 and text[0] == text[-1] == '"'
        return re.sub(r"\\(.)", r"\1", text[1:-1]) if quoted else text

    def enabled(self, option: str) -> bool:
        """Return whether an option is built in or a module."""
        return self.value(option) in ("y", "m")


def parse_kernel_config(data: bytes) -> KernelConfig:
    """Return the configuration in ``data``, plain or packed with gzip; ParseError where it holds none."""
    text = _unpacked(data) if data.startswith(_GZIP_MAGIC) else data
    if len(text) > CONFIG_LIMIT_BYTES:
        raise ParseError(f"a kernel configuration of more than {CONFIG_LIMIT_BYTES} bytes")
    if _LINE.search(text) is None:
        raise ParseError("not a kernel configuration: no line names an option", text=text[:80])
    return KernelConfig(text)


def _unpacked(data: bytes) -> bytes:
    unpacker = zlib.decompressobj(wbits=31)
    try:
        text = unpacker.decompress(data, CONFIG_LIMIT_BYTES + 1)
    except zlib.error as error:
        raise ParseError(f"not a gzip file: {error}") from error
    if not unpacker.eof and len(text) <= CONFIG_LIMIT_BYTES:
        raise ParseError("a gzip file that ends too early")
    return text
