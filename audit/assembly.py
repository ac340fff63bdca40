"""Putting the sentence into ``verify.py``, which must stand alone in one file.

A CSV shows the sentence of each record, so whoever verifies the file must be able to
make it again.  ``python -m audit.assembly`` copies the pure modules that make it to
between two marks; a test compares.
"""

import ast
import re
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent
VERIFIER: Final = FOLDER / "verify.py"
PARTS: Final = ("columns.py", "reasons.py", "yes.py", "sentence.py")
BEGIN: Final = "# <generated>\n"
END: Final = "# </generated>\n"
# A sentence marked for translation: the verifier has no catalogue, and no mark.
_MARKED: Final = re.compile(r'\b_\(\s*("[^"\n]*"(?:\s*"[^"\n]*")*),?\s*\)')


def assembled() -> str:
    """Return the verifier as it should be now."""
    head, _, rest = VERIFIER.read_text("utf-8").partition(BEGIN)
    _, _, tail = rest.partition(END)
    parts = [_body(FOLDER / name) for name in PARTS]
    body = "\n\n\n".join(parts)
    return f"{head}{BEGIN}\n{body}\n\n\n{END}{tail}"


def _body(path: Path) -> str:
    """Return a module without its docstring, its imports and its marks."""
    source = path.read_text("utf-8")
    skipped = (ast.Import, ast.ImportFrom, ast.Expr)
    first = next(n for n in ast.parse(source).body if not isinstance(n, skipped))
    line = min(
        [first.lineno, *(d.lineno for d in getattr(first, "decorator_list", []))]
    )
    body = "".join(source.splitlines(keepends=True)[line - 1 :]).strip()
    return _MARKED.sub(r"\1", body)


if __name__ == "__main__":
    VERIFIER.write_text(assembled(), "utf-8")
