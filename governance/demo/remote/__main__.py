"""``python -m governance.demo.remote --port N --credentials FILE``."""

import argparse
import json
from pathlib import Path

from governance.demo.remote.server import Server


def main() -> None:
    """Serve until somebody stops the process."""
    parser = argparse.ArgumentParser(prog="governance.demo.remote")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--credentials", type=Path, required=True)
    asked = parser.parse_args()
    with Server(asked.port, json.loads(asked.credentials.read_text())) as server:
        print(f"The demo remote listens on {server.url}", flush=True)  # noqa: T201
        server.serve_forever()


if __name__ == "__main__":
    main()
