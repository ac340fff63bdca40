"""The forms of a page, as a program reads them.  Pure."""

from html.parser import HTMLParser


class Forms(HTMLParser):
    """Where each form of a page goes, and the hidden values that it carries."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: dict[str, dict[str, str]] = {}
        self._fields: dict[str, str] = {}
        self.feed(page)

    def handle_starttag(
        self, tag: str, attributes: list[tuple[str, str | None]]
    ) -> None:
        """Note a form, or a value of the form that is open."""
        said = {name: value or "" for name, value in attributes}
        if tag == "form":
            self._fields = self.found.setdefault(said.get("action", ""), {})
        elif tag == "input" and said.get("type") == "hidden":
            self._fields[said["name"]] = said.get("value", "")
