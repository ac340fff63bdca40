"""The demo's part in ``up``: a remote, seeded data, closing words."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from governance.demo.credentials import make_credentials
from governance.demo.handout import Handout, publish
from governance.demo.welcome import welcome
from governance.embedded.errors import CannotStart
from governance.embedded.ports import HOST, claim_port, next_free_port
from governance.embedded.processes import Program
from governance.embedded.programs import Programs


@dataclass(frozen=True, slots=True)
class Demo:
    """The demo on one data folder, with the port of its remote."""

    folder: Path
    remote_port: int

    @classmethod
    def beside(cls, port: int, folder: Path, *, patience_seconds: float) -> Self:
        """Give the remote the port of last time, else the next one after ``port``.

        Another one changes its backends, and so ends what waits for approval.
        """
        kept = Handout.read(folder)
        last = kept and urlsplit(kept.remote_url).port
        if last and last != port:
            try:
                return cls(folder, claim_port(last, patience_seconds=patience_seconds))
            except CannotStart:
                pass  # somebody else's by now
        return cls(folder, next_free_port(port))

    @property
    def remote_url(self) -> str:
        """The address of the remote."""
        return f"http://{HOST}:{self.remote_port}"

    def remote(self, programs: Programs) -> Program:
        """Return the remote, with the lanes' tokens that it is to expect."""
        return programs.remote(self.remote_port, make_credentials(self.folder))

    def seeding(self, programs: Programs) -> Program:
        """Return the program that migrates and seeds; one start is faster than two."""
        return programs.manage("demo", "--starting", "--remote-url", self.remote_url)

    def welcome(self, at: datetime) -> str:
        """Publish demo.json, for whoever waits for it, and return the closing words."""
        publish(self.folder)
        handout = Handout.read(self.folder)
        if handout is None:
            raise CannotStart(f"{self.folder} has lost its demo.json: start again.")
        return welcome(handout, folder=self.folder, at=at)
