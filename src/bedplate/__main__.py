"""``python -m bedplate`` is the command line."""

from bedplate.cli.start import main

if __name__ == "__main__":
    main()
