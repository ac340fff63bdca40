"""The recipes of docs/lanes load as they stand, and end in a published route."""

import re
from pathlib import Path
from textwrap import indent

import pytest
from django.conf import settings
from django.utils import timezone

from governance.loading import Secrets, load
from governance.models import Route
from governance.refusals.narrowing import placeholders
from tests.factories import TenantFactory, reviewers
from tests.issuers.github import app_key

pytestmark = pytest.mark.django_db

RECIPES = sorted((settings.BASE_DIR / "docs" / "lanes").glob("[!R]*.md"))
FRAME = "version: 1\ntenants:\n  team-acme:\n    name: Team Acme\n"


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda path: path.stem)
def test_a_recipe_loads_and_its_lane_is_narrowed_by_the_scope(
    recipe: Path, tmp_path: Path
) -> None:
    (text,) = re.findall(r"```yaml\n(.*?)```", recipe.read_text("utf-8"), re.DOTALL)
    # No names are looked up here: some public address stands for each.
    text = re.sub(r"https://[a-z0-9.-]+", "https://8.8.8.8", text)
    text = re.sub(r"( +)role_arn:", r"\1sts_url: https://8.8.8.8\n\1role_arn:", text)
    for name in ("github-app.pem", "client.pem"):
        (tmp_path / name).write_text(app_key())
    secrets = Secrets(tmp_path, {"SEALWRIGHT_AWS_SECRET": "wJalrXUtnFEMI-EXAMPLE"})
    TenantFactory.create()
    reviewers("ana")

    load(FRAME + indent(text, "    "), secrets=secrets, by=None, now=timezone.now())

    published = Route.objects.get().published
    assert published is not None
    assert placeholders(published.lane.narrowing)
    assert published.lane.secret_version == 1
    assert published.justification == ""


def test_there_is_a_recipe_for_each_kind_that_borrows() -> None:
    assert len(RECIPES) == 3
