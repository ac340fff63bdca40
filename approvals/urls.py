"""The approvers' addresses."""

from django.urls import path

from approvals.views import blobs, decide, figures, inbox, review

# Slugs: an id becomes part of a cookie's path and of headers, unquoted.
app_name = "approvals"
urlpatterns = [
    path("", inbox.inbox, name="inbox"),
    path("figures/", figures.show, name="figures"),
    path("live", inbox.live, name="live"),
    path("mine/", inbox.mine, name="mine"),
    path("<slug:approval_id>/", review.review, name="review"),
    path("<slug:approval_id>/state", review.state, name="state"),
    path("<slug:approval_id>/value", blobs.download, name="value"),
    path("<slug:approval_id>/vote", decide.vote, name="vote"),
    path("<slug:approval_id>/comment", decide.comment, name="comment"),
    path("<slug:approval_id>/take", decide.take, name="take"),
    path("<slug:approval_id>/withdraw", decide.withdraw, name="withdraw"),
    path("<slug:approval_id>/revoke", decide.revoke, name="revoke"),
    path("<slug:approval_id>/cancel", decide.cancel, name="cancel"),
]
