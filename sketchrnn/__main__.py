"""`python -m sketchrnn`."""

import sys

from sketchrnn.cli.main import main

if __name__ == "__main__":  # a spawned worker imports this module again
    sys.exit(main())
