"""Rows for the benchmark, through the services; prints the agent's key.

``python -m bench.seed BACKEND_PORT``, in the environment of the rig.
"""

import os
import sys
import tempfile

import django
from django.core.management import call_command
from django.utils import timezone

ROUTES = """
version: 1
tenants:
  bench:
    name: Benchmark
    roles: {sam: [admin], ana: [approver], ben: [approver]}
    groups: {reviewers: [ana, ben]}
    backends:
      fast: {base_url: "http://127.0.0.1:%(port)s", allowed_cidrs: ["127.0.0.0/8"], max_concurrent: 64}
      slow: {base_url: "http://127.0.0.1:%(port)s/slow", allowed_cidrs: ["127.0.0.0/8"]}
    lanes:
      shared:
        kind: static
        privilege: write
        placement: {in: authorization, scheme: Bearer}
        secret_env: BENCH_SECRET
      reader:
        kind: static
        privilege: read
        placement: {in: authorization, scheme: Bearer}
        secret_env: BENCH_SECRET
    routes:
      bench.write:
        title: A write that policy covers
        backend: fast
        lane: shared
        risk: write
        approval: not_required
        justification: A benchmark has nobody to ask.
        arguments: %(arguments)s
        scope: "repo:{repo}/pull:{pull}"
        summary: "Comment on pull request #{pull} of {repo}"
        request: {method: POST, path: "/repos/acme/{repo}/issues/{pull}/comments", body: {body: "{body}"}}
      bench.read:
        title: A read
        backend: fast
        lane: reader
        risk: read
        approval: not_required
        arguments: %(arguments)s
        scope: "repo:{repo}/pull:{pull}"
        summary: "Read pull request #{pull} of {repo}"
        request: {method: GET, path: "/repos/acme/{repo}/pulls/{pull}"}
      bench.slow:
        title: A write at a backend that takes two seconds
        backend: slow
        lane: shared
        risk: write
        approval: not_required
        justification: A benchmark has nobody to ask.
        arguments: %(arguments)s
        scope: "repo:{repo}/pull:{pull}"
        summary: "Comment slowly on pull request #{pull} of {repo}"
        request: {method: POST, path: "/repos/acme/{repo}/issues/{pull}/comments", body: {body: "{body}"}}
      bench.ask:
        title: A write that a person approves
        backend: fast
        lane: shared
        risk: write
        approval: {group: reviewers, quorum: 1}
        justification: A benchmark has one shared token.
        arguments: %(arguments)s
        scope: "repo:{repo}/pull:{pull}"
        summary: "Comment on pull request #{pull} of {repo}"
        request: {method: POST, path: "/repos/acme/{repo}/issues/{pull}/comments", body: {body: "{body}"}}
    toolsets:
      everything: {bench.write: [], bench.read: [], bench.slow: [], bench.ask: []}
    agents:
      load: {owner: sam, toolsets: [everything]}
"""
ARGUMENTS = (
    '{type: object, properties: {repo: {type: string, pattern: "^[a-z][a-z0-9-]*$"},'
    " pull: {type: integer, minimum: 1}, body: {type: string, maxLength: 100000}},"
    " required: [repo, pull, body], additionalProperties: false}"
)


def seed(port: int) -> str:
    """Load the configuration and issue a key; return it."""
    from governance.models import Agent, User  # noqa: PLC0415 (after django.setup)
    from governance.services import issue_key  # noqa: PLC0415
    from governance.services.signing_keys import ensure_signing_key  # noqa: PLC0415

    now = timezone.now()
    ensure_signing_key(now=now)
    for name in ("sam", "ana", "ben"):
        User.objects.create_user(name, f"{name}@example.com", "not used")
    text = ROUTES % {"port": port, "arguments": ARGUMENTS}
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
        file.write(text)
        file.flush()
        call_command("load_routes", file.name, stdout=sys.stderr)
    agent = Agent.objects.get(name="load")
    return issue_key(agent, by=agent.owner, now=now)[1]


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "governance.settings")
    django.setup()
    sys.stdout.write(seed(int(sys.argv[1])))
