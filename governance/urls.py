"""Every address; what other layers answer is included by name."""

from typing import Final

from allauth.account import views as account
from allauth.account.decorators import secure_admin_login
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django.contrib import admin
from django.contrib.auth.models import Group
from django.urls import URLPattern, URLResolver, include, path, re_path
from django.utils.translation import gettext_lazy as _
from django.views.generic import RedirectView

from governance import views
from governance.oidc import views as oidc
from governance.operations import views as operations

# Admins sign in like everybody: with the second factor, the limits and the record.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]
# Providers are those of a file; what rows would say of them is not for pages.
admin.site.unregister([SocialAccount, SocialApp, SocialToken])
# Their rows are changed by services, which record it and tell the person.
admin.site.unregister([Authenticator, EmailAddress])
admin.site.index_title = _("Configuration and what came of it")
admin.site.unregister(Group)  # roles are memberships: Django's groups give nothing

ACCOUNT: Final[list[URLPattern | URLResolver]] = [
    path("", views.account, name="account"),
    path("login/", account.login, name="account_login"),
    path("logout/", account.logout, name="account_logout"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    path("password/change/", account.password_change, name="account_change_password"),
    path(
        "mfa/reauthenticate/",
        views.ReauthenticateByCode.as_view(),
        name="mfa_reauthenticate",
    ),
    path(
        "mfa/webauthn/reauthenticate/",
        views.ReauthenticateByKey.as_view(),
        name="mfa_reauthenticate_webauthn",
    ),
    path("mfa/", include("allauth.mfa.urls")),
    path("oidc/<slug:provider_id>/", oidc.begin, name="oidc_begin"),
    path("oidc/<slug:provider_id>/confirm/", oidc.confirm, name="oidc_confirm"),
    path(
        "oidc/<slug:provider_id>/callback/",
        oidc.callback,
        name="openid_connect_callback",
    ),
]

# Agents' addresses first: they are asked for most, and looked through in this order.
urlpatterns: list[URLPattern | URLResolver] = [
    re_path("^v1(?:/|$)", include("proxy.rest.urls")),
    path("", include("proxy.mcp.urls")),
    path("", views.home, name="home"),
    path("account/", include(ACCOUNT)),
    path("account/", include("approvals.account")),
    path("hooks/", include("approvals.hooks")),
    path("admin/logout/", account.logout),
    path(
        "admin/password_change/",
        RedirectView.as_view(pattern_name="account_change_password"),
    ),
    path("admin/", admin.site.urls),
    path("healthz", operations.healthz),
    path("readyz", operations.readyz),
    path("metrics", operations.metrics),
    path(".well-known/jwks.json", operations.jwk_set),
    path("mailbox/", views.mailbox, name="mailbox"),
    path("approvals/", include("approvals.urls")),
    path("calls/", include("proxy.urls")),
    path("audit/", include("audit.urls")),
]
