"""Asking people, counting their votes, and what comes of it; one noun a file.

opening, requests     an agent's ask finds its approval or opens one
repeats, pressure     what an ask meets after an ending; how many may wait
ballots, votes        what a vote has to be; casting it
counting              which votes count
categories, comments  why not, and what people say to each other or to the agent
endings, expiry       how an approval is over, and by which clock
taking_back           cancelling, withdrawing, revoking
minting, tokens       a yes as a row; a row as a token
keyring               the keys that this process honours
notices, deliveries   who is told; sending it
questions, bundles    where a question goes; many at once
preferences, ways     how a person wants to be asked; by what she is told then
writing, mailing      what a letter says; handing it over
links                 the link in a mail
"""

from approvals.services.ballots import Voter, Why
from approvals.services.comments import comment, take
from approvals.services.counting import counting_votes
from approvals.services.endings import close_session
from approvals.services.epochs import new_epoch
from approvals.services.expiry import expire_due
from approvals.services.keyring import verification_keys
from approvals.services.minting import mint_covered, mint_for_approval
from approvals.services.notices import notify_outcome, tell_drifted
from approvals.services.opening import Asked
from approvals.services.requests import (
    PolicyMoved,
    find_or_open,
    insist_on_askable,
    latest_for,
)
from approvals.services.taking_back import (
    cancel_as_agent,
    cancel_as_person,
    revoke,
    revoke_claim,
    withdraw,
)
from approvals.services.tokens import (
    IssuedToken,
    payload_of,
    token_for,
    verified_row,
)
from approvals.services.votes import vote

__all__ = [
    "Asked",
    "IssuedToken",
    "PolicyMoved",
    "Voter",
    "Why",
    "cancel_as_agent",
    "cancel_as_person",
    "close_session",
    "comment",
    "counting_votes",
    "expire_due",
    "find_or_open",
    "insist_on_askable",
    "latest_for",
    "mint_covered",
    "mint_for_approval",
    "new_epoch",
    "notify_outcome",
    "payload_of",
    "revoke",
    "revoke_claim",
    "take",
    "tell_drifted",
    "token_for",
    "verification_keys",
    "verified_row",
    "vote",
    "withdraw",
]
