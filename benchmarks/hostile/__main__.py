"""The command `python -m benchmarks.hostile`; see `benchmarks.hostile.cases`."""

import sys

from benchmarks.hostile.cases import main

if __name__ == "__main__":
    sys.exit(main())
