"""Routes and their versions."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar, Final

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _

from audit.visible import visible
from governance import services
from governance.access import PersonRequest
from governance.admin.base import ConfigurationAdmin, now_and_by
from governance.admin.buttons import Button, ButtonsAdmin
from governance.admin.proposals import PROPOSALS
from governance.admin.switches import SWITCHES
from governance.admin.trying import try_view
from governance.forms.routes import RouteForm, RouteVersionForm
from governance.models import Route, RouteVersion, User


def _is_draft(version: RouteVersion) -> bool:
    return version.state == RouteVersion.State.DRAFT


def _publish(version: RouteVersion, *, now: datetime, by: User) -> None:
    services.publish_route(version, now=now, by=by)


def _dismiss(version: RouteVersion, *, now: datetime, by: User) -> Route:
    services.dismiss_draft(version, now=now, by=by)
    return version.route


def _differences(version: RouteVersion) -> Sequence[str]:
    in_force = version.route.published
    if in_force is None:
        return ["It is the first version."]
    changes = services.changes_from(in_force, version)
    return changes.lines or [f"It says what version {in_force.number} says."]


@admin.register(Route)
class RouteAdmin(ButtonsAdmin, ConfigurationAdmin):
    """Tools; what a tool does is in its versions."""

    form = RouteForm
    buttons = (*SWITCHES, *PROPOSALS)
    list_display = ("tool", "tenant", "risk", "in_force", "suspended_at")
    list_select_related = ("tenant", "published")
    search_fields = ("tool",)
    readonly_fields = ("in_force", "suspended_at")
    fields = ("tenant", "tool", "in_force", "suspended_at")

    @admin.display
    def risk(self, route: Route) -> str:
        """Return the risk of the version in force."""
        return route.published.risk if route.published else ""

    @admin.display(description=_("version in force"))
    def in_force(self, route: Route) -> str:
        """Return which version is in force."""
        version = route.published
        return f"{version.number}: {version.title}" if version else "none yet"

    def save(self, request: PersonRequest, row: Any, cleaned: dict[str, Any]) -> None:
        """Name it; nothing about it changes later."""
        if row.pk is None:
            services.create_route(row, **now_and_by(request))

    def get_urls(self) -> list[URLPattern]:
        """Add the try-it page."""
        view = self.admin_site.admin_view(self.try_it)
        own = path("<int:pk>/try/", view, name="governance_route_try")
        return [own, *super().get_urls()]

    def try_it(self, request: HttpRequest, pk: int) -> Any:
        """Show what example arguments would do."""
        route = self.get_object(request, str(pk))
        context = self.admin_site.each_context(request)
        return try_view(request, route, context={**context, "opts": self.opts})

    def links(self, row: Any) -> list[dict[str, object]]:
        """Lead to the try-it page, the draft and the versions."""
        versions = reverse("admin:governance_routeversion_changelist")
        draft = row.versions.filter(state=RouteVersion.State.DRAFT).first()
        return [
            {
                "url": reverse("admin:governance_route_try", args=[row.pk]),
                "label": _("Try it"),
            },
            _draft_link(row, draft),
            {"url": f"{versions}?route__id__exact={row.pk}", "label": _("Versions")},
            *super().links(row),
        ]

    def response_add(
        self, request: HttpRequest, obj: Any, post_url_continue: str | None = None
    ) -> Any:
        """Go on to the first draft."""
        return HttpResponseRedirect(str(_draft_link(obj, None)["url"]))


@admin.register(RouteVersion)
class RouteVersionAdmin(ButtonsAdmin, ConfigurationAdmin):
    """Drafts, to edit; published versions, to read."""

    tenant_path = "route__tenant"
    form = RouteVersionForm
    list_display = ("__str__", "title", "risk", "approval_rule", "published_at")
    list_filter: ClassVar = (("route", admin.RelatedOnlyFieldListFilter), "state")
    list_select_related = ("route",)
    readonly_fields = (
        "number",
        "state",
        "published_by",
        "published_at",
        "digest",
        "proposed_because",
        "differs",
        "schema_text",
        "mapping_text",
    )
    buttons: ClassVar = (
        Button(
            name="publish",
            label=_("Publish"),
            question=_(
                "Publish {row}? From now on it is in force; what waits for an"
                " approval, or was approved and not used, under the last one ends."
            ),
            run=_publish,
            shown=_is_draft,
            told=_differences,
        ),
        Button(
            name="dismiss",
            label=_("Dismiss this draft"),
            question=_("Lay {row} aside? It stays to be read, and is never published."),
            run=_dismiss,
            shown=_is_draft,
        ),
        Button(
            name="draft",
            label=_("New draft from this version"),
            question=_(
                "Begin a draft that says what {row} says? An open draft of this"
                " route is kept as it is."
            ),
            run=services.new_draft,
            shown=lambda version: not _is_draft(version),
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Fetch what pages name."""
        rows = super().get_queryset(request)
        return rows.select_related("route__tenant", "route__published")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Drafts only."""
        if obj is not None and not _is_draft(obj):
            return False
        return super().has_change_permission(request, obj)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show the bookkeeping of what exists, and JSON as it was written."""
        if obj is None or _is_draft(obj):
            return _FIELDSETS if obj is None else [*_FIELDSETS, _BOOKKEEPING]
        return [
            (
                title,
                {**shown, "fields": tuple(_READ.get(n, n) for n in shown["fields"])},
            )
            for title, shown in [*_FIELDSETS, _BOOKKEEPING]
        ]

    @admin.display(description=_("differs from what is in force"))
    def differs(self, version: RouteVersion) -> str:
        """Return what publishing it would change."""
        return format_html_join(
            "", "{}<br>", ((line,) for line in _differences(version))
        )

    @admin.display(description=_("arguments schema"))
    def schema_text(self, version: RouteVersion) -> str:
        """Return the schema, indented."""
        return indented(version.arguments_schema)

    @admin.display(description=_("request mapping"))
    def mapping_text(self, version: RouteVersion) -> str:
        """Return the mapping, indented."""
        return indented(version.mapping)

    def save(self, request: PersonRequest, row: Any, cleaned: dict[str, Any]) -> None:
        """Save the draft."""
        services.save_draft(row, **now_and_by(request))

    def links(self, row: Any) -> list[dict[str, object]]:
        """Lead to the try-it page and the route."""
        try_it = reverse("admin:governance_route_try", args=[row.route_id])
        return [
            {"url": f"{try_it}?version={row.pk}", "label": _("Try it")},
            {"url": self.page_of(row.route), "label": _("Route")},
            *super().links(row),
        ]


def _draft_link(route: Route, draft: RouteVersion | None) -> dict[str, object]:
    if draft is not None:
        url = reverse("admin:governance_routeversion_change", args=[draft.pk])
        return {"url": url, "label": _("Edit the draft")}
    if route.published_id:
        page = "admin:governance_routeversion_do"
        url = reverse(page, args=[route.published_id, "draft"])
        return {"url": url, "label": _("New draft")}
    url = reverse("admin:governance_routeversion_add")
    return {"url": f"{url}?route={route.pk}", "label": _("First draft")}


def indented(value: object) -> str:
    """Return a JSON value as people read it."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    shown = "\n".join(map(visible, text.split("\n")))
    return format_html("<pre>{}</pre>", shown)


_READ: Final = {"arguments_schema": "schema_text", "mapping": "mapping_text"}
_FIELDSETS: Final[list[tuple[Any, dict[str, Any]]]] = [
    (None, {"fields": ("route", "title", "description")}),
    (
        _("Arguments"),
        {
            "fields": (
                "arguments_schema",
                "plain_parameters",
                "scope_template",
                "summary_template",
                "in_messages",
                "allow_unreadable",
            ),
            "description": _(
                "What an agent may send; the scope and the sentence are"
                " made from it, never from the agent's words."
            ),
        },
    ),
    (
        _("Where it goes"),
        {
            "fields": ("backend", "lane", "mapping"),
            "description": _("Arguments fill the declared places and nothing else."),
        },
    ),
    (
        _("Who says yes"),
        {
            "fields": (
                "risk",
                "reversible",
                "approval_rule",
                "justification",
                "group",
                "fallback_group",
                "quorum",
                "separation",
                "justification_required",
                "decide_within_seconds",
                "execute_within_seconds",
                "approve_in_slack",
            ),
        },
    ),
    (_("Limits"), {"fields": ("max_uses", "replay_seconds", "payload_seconds")}),
]
_BOOKKEEPING: Final[tuple[Any, dict[str, Any]]] = (
    _("Version"),
    {
        "fields": (
            *("number", "state", "proposed_because", "differs"),
            *("published_by", "published_at", "digest"),
        )
    },
)
