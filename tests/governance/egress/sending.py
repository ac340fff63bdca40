"""What the tests of sending share: requests, and stand-ins for clock and resolver."""

from governance.egress import (
    BackendSettings,
    Deadline,
    Egress,
    OutboundAnswer,
    OutboundRequest,
)

POST = OutboundRequest("POST", "/a", (("X-A", "1"),), b'{"c":2}')


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at


class Resolver:
    """Answers what it was told, one list after the other, and counts."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, int]] = []

    def __call__(self, host: str, port: int) -> list[str]:
        self.asked.append((host, port))
        return self.answers.pop(0)


def sent(
    egress: Egress,
    backend: BackendSettings,
    request: OutboundRequest = POST,
    *,
    seconds: float = 60,
) -> OutboundAnswer:
    return egress.send(request, backend=backend, deadline=Deadline(seconds))
