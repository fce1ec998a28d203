"""Reads a host, live or captured: the Root that every open goes through, and one reader per facts module."""
