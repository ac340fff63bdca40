"""``python -m governance.server``: become the web server, with its limits set."""

import argparse
import os

from governance.server.command import DRAIN_SECONDS, server_command, server_environ


def main() -> None:
    """Take address and number of processes, and become granian."""
    parser = argparse.ArgumentParser(prog="python -m governance.server")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--drain-seconds", type=int, default=DRAIN_SECONDS)
    parser.add_argument("--text-logs", action="store_false", dest="json_logs")
    command = server_command(**vars(parser.parse_args()))
    environ = server_environ(os.environ)
    os.execve(command[0], command, environ)  # noqa: S606 - no shell, the words are ours


if __name__ == "__main__":
    main()
