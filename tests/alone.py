"""Looking for a short word where ids, digests and tokens are full of random letters."""

import re


def stands_in(text: str, word: str) -> bool:
    """Return whether a word stands by itself in a text, in capitals or not."""
    alone = rf"(?<![A-Za-z0-9_-]){re.escape(word)}(?![A-Za-z0-9_-])"
    return re.search(alone, text, re.IGNORECASE) is not None
