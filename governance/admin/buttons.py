"""Buttons on a row's page: a question, and what happens on yes.

The button is a link to a page that asks; that page's form, a POST, acts.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import messages
from django.contrib.admin.utils import quote, unquote
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _

from governance.admin.base import LookOnlyAdmin, now_and_by
from governance.refusals import Refused
from governance.settled import NotSettled

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


@dataclass(frozen=True, slots=True)
class Button:
    """One thing to do with a row.

    ``run`` gets the row, ``by``, ``now`` and ``why``; what it returns may name the row
    whose page comes next.  ``told`` adds sentences to the question.
    """

    name: str
    label: "_StrPromise"
    question: "_StrPromise"
    run: Callable[..., object]
    shown: Callable[[Any], bool] = lambda _row: True
    told: Callable[[Any], Sequence[str]] = lambda _row: ()
    asks_why: bool = False
    is_dangerous: bool = False


class ButtonsAdmin(LookOnlyAdmin):
    """Pages with buttons."""

    buttons: ClassVar[tuple[Button, ...]] = ()

    def get_urls(self) -> list[URLPattern]:
        """Add the page that asks."""
        ask = path(
            "<path:object_id>/do/<slug:name>/",
            self.admin_site.admin_view(self.ask),
            name=self._url_name("do"),
        )
        return [ask, *super().get_urls()]

    def ask(self, request: HttpRequest, object_id: str, name: str) -> HttpResponse:
        """Ask whether it shall be done; on a POST, do it."""
        row, button = self._found(request, object_id, name)
        if request.method == "POST":
            return self._act(request, row, button)
        context = {
            **self.admin_site.each_context(request),
            "title": button.label,
            "opts": self.opts,
            "original": row,
            "button": button,
            "question": button.question.format(row=row),
            "told": button.told(row),
            "back": self.page_of(row),
        }
        return TemplateResponse(request, "admin/governance/ask.html", context)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show the row with its buttons."""
        row = self.get_object(request, unquote(object_id))
        shown = [] if row is None else self.links(row)
        extra = {**(extra_context or {}), "buttons": shown}
        return super().change_view(request, object_id, form_url, extra)

    def links(self, row: Any) -> list[dict[str, object]]:
        """Return the links on a row's page."""
        return [
            {
                "url": reverse(
                    f"admin:{self._url_name('do')}", args=[quote(row.pk), button.name]
                ),
                "label": button.label,
                "is_dangerous": button.is_dangerous,
            }
            for button in self.buttons
            if button.shown(row)
        ]

    def page_of(self, row: Any) -> str:
        """Return the address of a row's page."""
        meta = row._meta  # noqa: SLF001 - Django's public name for it
        name = f"admin:{meta.app_label}_{meta.model_name}_change"
        return reverse(name, args=[quote(row.pk)])

    def _found(
        self, request: HttpRequest, object_id: str, name: str
    ) -> tuple[Any, Button]:
        row = self.get_object(request, unquote(object_id))
        button = next((each for each in self.buttons if each.name == name), None)
        if row is None or button is None or not self.has_view_permission(request, row):
            raise Http404
        return row, button

    def _act(self, request: HttpRequest, row: Any, button: Button) -> HttpResponse:
        why = request.POST.get("why", "").strip()[:2000]
        options = {**now_and_by(request), **({"why": why} if button.asks_why else {})}
        try:
            done = button.run(row, **options)
        except (Refused, NotSettled) as error:
            messages.error(request, str(error))
            return HttpResponseRedirect(self.page_of(row))
        if isinstance(done, HttpResponse):
            return done
        if done is False:
            messages.info(request, _("It was so already."))
        else:
            messages.success(
                request,
                _("Done: %(what)s, %(row)s.")
                % {"what": button.label.lower(), "row": row},
            )
        following = done if hasattr(done, "_meta") else row
        return HttpResponseRedirect(self.page_of(following))

    def _url_name(self, view: str) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_{view}"
