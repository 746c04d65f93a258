"""Entry point of the Space: settings -> ui.build -> launch; here `make app` or `python app.py`.

Address and port are Gradio's own GRADIO_SERVER_NAME and GRADIO_SERVER_PORT; the rest is in
`inpaint_bench/ui/settings.py`.
"""

from __future__ import annotations

import os
import sys

from inpaint_bench.errors import InpaintBenchError
from inpaint_bench.ui.address import check_host
from inpaint_bench.ui.build import Settings, build, launch_options


def main() -> int:
    """Serve the app until it is stopped."""
    try:
        check_host(os.environ.get("GRADIO_SERVER_NAME"))
        settings = Settings.from_environment()
        build(settings).launch(**launch_options(settings))
    except (InpaintBenchError, OSError) as error:  # OSError: the port is taken
        print(f"error: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:  # before Gradio listens for it
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
