"""How a request can fail on its way out, told by what the remote may have seen.  Pure.

EgressFailed
├── EgressRefused     the guard said no; no byte of the request was sent
├── ConnectFailed     nobody could be reached; no byte of the request was sent
├── AnswerLost        it was sent, and its answer was cut, late, coded or not HTTP
└── AnswerTooLarge    it was answered, with more than the backend's cap
"""


class EgressFailed(Exception):
    """A request did not get its answer; the text is a sentence of ours."""


class EgressRefused(EgressFailed):
    """The guard let nothing out."""


class ConnectFailed(EgressFailed):
    """No connection to a vetted address could be made in time."""


class AnswerLost(EgressFailed):
    """The request was sent, whole or in part, and what it did is not known."""


class AnswerTooLarge(EgressFailed):
    """The answer's head came, its body is over the cap and was not read on."""

    def __init__(self, status: int) -> None:
        self.status = status
        super().__init__("The answer is larger than the backend may send.")
