"""Bedplate: what a Linux host is, whether that is right, and how to change it and back."""

__version__ = "0.1.0"

__all__ = ["__version__"]
