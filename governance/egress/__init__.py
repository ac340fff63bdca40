"""The one way to the outside: vetted addresses, strict HTTP, one deadline.

addresses.py    PURE  which addresses may be reached
urls.py         PURE  the one spelling of a backend's URL that is accepted
outbound.py     PURE  a request and its bytes
answers.py      PURE  an answer, read strictly and within bounds
failures.py     PURE  how a request fails, by what the remote may have seen
deadlines.py          one end for everything that a request does
connections.py        resolve once, judge every answer, connect to what was judged
exchange.py           one request written, its answer read by the deadline
sessions.py           send(): the connections kept for a backend
"""

from governance.egress.addresses import CidrRefused, parse_cidrs
from governance.egress.answers import Until
from governance.egress.connections import check_url, tls_context
from governance.egress.deadlines import Deadline, DeadlinePassed
from governance.egress.failures import (
    AnswerLost,
    AnswerTooLarge,
    ConnectFailed,
    EgressFailed,
    EgressRefused,
)
from governance.egress.outbound import OutboundRequest
from governance.egress.sessions import (
    EGRESS,
    BackendSettings,
    Egress,
    OutboundAnswer,
    once,
    send,
)
from governance.egress.urls import Destination, UrlRefused, parse_url

__all__ = [
    "EGRESS",
    "AnswerLost",
    "AnswerTooLarge",
    "BackendSettings",
    "CidrRefused",
    "ConnectFailed",
    "Deadline",
    "DeadlinePassed",
    "Destination",
    "Egress",
    "EgressFailed",
    "EgressRefused",
    "OutboundAnswer",
    "OutboundRequest",
    "Until",
    "UrlRefused",
    "check_url",
    "once",
    "parse_cidrs",
    "parse_url",
    "send",
    "tls_context",
]
