"""A collector without its API, for `tests.support.collecting`: says `subscribed`, ends at SIGTERM."""

from __future__ import annotations

import logging
import signal
import sys
import threading
from pathlib import Path

from collector.config import parse_config
from collector.running import running


def main() -> None:
    """Run until SIGTERM."""
    logging.basicConfig(level=logging.INFO, stream=sys.stderr)
    path = Path(sys.argv[1])
    config = parse_config(path.read_text(encoding="utf-8")).beside(path.parent)
    end = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: end.set())
    with running(config) as parts:
        parts.stream.subscribed.wait()
        logging.info("subscribed")
        end.wait()


if __name__ == "__main__":
    main()
