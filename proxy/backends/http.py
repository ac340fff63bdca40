"""One stored call to an HTTP backend, one outcome back.

Nothing of the caller is in what leaves: host and base path are the backend's, method,
path, query, headers and body the mapping's, the credential the lane's, the trace ours.
"""

from dataclasses import dataclass, replace

from audit.redaction import redact_known
from governance.decision import Risk
from governance.egress import (
    EGRESS,
    AnswerLost,
    AnswerTooLarge,
    BackendSettings,
    ConnectFailed,
    Deadline,
    Egress,
    EgressRefused,
    OutboundAnswer,
    OutboundRequest,
    UrlRefused,
    parse_url,
)
from governance.mapping import MappedRequest
from proxy.backends.answers import (
    BackendOutcome,
    judge,
    lost,
    media_type,
    not_sent,
    too_large,
)
from proxy.credentials.credential import Credential


@dataclass(frozen=True, slots=True)
class Outbound:
    """A call on its way: what was approved, rendered, and where it goes."""

    backend: BackendSettings
    mapped: MappedRequest
    risk: Risk
    traceparent: str
    deadline: Deadline


def send(
    call: Outbound, credential: Credential, *, egress: Egress = EGRESS
) -> BackendOutcome:
    """Send ``call`` once; whatever happens is an outcome, never an exception."""
    try:
        request = outbound_request(
            call.mapped,
            credential,
            traceparent=call.traceparent,
            base_url=call.backend.base_url,
        )
        answer = egress.send(request, backend=call.backend, deadline=call.deadline)
    except (UrlRefused, EgressRefused, ConnectFailed) as failure:
        return not_sent(str(failure))
    except AnswerLost as failure:
        return _from(call.backend, lost(str(failure), risk=call.risk))
    except AnswerTooLarge as failure:
        return _from(call.backend, too_large(failure.status, risk=call.risk))
    return _outcome(answer, credential, risk=call.risk)


def _from(backend: BackendSettings, outcome: BackendOutcome) -> BackendOutcome:
    # Where the request went is known, though its answer is not.
    return replace(outcome, origin=parse_url(backend.base_url).origin)


def outbound_request(
    mapped: MappedRequest, credential: Credential, *, traceparent: str, base_url: str
) -> OutboundRequest:
    """Return the request as it will leave, less what the guard adds to each.

    The guard refuses a name that comes twice: no static header of a route stands
    beside the credential or the trace, and none stands in for them.  The credential
    comes last: it may be a signature over the rest.
    """
    headers = (*mapped.headers, ("traceparent", traceparent))
    target, body = mapped.target, mapped.body
    request = OutboundRequest(mapped.method, target, headers, body)
    lent = credential.headers(request, parse_url(base_url))
    return OutboundRequest(mapped.method, target, (*headers, *lent), body)


def _outcome(
    answer: OutboundAnswer, credential: Credential, *, risk: Risk
) -> BackendOutcome:
    # On bytes, before anybody parses them: an echoed credential goes no further.  In
    # one piece: its many forms are made once, and no header holds a line's end.
    said = b"%b\n%b" % (answer.content_type.encode(), answer.body)
    content_type, _, body = redact_known(said, credential.secrets).partition(b"\n")
    return judge(
        answer.status,
        risk=risk,
        content_type=media_type(content_type.decode()),
        body=body,
        origin=answer.peer_origin,
    )
