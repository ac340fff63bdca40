"""Answers that several views give."""

from http import HTTPStatus

from django.http import HttpResponseRedirect


class SeeOther(HttpResponseRedirect):
    """The answer to a form: look there, by GET (RFC 9110, section 15.4.4)."""

    status_code = HTTPStatus.SEE_OTHER
