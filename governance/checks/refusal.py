"""One reason not to start."""

from django.core.checks import Error


def refusal(name: str, sentence: str) -> Error:
    """Return a problem whose sentence says what is wrong and how to mend it."""
    return Error(sentence, id=f"sealwright.{name}")
