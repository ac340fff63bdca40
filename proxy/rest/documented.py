"""The addresses that the OpenAPI document describes: those of agents, no others."""

from django.urls import include, path

urlpatterns = [path("v1/", include("proxy.rest.urls"))]
