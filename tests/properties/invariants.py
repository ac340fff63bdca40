"""The invariants of a governed call, each as a query that finds what breaks it."""

from typing import Final

from django.db import connection

# Each gives rows that must not be, and their session; the key says what is wrong.
_QUERIES: Final = {
    "a claim was used more often than it may be, or not as often as it ran": """
        SELECT c.id, c.session_id FROM approvals_claim c
        WHERE c.uses > c.max_uses OR c.uses <> (
          SELECT count(*) FROM proxy_call p WHERE p.claim_id = c.id)""",
    "a call ran without exactly one record that allowed it": """
        SELECT p.id, p.session_id FROM proxy_call p WHERE 1 <> (
          SELECT count(*) FROM audit_record r
          WHERE r.call_id = p.id AND r.event = 'call.allowed')""",
    "a call ended more than once, or without a record of it": """
        SELECT p.id, p.session_id FROM proxy_call p WHERE (
          SELECT count(*) FROM audit_record r WHERE r.call_id = p.id AND r.event
            IN ('call.completed', 'call.failed', 'call.unknown')
          ) <> (p.state NOT IN ('queued', 'sending'))::int""",
    "a call is not of the action that its claim is for": """
        SELECT p.id, p.session_id FROM proxy_call p
        JOIN approvals_claim c ON c.id = p.claim_id
        WHERE (p.tenant_id, p.agent_id, p.session_id, p.route_version_id, p.tool,
               p.scope, p.args_digest, p.approval_id)
          IS DISTINCT FROM
              (c.tenant_id, c.agent_id, c.session_id, c.route_version_id, c.tool,
               c.scope, c.args_digest, c.approval_id)""",
    "a claim has fewer different people behind it than its rule wants": """
        SELECT c.id, c.session_id FROM approvals_claim c
        JOIN approvals_approval a ON a.id = c.approval_id
        WHERE a.quorum > (
          SELECT count(DISTINCT v.person_id) FROM approvals_vote v
          WHERE v.approval_id = a.id AND v.verdict = 'approve')""",
    "somebody voted whom the separation excludes": """
        SELECT v.id::text, a.session_id FROM approvals_vote v
        JOIN approvals_approval a ON a.id = v.approval_id
        JOIN governance_agent g ON g.id = a.agent_id
        WHERE v.person_id = g.owner_id AND a.separation <> 'confirm'""",
    "a yes is live for a version that is not in force": """
        SELECT c.id, c.session_id FROM approvals_claim c
        JOIN governance_routeversion v ON v.id = c.route_version_id
        JOIN governance_route r ON r.id = v.route_id
        WHERE c.uses < c.max_uses AND c.revoked_at IS NULL
          AND r.published_id IS DISTINCT FROM v.id""",
    "a yes is live for a context that is over": """
        SELECT c.id, c.session_id FROM approvals_claim c
        JOIN governance_agentsession s ON s.id = c.session_id
        WHERE c.uses < c.max_uses AND c.revoked_at IS NULL
          AND (s.ended_at IS NOT NULL OR s.epoch <> c.session_epoch)""",
    "an approval's state and its claim's disagree": """
        SELECT a.id, a.session_id FROM approvals_approval a
        LEFT JOIN approvals_claim c ON c.approval_id = a.id
        WHERE (a.state = 'executed') <> coalesce(c.uses = c.max_uses, false)
          OR (a.state IN ('pending', 'denied', 'expired', 'superseded')
              AND c.id IS NOT NULL)
          OR (a.state = 'approved' AND (c.id IS NULL OR c.revoked_at IS NOT NULL))""",
    "a request is open on a version that is not in force": """
        SELECT a.id, a.session_id FROM approvals_approval a
        JOIN governance_routeversion v ON v.id = a.route_version_id
        JOIN governance_route r ON r.id = v.route_id
        WHERE a.state IN ('pending', 'approved')
          AND r.published_id IS DISTINCT FROM v.id""",
}


def broken(label: str) -> dict[str, list[str]]:
    """Return what is wrong in the sessions of a label, and in which rows."""
    found = {}
    with connection.cursor() as cursor:
        for sentence, query in _QUERIES.items():
            cursor.execute(
                f"SELECT q.id FROM ({query}) q JOIN governance_agentsession s"  # noqa: S608 - queries of our own
                " ON s.id = q.session_id WHERE s.label = %s",
                [label],
            )
            rows = [row_id for (row_id,) in cursor.fetchall()]
            if rows:
                found[sentence] = rows
    return found
