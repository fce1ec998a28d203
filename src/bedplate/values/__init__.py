"""Values that every layer speaks: sets of numbers, sizes, readings, constants of a host.  No I/O."""
