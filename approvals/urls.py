"""The approvers' addresses."""

from django.urls import path

from approvals.views import decide, inbox, review

app_name = "approvals"
urlpatterns = [
    path("", inbox.inbox, name="inbox"),
    path("mine/", inbox.mine, name="mine"),
    path("<str:approval_id>/", review.review, name="review"),
    path("<str:approval_id>/state", review.state, name="state"),
    path("<str:approval_id>/vote", decide.vote, name="vote"),
    path("<str:approval_id>/withdraw", decide.withdraw, name="withdraw"),
    path("<str:approval_id>/revoke", decide.revoke, name="revoke"),
    path("<str:approval_id>/cancel", decide.cancel, name="cancel"),
]
