"""Whether a page is what we wrote: no element, attribute or address in it is a stranger's."""

from html.parser import HTMLParser

from tests.hostile.payloads import MARK

ADDRESSES = {"src", "href", "action", "formaction", "xlink:href", "data", "srcdoc", "poster",
             "ping", "cite", "background", "manifest"}  # fmt: skip
OURS = ("/", "?", "#", "https://", "http://", "mailto:")
FORBIDDEN = {"iframe", "object", "embed", "base", "math", "hx-partial", "style", "marquee"}
# Their text is code, or is not read as markup.
RAW = {"script", "style"}


class Page(HTMLParser):
    """Reads a page and gathers what is wrong with it."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.faults: list[str] = []
        self.elements = 0
        self._inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements += 1
        self._inside = tag if tag in RAW else ""
        if MARK in tag or tag in FORBIDDEN:
            self.faults.append(f"<{tag}>")
        for name, value in attrs:
            said = (value or "").strip().lower()
            if MARK in name or name.startswith("on") or "hx-on" in name or name == "style":
                self.faults.append(f"<{tag} {name}={said[:60]!r}>")
            if name in ADDRESSES and MARK in said and not said.startswith(OURS):
                self.faults.append(f"<{tag} {name}={said[:60]!r}>")
            if name.startswith(("hx-", "data-hx-")) and f"/{MARK}" in said:
                self.faults.append(f"<{tag} {name}={said[:60]!r}>")
            if name == "http-equiv":
                self.faults.append(f"<{tag} http-equiv>")
        names = [name for name, _ in attrs]
        if len(names) != len(set(names)):
            self.faults.append(f"<{tag}> says {names} twice")

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""
        if MARK in tag:
            self.faults.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if self._inside and MARK in data:
            self.faults.append(f"in <{self._inside}>: {data[:60]!r}")

    def handle_comment(self, data: str) -> None:
        if MARK in data:
            self.faults.append(f"comment {data[:60]!r}")

    def unknown_decl(self, data: str) -> None:
        self.faults.append(f"declaration {data[:60]!r}")


def faults(html: str) -> list[str]:
    """Everything in this page that a stranger made."""
    page = Page()
    page.feed(html)
    page.close()
    return page.faults
