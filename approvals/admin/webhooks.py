"""Webhooks: where a tenant's own systems are told."""

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from approvals.forms.webhooks import WebhookForm
from approvals.models import Webhook
from approvals.services.webhooks import (
    new_secret,
    pause_webhook,
    resume_webhook,
    save_with_secret,
    send_test,
)
from governance.access import PersonRequest
from governance.admin.base import ConfigurationAdmin, now_and_by
from governance.admin.buttons import Button, ButtonsAdmin

ROTATE = "rotate"


@admin.register(Webhook)
class WebhookAdmin(ButtonsAdmin, ConfigurationAdmin):
    """Webhooks; the secret is shown once, as it is made."""

    looks_names_up = True
    form = WebhookForm
    list_display = ("name", "tenant", "where", "secret_set_at", "suspended_at")
    list_select_related = ("tenant",)
    readonly_fields = ("secret_set_at", "previous_until", "suspended_at", "version")
    fieldsets = (
        (None, {"fields": ("tenant", "name")}),
        (_("Where it goes"), {"fields": ("url", "allowed_cidrs")}),
        (_("What it is told"), {"fields": ("events",)}),
        (
            _("State"),
            {"fields": ("secret_set_at", "previous_until", "suspended_at", "version")},
        ),
    )
    buttons: ClassVar[tuple[Button, ...]] = (
        Button(
            name="test",
            label=_("Send a test"),
            question=_("Send an event of the type webhook.test to {row}?"),
            run=lambda hook, *, now, **_by: send_test(hook, now=now),
            shown=lambda hook: hook.suspended_at is None,
        ),
        Button(
            name=ROTATE,
            label=_("New secret"),
            question=_("Make a new signing secret for {row}?"),
            told=lambda _hook: ["For 24 hours the last one signs as well."],
            run=new_secret,
        ),
        Button(
            name="pause",
            label=_("Pause"),
            question=_("Tell {row} nothing more? What is queued for it is dropped."),
            run=pause_webhook,
            shown=lambda hook: hook.suspended_at is None,
            is_dangerous=True,
        ),
        Button(
            name="resume",
            label=_("Resume"),
            question=_("Tell {row} again of what happens from now on?"),
            run=resume_webhook,
            shown=lambda hook: hook.suspended_at is not None,
        ),
    )

    @admin.display(description=_("host"))
    def where(self, hook: Webhook) -> str:
        """Return the host alone: the path of a webhook is often a secret."""
        return hook.url.partition("://")[2].partition("/")[0]

    def save(self, request: PersonRequest, row: Any, cleaned: dict[str, Any]) -> None:
        """Create or change it; a new one gets its secret."""
        row.secret_once = save_with_secret(row, **now_and_by(request))

    def response_add(
        self, request: HttpRequest, obj: Any, post_url_continue: str | None = None
    ) -> Any:
        """Show the secret of a new one: in the answer to this POST, never again."""
        return self._show(request, obj, obj.secret_once)

    def links(self, row: Any) -> list[dict[str, object]]:
        """Add the way to what was sent to it."""
        sent = reverse("admin:approvals_delivery_changelist")
        return [
            {"url": f"{sent}?webhook__id__exact={row.pk}", "label": _("Deliveries")},
            *super().links(row),
        ]

    def _act(self, request: HttpRequest, row: Any, button: Button) -> HttpResponse:
        if button.name != ROTATE:
            return super()._act(request, row, button)
        return self._show(request, row, new_secret(row, **now_and_by(request)))

    def _show(self, request: HttpRequest, hook: Webhook, secret: str) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": _("Signing secret"),
            "opts": self.opts,
            "original": hook,
            "secret": secret,
            "back": self.page_of(hook),
        }
        return TemplateResponse(request, "admin/approvals/secret.html", context)
