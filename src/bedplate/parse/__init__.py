"""One module per kernel file format: bytes in, frozen records out.  Never opens a file."""
