"""Tenants, people, roles and approver groups."""

from typing import Any, ClassVar, cast

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _

from governance import services
from governance.access import PersonRequest
from governance.admin.base import ConfigurationAdmin, now_and_by, posted
from governance.admin.buttons import Button, ButtonsAdmin
from governance.admin.switches import SWITCHES, WRITES
from governance.forms.people import (
    GroupForm,
    MembershipForm,
    NewPersonForm,
    PasswordForm,
    PersonForm,
    TenantForm,
)
from governance.models import ApproverGroup, Membership, Tenant, User
from governance.scoping import administered
from governance.services.quorum import left_waiting


@admin.register(Tenant)
class TenantAdmin(ButtonsAdmin, ConfigurationAdmin):
    """Tenants: made by operators, run by their admins."""

    tenant_path = "pk"
    form = TenantForm
    buttons = (*WRITES, *SWITCHES)
    list_display = ("slug", "name", "suspended_at", "writes_stopped_at")
    readonly_fields = ("suspended_at", "writes_stopped_at", "policy_epoch")
    fieldsets = (
        (None, {"fields": ("slug", "name", "time_zone", "retention_days")}),
        (
            _("State"),
            {
                "fields": ("suspended_at", "writes_stopped_at", "policy_epoch"),
                "description": _(
                    "The buttons above change it. The epoch counts changes"
                    " of policy: nothing decided under an older one is carried out."
                ),
            },
        ),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Operators."""
        return cast("PersonRequest", request).user.is_superuser

    def save(self, request: PersonRequest, row: Any, cleaned: dict[str, Any]) -> None:
        """Create or change it."""
        services.save_tenant(row, **now_and_by(request))


@admin.register(User)
class PersonAdmin(ButtonsAdmin, ConfigurationAdmin):
    """People: seen by the admins of their tenants.

    Somebody who is in another tenant too, or an operator, is changed by operators
    only: a password set here opens every tenant of the person.
    """

    tenant_path = "memberships__tenant"
    form = PersonForm
    list_display = ("username", "email", "is_active", "is_superuser", "last_login")
    list_filter = ("is_active",)
    search_fields = ("username", "email", "first_name", "last_name")
    readonly_fields = ("last_login", "date_joined", "roles_held", "providers")
    buttons: ClassVar = (
        Button(
            name="unlink",
            label=_("Unlink from providers"),
            question=_("{row}: forget every provider of hers, and end her sessions?"),
            run=services.unlink,
            shown=lambda person: bool(services.issuers_of(person)),
            told=lambda _person: (_INVITED,),
            is_dangerous=True,
        ),
        Button(
            name="reset-factors",
            label=_("Take second factors away"),
            question=_(
                "{row}: take every second factor and recovery code of hers away,"
                " and end her sessions?"
            ),
            run=services.reset_factors,
            shown=services.has_factors,
            told=lambda _person: (_RESET,),
            is_dangerous=True,
        ),
    )

    def get_form(
        self,
        request: HttpRequest,
        obj: Any = None,
        change: bool = False,
        **options: Any,
    ) -> Any:
        """Ask for a password, a tenant and roles with a new account."""
        form = PersonForm if change else NewPersonForm
        return super().get_form(request, obj, change, form=form, **options)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show what a new account, or an existing one, has."""
        is_operator = cast("PersonRequest", request).user.is_superuser
        account = ["username", "email", "first_name", "last_name", "time_zone"]
        state = ["is_active", *(["is_superuser"] if is_operator else [])]
        if obj is None:
            first = ["password", "again", "member_of", "roles"]
            return [(None, {"fields": account}), (_("Start"), {"fields": first})]
        dates = ["roles_held", "providers", "last_login", "date_joined"]
        return [
            (None, {"fields": account}),
            (_("State"), {"fields": state, "description": _ACTIVE}),
            (_("Known"), {"fields": dates}),
        ]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Admins of all tenants that the person is in."""
        if not super().has_change_permission(request, obj):
            return False
        person = cast("PersonRequest", request)
        return obj is None or person.user.is_superuser or _is_all_hers(person, obj)

    @admin.display(description=_("roles"))
    def roles_held(self, person: User) -> str:
        """Return the person's open roles, in words."""
        held = person.memberships.filter(valid_to__isnull=True).select_related("tenant")
        return ", ".join(f"{each.role} of {each.tenant}" for each in held) or "none"

    @admin.display(description=_("signs in through"))
    def providers(self, person: User) -> str:
        """Return the issuers that know the person."""
        return ", ".join(sorted(services.issuers_of(person))) or "a password"

    def save(self, request: PersonRequest, row: Any, cleaned: dict[str, Any]) -> None:
        """Create it with its first roles, or change it."""
        told = now_and_by(request)
        services.save_person(row, password=cleaned.get("password") or None, **told)
        for role in cleaned.get("roles", ()):
            tenant = cleaned["member_of"]
            services.grant_membership(row, tenant=tenant, role=role, **told)

    def get_urls(self) -> list[URLPattern]:
        """Add the page that sets a password."""
        view = self.admin_site.admin_view(self.set_password)
        own = path("<int:pk>/password/", view, name="governance_user_password")
        return [own, *super().get_urls()]

    def links(self, row: Any) -> list[dict[str, object]]:
        """Add the way to that page."""
        url = reverse("admin:governance_user_password", args=[row.pk])
        return [{"url": url, "label": _("Set password")}, *super().links(row)]

    def set_password(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Set a password for somebody; all her sessions end."""
        person = self.get_object(request, str(pk))
        if person is None or not self.has_change_permission(request, person):
            raise Http404
        form = PasswordForm(posted(request), person=person)
        if request.method == "POST" and form.is_valid():
            typed = form.cleaned_data["password"]
            services.set_password(person, typed, **now_and_by(request))
            messages.success(
                request, _("The password of %(name)s was set.") % {"name": person}
            )
            return HttpResponseRedirect(self.page_of(person))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Set the password of %(name)s") % {"name": person},
            "opts": self.opts,
            "original": person,
            "form": form,
            "back": self.page_of(person),
        }
        return TemplateResponse(request, "admin/governance/form.html", context)


@admin.register(Membership)
class MembershipAdmin(ButtonsAdmin, ConfigurationAdmin):
    """Roles: granted and ended, never edited."""

    form = MembershipForm
    list_display = ("user", "role", "tenant", "valid_from", "valid_to")
    list_filter = ("role",)
    list_select_related = ("user", "tenant")
    fields = ("tenant", "user", "role")
    buttons: ClassVar = (
        Button(
            name="end",
            label=_("End this role"),
            question=_("{row}: end this from now on?"),
            run=services.end_membership,
            shown=lambda membership: membership.valid_to is None,
            is_dangerous=True,
        ),
    )

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody: a role ends, and another begins."""
        return False

    def save(self, request: PersonRequest, row: Any, cleaned: dict[str, Any]) -> None:
        """Grant it."""
        granted = services.grant_membership(
            row.user, tenant=row.tenant, role=row.role, **now_and_by(request)
        )
        row.pk = granted.pk if granted else None


@admin.register(ApproverGroup)
class ApproverGroupAdmin(ConfigurationAdmin):
    """Groups of approvers."""

    form = GroupForm
    list_display = ("name", "tenant", "people")
    fields = ("tenant", "name", "members")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Fetch the tenants along."""
        return super().get_queryset(request).select_related("tenant")

    @admin.display
    def people(self, group: ApproverGroup) -> str:
        """Return the members' names."""
        places = group.places.filter(valid_to__isnull=True).select_related("user")
        return ", ".join(str(place.user) for place in places) or "nobody"

    def save(self, request: PersonRequest, row: Any, cleaned: dict[str, Any]) -> None:
        """Make its members these."""
        told = now_and_by(request)
        services.save_group(row, members=list(cleaned["members"]), **told)
        for sentence in left_waiting(row, now=told["now"]):
            said = _("Too few are left. %(sentence)s") % {"sentence": sentence}
            messages.warning(request, said)


def _is_all_hers(request: PersonRequest, person: User) -> bool:
    tenants = set(person.memberships.values_list("tenant_id", flat=True))
    return not person.is_superuser and tenants <= administered(request)


_INVITED = (
    "Who has no password is invited anew: the next to come from a provider of her"
    " domain with her address opens the account."
)
_RESET = "She signs in without a second factor now, until she sets one up again."
_ACTIVE = _(
    "Deactivating ends the person's sessions; her votes no longer count where nothing"
    " was decided yet."
)
