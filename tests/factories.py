"""Rows for tests: one factory a model, valid by default, nothing random.

What a service makes (a published route, an agent's key) is a function that calls it.
"""

from datetime import UTC, datetime
from typing import Any

import factory
from factory.django import DjangoModelFactory

from governance.models import (
    Agent,
    AgentSession,
    ApproverGroup,
    Backend,
    CredentialLane,
    GroupMembership,
    ImportedDraft,
    Membership,
    Route,
    RouteVersion,
    Tenant,
    Toolset,
    ToolsetEntry,
    User,
)
from governance.seals import seal
from governance.services import issue_key, publish_route, save_draft

NOW = datetime(2026, 11, 23, 10, 2, 3, tzinfo=UTC)
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
PASSWORD = "correct horse battery staple"


class TenantFactory(DjangoModelFactory[Tenant]):
    class Meta:
        model = Tenant
        django_get_or_create = ("slug",)

    slug = "team-acme"
    name = factory.LazyAttribute(lambda tenant: tenant.slug.replace("-", " ").title())


class UserFactory(DjangoModelFactory[User]):
    """A person by user name; the same name is the same person."""

    class Meta:
        model = User
        django_get_or_create = ("username",)
        skip_postgeneration_save = True

    username = "sam"
    email = factory.LazyAttribute(lambda user: f"{user.username}@example.com")
    password = factory.django.Password(PASSWORD)


class MembershipFactory(DjangoModelFactory[Membership]):
    class Meta:
        model = Membership

    user = factory.SubFactory(UserFactory)
    tenant = factory.SubFactory(TenantFactory)
    role = Membership.Role.ADMIN
    valid_from = LONG_AGO


class ApproverGroupFactory(DjangoModelFactory[ApproverGroup]):
    class Meta:
        model = ApproverGroup
        django_get_or_create = ("tenant", "name")

    tenant = factory.SubFactory(TenantFactory)
    name = "reviewers"


class GroupMembershipFactory(DjangoModelFactory[GroupMembership]):
    class Meta:
        model = GroupMembership

    group = factory.SubFactory(ApproverGroupFactory)
    user = factory.SubFactory(UserFactory, username="ana")
    valid_from = LONG_AGO


class BackendFactory(DjangoModelFactory[Backend]):
    """An HTTP backend on the loopback, sealed."""

    class Meta:
        model = Backend
        django_get_or_create = ("tenant", "name")

    tenant = factory.SubFactory(TenantFactory)
    name = "github-api"
    base_url = "http://127.0.0.1:9"
    allowed_cidrs = factory.LazyFunction(lambda: ["127.0.0.0/8"])

    @classmethod
    def _create(cls, model_class: Any, *args: Any, **kwargs: Any) -> Any:
        backend = super()._create(model_class, *args, **kwargs)  # type: ignore[no-untyped-call]
        backend.seal = seal("backend", backend.members())
        backend.save(update_fields=["seal"])
        return backend


class CredentialLaneFactory(DjangoModelFactory[CredentialLane]):
    """A lane without a credential, sealed; ``services.replace_secret`` fills one."""

    class Meta:
        model = CredentialLane
        django_get_or_create = ("tenant", "name")

    tenant = factory.SubFactory(TenantFactory)
    name = "github-comment"
    kind = CredentialLane.Kind.NONE
    privilege = CredentialLane.Privilege.READ

    @classmethod
    def _create(cls, model_class: Any, *args: Any, **kwargs: Any) -> Any:
        lane = super()._create(model_class, *args, **kwargs)  # type: ignore[no-untyped-call]
        lane.seal = seal("lane", lane.members())
        lane.save(update_fields=["seal"])
        return lane


class RouteFactory(DjangoModelFactory[Route]):
    class Meta:
        model = Route
        django_get_or_create = ("tenant", "tool")

    tenant = factory.SubFactory(TenantFactory)
    tool = "github.comment_pr"


def comment_schema() -> dict[str, Any]:
    """Return the arguments of ``github.comment_pr``."""
    return {
        "type": "object",
        "properties": {
            "repo": {"type": "string", "pattern": "^[a-z][a-z0-9-]*$"},
            "pull": {"type": "integer", "minimum": 1},
            "body": {"type": "string", "maxLength": 60_000},
        },
        "required": ["repo", "pull", "body"],
        "additionalProperties": False,
    }


class RouteVersionFactory(DjangoModelFactory[RouteVersion]):
    """A draft: a write that one of ``reviewers`` has to approve."""

    class Meta:
        model = RouteVersion

    route = factory.SubFactory(RouteFactory)
    number = 1
    title = "Comment on a pull request"
    backend = factory.SubFactory(
        BackendFactory, tenant=factory.SelfAttribute("..route.tenant")
    )
    lane = factory.SubFactory(
        CredentialLaneFactory, tenant=factory.SelfAttribute("..route.tenant")
    )
    risk = RouteVersion.Risk.WRITE
    group = factory.SubFactory(
        ApproverGroupFactory, tenant=factory.SelfAttribute("..route.tenant")
    )
    arguments_schema = factory.LazyFunction(comment_schema)
    scope_template = "repo:{repo}/pull:{pull}"
    summary_template = "Comment on #{pull} of {repo}"
    mapping = factory.LazyFunction(
        lambda: {
            "method": "POST",
            "path": "/repos/acme/{repo}/issues/{pull}/comments",
            "body": {"body": "{body}"},
        }
    )


class ImportedDraftFactory(DjangoModelFactory[ImportedDraft]):
    """One operation of an OpenAPI document, as an import keeps it."""

    class Meta:
        model = ImportedDraft

    tenant = factory.SubFactory(TenantFactory)
    backend = factory.SubFactory(
        BackendFactory, tenant=factory.SelfAttribute("..tenant")
    )
    origin = ImportedDraft.Origin.OPENAPI
    key = "GET /pets"
    tool = "github-api.list_pets"
    digest = "sha256:0"
    imported_at = NOW


class ToolsetFactory(DjangoModelFactory[Toolset]):
    class Meta:
        model = Toolset
        django_get_or_create = ("tenant", "name")

    tenant = factory.SubFactory(TenantFactory)
    name = "everyday"


class ToolsetEntryFactory(DjangoModelFactory[ToolsetEntry]):
    class Meta:
        model = ToolsetEntry
        django_get_or_create = ("toolset", "route")

    toolset = factory.SubFactory(ToolsetFactory)
    route = factory.SubFactory(
        RouteFactory, tenant=factory.SelfAttribute("..toolset.tenant")
    )


class AgentFactory(DjangoModelFactory[Agent]):
    """An agent of Sam's, without toolsets; ``toolsets=[…]`` gives it some."""

    class Meta:
        model = Agent
        django_get_or_create = ("tenant", "name")
        skip_postgeneration_save = True

    tenant = factory.SubFactory(TenantFactory)
    name = "ci-agent"
    owner = factory.SubFactory(UserFactory)

    @factory.post_generation  # type: ignore[untyped-decorator]
    def toolsets(self, create: bool, extracted: Any, **kwargs: Any) -> None:
        if create and extracted:
            self.toolsets.set(extracted)


class AgentSessionFactory(DjangoModelFactory[AgentSession]):
    class Meta:
        model = AgentSession

    agent = factory.SubFactory(AgentFactory)
    created_at = NOW
    last_used_at = NOW
    expires_at = datetime(2126, 1, 1, tzinfo=UTC)


def person(name: str, *roles: str, tenant: Tenant | None = None) -> User:
    """Return a person with roles in a tenant since long ago; admins are staff."""
    user = UserFactory.create(username=name)
    for role in roles:
        MembershipFactory.create(
            user=user, tenant=tenant or TenantFactory.create(), role=role
        )
    if "admin" in roles:
        user.is_staff = True
        user.save(update_fields=["is_staff"])
    return user


def reviewers(*names: str, tenant: Tenant | None = None) -> ApproverGroup:
    """Return the group ``reviewers`` with these approvers in it since long ago."""
    tenant = tenant or TenantFactory.create()
    group = ApproverGroupFactory.create(tenant=tenant)
    for name in names:
        user = person(name, "approver", tenant=tenant)
        GroupMembershipFactory.create(group=group, user=user)
    return group


def published_route(*, by: User | None = None, **content: Any) -> Route:
    """Publish a route through the services; ``content`` is a draft's."""
    draft = RouteVersionFactory.build(
        **{
            "route": RouteFactory.create(),
            "backend": BackendFactory.create(),
            "lane": CredentialLaneFactory.create(),
            "group": ApproverGroupFactory.create(),
            **content,
        }
    )
    save_draft(draft, by=by, now=NOW)
    publish_route(draft, by=by, now=NOW)
    return draft.route


def agent_with_key(**fields: Any) -> tuple[Agent, str]:
    """Return an agent and a key of it, as it is shown once."""
    agent = AgentFactory.create(**fields)
    _, shown = issue_key(agent, by=agent.owner, now=NOW)
    return agent, shown
