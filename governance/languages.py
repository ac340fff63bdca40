"""In which language a person is told what reaches her without a request of hers."""

from django.conf import settings

from governance.models import User


def language_of(person: User | None) -> str:
    """Return the one that she chose, while there is one of it; else the usual one."""
    chosen = person.language if person else ""
    return chosen if chosen in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
