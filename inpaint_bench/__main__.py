"""`python -m inpaint_bench COMMAND`."""

import sys

try:
    from inpaint_bench.cli import main

    status = main()
except KeyboardInterrupt:  # before `main` could take care of it
    status = 130
sys.exit(status)
