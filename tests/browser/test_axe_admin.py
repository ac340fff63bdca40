"""axe-core finds nothing serious in the admin, and on a record's own page."""

from typing import Final

from audit.models import Record
from governance.models import User
from tests.browser.conftest import Reader
from tests.browser.screens import a_busy_world
from tests.browser.shapes import wrong_with
from tests.factories import person

WIDE: Final = ((1280, "light"),)
CLOSELY: Final = (
    "/admin/",
    "/admin/governance/user/",
    "/admin/governance/user/add/",
    "/admin/governance/route/add/",
    "/admin/governance/importeddraft/",
    "/admin/governance/importeddraft/curl/",
    "/admin/governance/importeddraft/openapi/",
)


def an_operator(reader: Reader) -> User:
    a_busy_world().ask()
    sam = person("sam")
    sam.is_superuser = True
    sam.save(update_fields=["is_superuser"])
    reader.sign_in("sam")
    return sam


def lists(reader: Reader) -> list[str]:
    """Return the address of every list that the admin's first page leads to."""
    reader.open("/admin/")
    links = reader.page.locator("#content-main th a")
    return [str(each.get_attribute("href")) for each in links.all()]


def test_nothing_serious_is_found_where_admins_are_most(reader: Reader) -> None:
    sam = an_operator(reader)
    found: list[str] = []

    for path in (
        *CLOSELY,
        f"/admin/governance/user/{sam.pk}/change/",
        f"/admin/governance/user/{sam.pk}/password/",
        f"/audit/records/{Record.objects.latest('pk').pk}/",
    ):
        reader.open(path)
        assert reader.page.url == f"{reader.server}{path}"
        found += wrong_with(reader, path)

    assert found == []


def test_nothing_serious_is_found_on_any_list_and_form(reader: Reader) -> None:
    an_operator(reader)
    found: list[str] = []

    for path in lists(reader):
        for address in (path, f"{path}add/"):
            answer = reader.page.goto(f"{reader.server}{address}")
            if answer is not None and answer.status == 200:
                found += wrong_with(reader, address, shapes=WIDE)

    assert found == []
