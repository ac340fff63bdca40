"""``manage.py import_openapi``."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from audit.models import Record
from governance.models import ImportedDraft, Route
from tests.factories import BackendFactory, TenantFactory, person
from tests.proxy.imports.documents import PETS

pytestmark = pytest.mark.django_db


@pytest.fixture
def document(tmp_path: Path) -> str:
    path = tmp_path / "pets.yaml"
    path.write_text(PETS)
    return str(path)


def run(document: str, **options: str) -> str:
    out = StringIO()
    call_command("import_openapi", document, stdout=out, **options)
    return out.getvalue()


def test_a_file_becomes_drafts_and_again_only_what_changed_is_said(
    document: str,
) -> None:
    BackendFactory.create(name="pets")
    person("sam", "admin")

    first = run(document, backend="pets", by="sam")
    second = run(document, backend="pets")

    assert "GET /pets/{petId}: new draft pets.show_pet_by_id" in first
    assert "0 differences, 3 operations as they were" in second
    assert ImportedDraft.objects.count() == 3
    assert not Route.objects.exists()
    written = Record.objects.get()
    assert (written.event, written.backend) == ("route.imported", "pets")


def test_what_is_wrong_is_said(document: str, tmp_path: Path) -> None:
    BackendFactory.create(name="pets")
    BackendFactory.create(name="pets", tenant=TenantFactory.create(slug="team-zeta"))
    bad = tmp_path / "bad.json"
    bad.write_text("{}")

    for file, options, told in (
        (document, {"backend": "nowhere"}, "There is no backend"),
        (document, {"backend": "pets"}, "add --tenant"),
        (document, {"backend": "pets", "tenant": "team-zeta", "by": "eve"}, "“eve”"),
        (str(bad), {"backend": "pets", "tenant": "team-zeta"}, "3.0 and 3.1"),
        (str(tmp_path / "none"), {"backend": "pets", "tenant": "team-zeta"}, "read"),
    ):
        with pytest.raises(CommandError, match=told):
            run(file, **options)
    assert not ImportedDraft.objects.exists()
