"""Where the command begins: an interrupt while the rest is loaded ends it as quietly as one later."""

from __future__ import annotations


def main() -> None:
    """Load the command line and run it."""
    try:
        from bedplate.cli.main import main as run
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    run()
