"""Forms for tenants, people, roles and groups."""

from typing import Any, ClassVar

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from governance.forms.saving import ConfigurationForm
from governance.models import ApproverGroup, Membership, Tenant, User
from governance.oidc.configuration import providers
from governance.refusals import Problems
from governance.services import members_of
from governance.services.tenants import tenant_problems, time_zone_problems


class TenantForm(ConfigurationForm):
    """A tenant."""

    fixed = ("slug",)

    class Meta:
        model = Tenant
        fields: ClassVar = ("slug", "name", "time_zone", "retention_days")

    @property
    def tenant(self) -> Tenant | None:
        """None: it is one, and holds none."""
        return None

    def problems(self) -> Problems:
        """Refuse times that we can't show, and evidence that goes too soon."""
        return tenant_problems(self.instance)


class PasswordForm(forms.Form):
    """A new password, typed twice."""

    password = forms.CharField(
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}), strip=False
    )
    again = forms.CharField(
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}), strip=False
    )

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        self.person = person
        super().__init__(*args, **kwargs)

    def clean(self) -> dict[str, Any]:
        """Judge the password as at any other place where one is set."""
        cleaned = super().clean() or self.cleaned_data
        typed = cleaned.get("password")
        if typed is not None and typed != cleaned.get("again"):
            self.add_error("again", _("The two are not the same."))
        elif typed is not None:
            try:
                validate_password(typed, self.person)
            except ValidationError as error:
                self.add_error("password", error)
        return cleaned


class PersonForm(ConfigurationForm):
    """A person's account."""

    fixed = ("username",)

    class Meta:
        model = User
        fields: ClassVar = (
            "username",
            "email",
            "first_name",
            "last_name",
            "time_zone",
            "is_active",
            "is_superuser",
        )

    @property
    def tenant(self) -> Tenant | None:
        """None: a person may be in several."""
        return None

    def problems(self) -> Problems:
        """Refuse times that we can't show."""
        return {"time_zone": time_zone_problems(self.instance.time_zone)}


class NewPersonForm(PersonForm):
    """A new account, with its first password and its first roles.

    Where people sign in through a provider, it may have no password: who comes first
    with its address, proved by a provider of its domain, opens it.
    """

    password = PasswordForm.base_fields["password"]
    again = PasswordForm.base_fields["again"]
    member_of = forms.ModelChoiceField(
        Tenant.objects.all(), label=_("Tenant"), required=False
    )
    roles = forms.MultipleChoiceField(
        choices=Membership.Role.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if providers():
            for name in ("password", "again"):
                self.fields[name].required = False
            self.fields["password"].help_text = _(
                "Leave it empty for somebody who signs in through a provider."
            )

    def problems(self) -> Problems:
        """Judge the password, if there is one; roles need a tenant."""
        typed = PasswordForm(self._typed(), person=self.instance)
        roles, tenant = self.cleaned_data["roles"], self.cleaned_data["member_of"]
        return {
            **super().problems(),
            **{name: [str(said) for said in e] for name, e in typed.errors.items()},
            "member_of": ["Choose the tenant."] if roles and not tenant else [],
            "roles": ["Choose at least one role."] if tenant and not roles else [],
        }

    def _typed(self) -> Any:
        is_empty = not self.data.get("password") and not self.data.get("again")
        return None if is_empty and providers() else self.data


class MembershipForm(ConfigurationForm):
    """A role of a person in a tenant."""

    class Meta:
        model = Membership
        fields: ClassVar = ("tenant", "user", "role")


class GroupForm(ConfigurationForm):
    """An approver group and who is in it."""

    members = forms.ModelMultipleChoiceField(
        User.objects.filter(is_active=True),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_(
            "Approvers of the tenant. Whoever joins has a say in what is asked"
            " from then on, never in what is waiting already."
        ),
    )

    class Meta:
        model = ApproverGroup
        fields: ClassVar = ("tenant", "name")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            now = timezone.now()
            self.fields["members"].initial = members_of(self.instance, at=now)
