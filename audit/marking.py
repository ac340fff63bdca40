"""A mark on sentences of pure modules that pages tell in the reader's language.  Pure.

The catalogues' tools find such a sentence by the name of this function, which is that
of Django's; whatever is recorded, sealed or exported keeps the sentence as it is.
"""


def gettext_noop(text: str) -> str:
    """Return the text, unchanged."""
    return text
