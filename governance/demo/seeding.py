"""Making the demo in a database, and finding it again at the next start."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from django.db import transaction
from django.db.models import QuerySet

from governance.demo.credentials import read_credentials
from governance.demo.handout import Handout
from governance.demo.people import ADMINS, AGENTS, PEOPLE, DemoAgent, DemoPerson
from governance.loading import Secrets, load
from governance.models import (
    Agent,
    AgentKey,
    Backend,
    CredentialLane,
    Installation,
    Tenant,
    User,
)
from governance.services import (
    issue_key,
    save_backend,
    save_lane,
    save_person,
    secret_hash,
    set_password,
)
from governance.services.signing_keys import ensure_signing_key

ROUTES: Final = Path(__file__).with_name("routes.yaml")
MCP_PATH: Final = "/mcp"
LOOPBACK: Final = "http://127.0.0.1:"
# Nothing that looks like something else, in a terminal or read out aloud.
_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"


class NotOurs(Exception):
    """The database holds people or tenants of others under the demo's names."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the pieces of the demo are reached."""

    base_url: str
    remote_url: str
    database_url: str


@transaction.atomic
def seed(folder: Path, *, addresses: Addresses, now: datetime) -> None:
    """Make what is missing of the demo, and write down what it hands out.

    Raises NotOurs; DocumentInvalid if routes.yaml was edited and has mistakes.
    """
    ensure_signing_key(now=now)
    seeding = _Seeding(folder, known=_known(folder), now=now)
    if Installation.objects.filter(demo=True).exists():
        seeding.move(addresses.remote_url)
        passwords = seeding.passwords()
    else:
        _refuse_strangers()
        passwords = seeding.passwords()
        seeding.load(addresses.remote_url)
        Installation.objects.update(demo=True)
    # Inside the transaction: a key that was committed and never told would be lost.
    Handout(
        base_url=addresses.base_url,
        remote_url=addresses.remote_url,
        database_url=addresses.database_url,
        keys=seeding.keys(),
        passwords=passwords,
    ).write(folder)


@dataclass(frozen=True, slots=True)
class _Seeding:
    """The work on one database; ``known`` is what was handed out from it before."""

    folder: Path
    known: Handout | None
    now: datetime

    def passwords(self) -> dict[str, str]:
        return {person.name: self._password(person) for person in PEOPLE}

    def keys(self) -> dict[str, str]:
        return {agent.name: self._key(agent) for agent in AGENTS}

    def load(self, remote_url: str) -> None:
        text = ROUTES.read_text("utf-8").replace("REMOTE", remote_url)
        tokens = _environment(read_credentials(self.folder))
        for tenant, admin in ADMINS.items():
            load(
                text,
                secrets=Secrets(self.folder, tokens),
                by=User.objects.get(username=admin),
                now=self.now,
                only=tenant,
            )

    def move(self, remote_url: str) -> None:
        """Follow the remote to another port; what people changed stays."""
        ours = Backend.objects.filter(tenant__slug__in=ADMINS)
        moved = ours.filter(base_url__startswith=LOOPBACK)
        if self.known:
            known = self.known.remote_url
            moved = ours.filter(base_url__in=(known, f"{known}{MCP_PATH}"))
        for backend in moved:
            backend.base_url = remote_url + urlsplit(backend.base_url).path
            save_backend(backend, by=None, now=self.now)
        for lane in self._lanes_of_remote():
            lane.settings["api_url"] = remote_url
            save_lane(lane, by=None, now=self.now)

    def _lanes_of_remote(self) -> QuerySet[CredentialLane]:
        ours = CredentialLane.objects.filter(tenant__slug__in=ADMINS)
        if self.known:
            return ours.filter(settings__api_url=self.known.remote_url)
        return ours.filter(settings__api_url__startswith=LOOPBACK)

    def _password(self, asked: DemoPerson) -> str:
        person = User.objects.filter(username=asked.name).first()
        if person and self.known:
            return self.known.passwords[asked.name]
        password = _new_password()
        if person:
            set_password(person, password, by=None, now=self.now)
        else:
            person = User(username=asked.name, email=asked.email)
            save_person(person, by=None, now=self.now, password=password)
        return password

    def _key(self, asked: DemoAgent) -> str:
        agent = Agent.objects.get(tenant__slug=asked.tenant, name=asked.name)
        if self.known:
            key = self.known.keys[asked.name]
            if _row_of(key, live_at=self.now):
                return key
        admin = User.objects.get(username=ADMINS[asked.tenant])
        return issue_key(agent, by=admin, now=self.now)[1]


def _known(folder: Path) -> Handout | None:
    """Return what was handed out, if it was from this database."""
    kept = Handout.read(folder)
    return kept if kept and any(map(_row_of, kept.keys.values())) else None


def _row_of(key: str, *, live_at: datetime | None = None) -> AgentKey | None:
    _, key_id, secret = key.split("_", 2)
    rows = AgentKey.objects.filter(key_id=key_id, secret_hash=secret_hash(secret))
    return (rows.live(live_at) if live_at else rows).first()


def _refuse_strangers() -> None:
    names = [person.name for person in PEOPLE]
    taken = [
        *Tenant.objects.filter(slug__in=ADMINS).values_list("slug", flat=True),
        *User.objects.filter(username__in=names).values_list("username", flat=True),
    ]
    if taken:
        raise NotOurs(
            f"The database has {', '.join(taken)} already, and not from the demo: use "
            "another folder with --data, or leave the demo out with --no-demo."
        )


def _environment(tokens: Mapping[str, str]) -> dict[str, str]:
    """Name each lane's token as routes.yaml does: GITHUB_READ for github-read."""
    table = str.maketrans("-/", "__")
    return {lane.upper().translate(table): token for lane, token in tokens.items()}


def _new_password() -> str:
    groups = ("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4))
    return "-".join(groups)
