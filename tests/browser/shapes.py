"""A page held against axe-core in each shape that people see it in."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from tests.browser.conftest import Reader
from tests.browser.test_axe import violations

# A wide window, light and dark, and a telephone.
SHAPES: Final = ((1280, "light"), (1280, "dark"), (360, "light"))
POLICY: Final = "Content Security Policy"
_SETTLED: Final = (
    "() => Promise.allSettled(document.getAnimations().map(each => each.finished))"
)


def wrong_with(
    reader: Reader, name: str, *, shapes: Sequence[tuple[int, Any]] = SHAPES
) -> Iterator[str]:
    """Yield what is wrong with the page that is open, in these shapes.

    What breaks our policy is read before axe-core runs: it tries styles of its own.
    """
    yield from (f"{name}: {each}" for each in reports(reader))
    for width, scheme in shapes:
        reader.page.set_viewport_size({"width": width, "height": 900})
        reader.page.emulate_media(color_scheme=scheme)
        reader.page.evaluate(_SETTLED)  # else colours are seen halfway
        where = f"{name} ({width}, {scheme})"
        yield from (f"{where}: {each}" for each in violations(reader))
        if reader.scrolls_sideways():
            yield f"{where}: scrolls sideways"
    reader.complaints.clear()


def reports(reader: Reader) -> list[str]:
    """Return what was said of our policy on the console."""
    return [each for each in reader.complaints if POLICY in each]
