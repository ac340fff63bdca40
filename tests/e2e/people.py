"""People of the demo at their pages, by the forms that the pages hold."""

from dataclasses import dataclass, field
from typing import Any, Final, Self

import requests

from governance.demo.tour.forms import Forms
from tests.e2e.running import Running

SIGN_IN: Final = "/account/login/"


@dataclass(slots=True)
class Person:
    """Somebody signed in, with her cookies."""

    base_url: str
    http: requests.Session = field(default_factory=requests.Session)

    @classmethod
    def signed_in(cls, name: str, running: Running) -> Self:
        """Sign in by the form, with the password of demo.json."""
        person = cls(running.demo["base_url"])
        person.http.trust_env = False
        form = Forms(person.open(SIGN_IN)).found[SIGN_IN]
        password = running.demo["users"][name]["password"]
        person.send(SIGN_IN, form, login=name, password=password)
        assert "Sign out" in person.open("/")
        return person

    def open(self, path: str) -> str:
        """Return a page that is there."""
        answer = self.http.get(self.base_url + path, timeout=120)
        assert answer.status_code == 200, answer.text
        return answer.text

    def send(self, path: str, hidden: dict[str, str], **typed: str) -> str:
        """Send a form with what it carries and what was typed."""
        answer: Any = self.http.post(
            self.base_url + path,
            data=hidden | typed,
            headers={"Origin": self.base_url, "Referer": self.base_url + path},
            timeout=120,
        )
        assert answer.status_code == 200, answer.text
        return str(answer.text)

    def approve(self, approval_id: str) -> str:
        """Read a request and say yes to it; the page that comes after."""
        review = f"/approvals/{approval_id}/"
        forms = Forms(self.open(review)).found
        return self.send(f"{review}vote", forms[f"{review}vote"], verdict="approve")
