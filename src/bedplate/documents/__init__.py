"""Documents that are read back from disk."""
