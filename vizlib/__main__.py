"""`python -m vizlib ...` is the same as `filterscope ...`."""

import sys

from vizlib.command.main import main

if __name__ == "__main__":
    sys.exit(main())
