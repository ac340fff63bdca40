"""HTTP as we serve it: granian reads and writes, our threads run the program."""

from governance.server.command import server_command, server_environ

__all__ = ["server_command", "server_environ"]
