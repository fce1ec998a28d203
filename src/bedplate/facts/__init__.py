"""Pure records of what is true of a host."""
