"""Imported drafts: where they come from, and how they become routes."""

from typing import Any, ClassVar, cast

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_post_parameters

from audit.visible import visible
from governance import scoping, services
from governance.above import import_tools
from governance.access import PersonRequest
from governance.admin.base import LookOnlyAdmin, now_and_by, posted
from governance.admin.buttons import ButtonsAdmin
from governance.admin.routes import indented
from governance.forms.imports import CompleteForm, CurlForm, DiscoverForm, UploadForm
from governance.imports import SourceRefused
from governance.models import (
    Backend,
    CredentialLane,
    Imported,
    ImportedDraft,
    Route,
    RouteVersion,
    Toolset,
)
from governance.refusals import Refused
from governance.settled import NotSettled


@admin.register(ImportedDraft)
class ImportedDraftAdmin(ButtonsAdmin, LookOnlyAdmin):
    """What imports propose; a route is made of it on the page that completes it."""

    change_list_template = "admin/governance/imported.html"
    list_display = ("shown_key", "tool", "backend", "origin", "state", "imported_at")
    list_filter: ClassVar = ("origin", ("backend", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("backend", "route")
    search_fields = ("key", "tool")
    fields = (
        *("shown_key", "tool", "tenant", "backend", "lane", "origin", "state", "route"),
        *("problem_list", "note_list", "change_list", "definition_text", "digest"),
        *("imported_at", "imported_by", "gone_at"),
    )
    readonly_fields = fields

    @admin.display(description=_("key"), ordering="key")
    def shown_key(self, draft: ImportedDraft) -> str:
        """Return its name in the source, as others gave it."""
        return visible(draft.key)

    @admin.display(description=_("what keeps it from being published"))
    def problem_list(self, draft: ImportedDraft) -> str:
        """Return the problems."""
        return "\n".join(s for said in draft.problems.values() for s in said) or "-"

    @admin.display(description=_("notes"))
    def note_list(self, draft: ImportedDraft) -> str:
        """Return the notes."""
        return "\n".join(draft.notes) or "-"

    @admin.display(description=_("changed at the last import"))
    def change_list(self, draft: ImportedDraft) -> str:
        """Return where the definition changed."""
        return "\n".join(draft.changed) or "-"

    @admin.display(description=_("definition"))
    def definition_text(self, draft: ImportedDraft) -> str:
        """Return what the source says, indented."""
        return indented(draft.definition)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Fetch what pages name."""
        rows = super().get_queryset(request)
        return rows.select_related("tenant", "backend", "lane", "route")

    def get_urls(self) -> list[URLPattern]:
        """Add the pages that import and complete."""
        wrap = self.admin_site.admin_view
        name = "governance_importeddraft"
        return [
            path("openapi/", wrap(self.upload), name=f"{name}_openapi"),
            path("curl/", wrap(self.paste), name=f"{name}_curl"),
            path("tools/<int:pk>/", wrap(self.discover), name=f"{name}_tools"),
            path("<int:pk>/complete/", wrap(self.complete), name=f"{name}_complete"),
            *super().get_urls(),
        ]

    def links(self, row: Any) -> list[dict[str, object]]:
        """Lead to the page that completes it, and to the route that it became."""
        links: list[dict[str, object]] = []
        if row.gone_at is None:
            links.append({"url": _complete_url(row), "label": _("Complete")})
        if row.route is not None:
            links.append({"url": self.page_of(row.route), "label": _("Route")})
        return [*links, *super().links(row)]

    def upload(self, request: HttpRequest) -> HttpResponse:
        """Take an OpenAPI document."""
        asking = self._asking(request)
        form = UploadForm(posted(request), request.FILES or None, request=asking)
        if request.method == "POST" and form.is_valid():
            try:
                return self._uploaded(request, form.cleaned_data)
            except (SourceRefused, Refused) as error:
                form.add_error("document", str(error))
        return self._shown(request, form, title=str(_("Import an OpenAPI document")))

    @method_decorator(sensitive_post_parameters("command"))
    def paste(self, request: HttpRequest) -> HttpResponse:
        """Take a curl command; it is not shown again, whatever comes of it."""
        form = CurlForm(posted(request), request=self._asking(request))
        if request.method == "POST" and form.is_valid():
            try:
                return self._pasted(request, form.cleaned_data)
            except SourceRefused as error:
                form.add_error("command", str(error))
            except Refused as error:
                _refuse(form, error)
            except NotSettled as error:
                form.add_error(None, str(error))
        return self._shown(request, form, title=str(_("Begin with a curl command")))

    def discover(self, request: HttpRequest, pk: int) -> HttpResponse:
        """List the tools of an MCP server, and make drafts of them."""
        rows = Backend.objects.filter(kind=Backend.Kind.MCP).select_related("tenant")
        backend = scoping.choices(rows, self._asking(request)).filter(pk=pk).first()
        if backend is None:
            raise Http404
        form = DiscoverForm(posted(request), backend=backend)
        if request.method == "POST" and form.is_valid():
            try:
                return self._discovered(request, backend, form.cleaned_data["lane"])
            except (SourceRefused, Refused, NotSettled) as error:
                form.add_error(None, str(error))
        return self._shown(
            request,
            form,
            title=_("Discover the tools of %(backend)s") % {"backend": backend},
        )

    def complete(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show what a draft proposes, to be completed and saved as a route's draft."""
        draft = self.get_object(request, str(pk))
        if draft is None or not self._is_hers(request, draft) or draft.gone_at:
            raise Http404
        about = {"request": self._asking(request), "draft": draft}
        kind = type("CompleteDraftForm", (CompleteForm,), about)
        form = kind(posted(request), instance=services.version_from(draft))
        if request.method == "POST" and form.is_valid():
            try:
                return self._completed(request, draft, form)
            except Refused as error:
                form.refuse(error.fields)
            except NotSettled as error:
                form.add_error(None, str(error))
        return self._shown(
            request,
            form,
            title=_("Complete %(tool)s") % {"tool": draft.tool},
            draft=draft,
        )

    def _asking(self, request: HttpRequest) -> PersonRequest:
        if not self.has_module_permission(request):
            raise Http404
        return cast("PersonRequest", request)

    def _uploaded(self, request: HttpRequest, said: dict[str, Any]) -> HttpResponse:
        backend = said["backend"]
        done = services.import_openapi(
            said["document"], backend=backend, **now_and_by(request)
        )
        return self._told(request, backend, done)

    def _discovered(
        self, request: HttpRequest, backend: Backend, lane: CredentialLane
    ) -> HttpResponse:
        done = import_tools(backend, lane=lane, **now_and_by(request))
        return self._told(request, backend, done)

    def _told(
        self, request: HttpRequest, backend: Backend, done: Imported
    ) -> HttpResponse:
        said = ngettext(
            "%(changed)d difference, %(unchanged)d as they were. Complete what agents"
            " shall have; nothing is published by itself.",
            "%(changed)d differences, %(unchanged)d as they were. Complete what agents"
            " shall have; nothing is published by itself.",
            len(done.lines),
        )
        numbers = {"changed": len(done.lines), "unchanged": done.unchanged}
        messages.success(request, said % numbers)
        changelist = reverse("admin:governance_importeddraft_changelist")
        return HttpResponseRedirect(f"{changelist}?backend__id__exact={backend.pk}")

    def _pasted(self, request: HttpRequest, said: dict[str, Any]) -> HttpResponse:
        wishes = services.Wishes(
            tool=said["tool"],
            group=said["group"],
            justification=said["justification"],
            allowed_cidrs=said["allowed_cidrs"],
        )
        done = services.import_curl(
            said["command"],
            tenant=said["tenant"],
            wishes=wishes,
            **now_and_by(request),
        )
        for line in done.lines:
            messages.info(request, line)
        if done.version is None:
            messages.warning(request, " ".join(done.refused))
            return HttpResponseRedirect(_complete_url(done.draft))
        self._grant(request, done.version.route, said["toolset"])
        return self._to_draft(request, done.version)

    def _completed(
        self, request: HttpRequest, draft: ImportedDraft, form: Any
    ) -> HttpResponse:
        said = form.cleaned_data
        version = services.complete_draft(
            draft, form.instance, tool=said["tool"], **now_and_by(request)
        )
        self._grant(request, version.route, said["toolset"])
        return self._to_draft(request, version)

    def _grant(
        self, request: HttpRequest, route: Route, toolset: Toolset | None
    ) -> None:
        if toolset is None:
            return
        entries = dict(services.entries_of(toolset))
        if route not in entries:
            services.save_toolset(
                toolset, entries={**entries, route: []}, **now_and_by(request)
            )

    def _to_draft(self, request: HttpRequest, version: RouteVersion) -> HttpResponse:
        messages.success(
            request,
            _("%(version)s is saved. Try it, then publish it.") % {"version": version},
        )
        return HttpResponseRedirect(self.page_of(version))

    def _shown(
        self,
        request: HttpRequest,
        form: Any,
        *,
        title: str,
        draft: ImportedDraft | None = None,
    ) -> HttpResponse:
        problems = draft.problems if draft and request.method == "GET" else {}
        back = reverse("admin:governance_importeddraft_changelist")
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "opts": self.opts,
            "original": draft or "Import",
            "form": form,
            "fields": [(field, problems.get(field.name, [])) for field in form],
            "general": problems.get("", []),
            "notes": draft.notes if draft else [],
            "changed": draft.changed if draft else [],
            "back": self.page_of(draft) if draft else back,
        }
        return TemplateResponse(request, "admin/governance/import.html", context)


def _refuse(form: CurlForm, refused: Refused) -> None:
    """Say each sentence at its field; at the top, with its name, what has none here."""
    for name, sentences in refused.fields.items():
        if name in form.fields:
            form.add_error(name, sentences)
        else:
            form.add_error(None, Refused({name: sentences}).sentences())


def _complete_url(draft: ImportedDraft) -> str:
    return reverse("admin:governance_importeddraft_complete", args=[draft.pk])
