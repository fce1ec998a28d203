"""Files of 64-bit words, one a page: pagemap, kpageflags, kpagecount.

Source: Documentation/admin-guide/mm/pagemap.rst.  The words are in the byte order of the host that wrote them.  A read
must begin and end at a word (EINVAL); behind the last page it gives nothing.
"""

from __future__ import annotations

import sys
from array import array
from typing import TYPE_CHECKING

from bedplate.errors import ParseError

if TYPE_CHECKING:
    from bedplate.values.constants import HostConstants

WORD_BYTES = 8


def parse_words(raw: bytes, constants: HostConstants) -> array[int]:
    """Return the words of a piece of such a file; ParseError where it ends within one.

    They need 8 bytes each: a capture of another byte order reads right, and one that does not tell it is refused.
    """
    if len(raw) % WORD_BYTES:
        raise ParseError(f"cut off: {len(raw)} bytes are not a number of whole words", text=raw[-16:])
    if constants.byte_order not in ("little", "big"):
        raise ParseError("the byte order of the host is not known", field="byte_order", text=constants.byte_order)
    words = array("Q", raw)
    if constants.byte_order != sys.byteorder:
        words.byteswap()
    return words
