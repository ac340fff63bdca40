"""The addresses of MCP."""

from django.urls import path, re_path

from proxy.mcp import views

_WELL_KNOWN = r"^\.well-known"

urlpatterns = [
    path("mcp", views.mcp),
    path(".well-known/oauth-protected-resource", views.protected_resource),
    path(".well-known/oauth-protected-resource/mcp", views.protected_resource),
    re_path(rf"{_WELL_KNOWN}/oauth-protected-resource/.*$", views.nothing),
    re_path(rf"{_WELL_KNOWN}/oauth-authorization-server(?:/.*)?$", views.nothing),
    re_path(rf"{_WELL_KNOWN}/openid-configuration(?:/.*)?$", views.nothing),
    re_path(r"^mcp/\.well-known/.*$", views.nothing),
    re_path(r"^register/?$", views.nothing),
]
