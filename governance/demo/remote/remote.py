"""What the demo remote answers to a request."""

import hmac
from collections.abc import Mapping

from governance.demo.remote.behaviour import Behaviour, InvalidBehaviour, Mood
from governance.demo.remote.github import GitHub
from governance.demo.remote.mcp import MCP
from governance.demo.remote.messages import Answer, Request
from governance.demo.remote.world import (
    ENDPOINTS,
    NOT_FOUND,
    REPOSITORIES,
    Endpoint,
    World,
)

APP_KEY = "github-app"
OK = 200


class Remote:
    """The ledger, the mood and the world behind one address.

    ``credentials`` maps a lane, ``github-read`` or ``team-zeta/github-read``, to the
    token that it carries; an endpoint accepts the tokens of its own lane only.
    """

    def __init__(self, credentials: Mapping[str, str]) -> None:
        self._credentials = credentials
        self._received: list[Request] = []
        self._world = World()
        app_key = credentials.get(APP_KEY)
        self.github = GitHub(app_key, REPOSITORIES) if app_key else None
        self.mood = Mood()

    def own(self, request: Request) -> Answer | None:
        """Answer what is asked of the remote itself; None for everything else."""
        match request.method, request.path:
            case "GET", "/_received":
                return Answer(200, {"received": self._ledger()})
            case "POST", "/_behave":
                return self._behave(request.body)
        # Another system than the one that is called: neither in its ledger nor mood.
        return self.github.answer(request) if self.github else None

    def note(self, request: Request) -> None:
        """Write a request into the ledger, whatever becomes of it."""
        self._received.append(request)

    def work(self, request: Request) -> Answer:
        """Check the credential, then do the thing."""
        segments = request.segments
        there = [
            endpoint for endpoint in (*ENDPOINTS, MCP) if endpoint.matches(segments)
        ]
        fit = [endpoint for endpoint in there if endpoint.method == request.method]
        if not fit:
            wrong_method = Answer(405, {"message": "Method Not Allowed"})
            return wrong_method if there else NOT_FOUND
        return self._refusal(request, fit[0]) or fit[0].act(
            self._world, request, segments
        )

    def _refusal(self, request: Request, endpoint: Endpoint) -> Answer | None:
        carried = request.credential.encode()
        lanes = [
            lane.rpartition("/")[2]
            for lane, token in self._credentials.items()
            if hmac.compare_digest(token.encode(), carried)
        ]
        if not lanes:
            return self._unknown(request, endpoint)
        if endpoint.lane not in lanes:
            return Answer(403, {"message": "Resource not accessible by this lane"})
        return None

    def _unknown(self, request: Request, endpoint: Endpoint) -> Answer | None:
        """Ask GitHub about a token that is of no lane."""
        if self.github is None or endpoint.need is None:
            return Answer(401, {"message": "Bad credentials"})
        said = self.github.refusal(
            request.credential, repository=request.segments[2], need=endpoint.need
        )
        return None if said.status == OK else said

    def _behave(self, body: bytes) -> Answer:
        try:
            behaviour = Behaviour.parse(body)
        except InvalidBehaviour as error:
            return Answer(400, {"message": str(error)})
        self.mood.set(behaviour)
        return Answer(200, {"mode": behaviour.mode, "times": behaviour.times})

    def _ledger(self) -> list[dict[str, object]]:
        received = enumerate(list(self._received), start=1)
        return [{"n": number, **request.shown()} for number, request in received]
