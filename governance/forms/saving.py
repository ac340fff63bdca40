"""What the forms of the admin share."""

from typing import Any, ClassVar

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.utils.translation import gettext as _

from governance import scoping
from governance.access import PersonRequest
from governance.models import Tenant
from governance.refusals import Problems


class ConfigurationForm(forms.ModelForm[Any]):
    """A form whose refusals stand next to the fields that they are about.

    What can't be read is told first; once every field can be, all that is wrong with
    what they say together.  The service checks once more.
    """

    # Names that identify a row in evidence: chosen once.
    fixed: ClassVar[tuple[str, ...]] = ("tenant", "name")

    # Whether ``problems`` says all that constraints do, once the fields are filled in.
    hides_constraints: ClassVar[bool] = False

    # Set by the admin on a subclass of its own for each request.
    request: ClassVar[PersonRequest]

    # What the service refused of the same input, where only it could know.
    refused: ClassVar[Problems] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in self.fixed if self.instance.pk else ():
            if name in self.fields:
                self.fields[name].disabled = True
        for field in self.fields.values():
            if isinstance(field, forms.ModelChoiceField):
                self._narrow(field)

    @property
    def tenant(self) -> Tenant | None:
        """The tenant of the row, once it has one."""
        return self.instance.tenant if self.instance.tenant_id else None

    def problems(self) -> Problems:
        """Return what is wrong with the instance, by field."""
        return {}

    def refuse(self, problems: Problems) -> None:
        """Show each sentence at its field; at the top where it has none here."""
        for name, sentences in problems.items():
            place = name if name in self.fields else None
            for sentence in sentences:
                self.add_error(place, sentence)

    def _post_clean(self) -> None:
        # Django's hook: after it the instance holds what was typed.
        super()._post_clean()  # type: ignore[misc]  # not in the stubs
        is_taken = self._drop_taken_name()
        self._judge()
        if is_taken:
            self.add_error("name", _("This name is taken. Choose another one."))

    def _drop_taken_name(self) -> bool:
        """Take Django's own sentence on a name that is taken away, if it is there."""
        general = self.errors.as_data().get(NON_FIELD_ERRORS, [])
        others = [error for error in general if not _is_of_the_name(error)]
        if others == general or "name" not in self.fields:
            return False
        self.errors.pop(NON_FIELD_ERRORS)
        for error in others:
            self.add_error(None, error)
        return True

    def _judge(self) -> None:
        if not set(self.errors) <= {NON_FIELD_ERRORS}:
            if self.hides_constraints:
                self.errors.pop(NON_FIELD_ERRORS, None)
            return
        found = self.problems()
        if any(found.values()):
            # The database's constraints say the same, but not what to change.
            self.errors.pop(NON_FIELD_ERRORS, None)
            self.refuse(found)
        elif not self.errors:
            self.refuse(self.refused)

    def _narrow(self, field: Any) -> None:
        rows = field.queryset
        if scoping.is_scoped(rows.model):
            rows = scoping.choices(rows, self.request)
            if self.tenant and rows.model is not Tenant:
                rows = scoping.of_tenant(rows, self.tenant)
            field.queryset = rows


def _is_of_the_name(error: ValidationError) -> bool:
    return "name" in (error.params or {}).get("unique_check", ())
