"""The page for an address that one of our forms is sent to, and a person opened."""

from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

Handler = Callable[[HttpRequest], HttpResponse]


class MethodPage:
    """Say in a page what a method is refused for; Django answers 405 with nothing."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Serve the request; who is refused may still read what is allowed."""
        response = self.get_response(request)
        status = HTTPStatus.METHOD_NOT_ALLOWED
        if response.status_code != status or response.content:
            return response
        page = render(request, "405.html", status=status)
        page.headers["Allow"] = response.headers["Allow"]
        return page
