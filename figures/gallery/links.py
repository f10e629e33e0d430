"""Whether a site is whole: every link leads somewhere, and nothing is loaded from a network."""

import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

LOADING = ("src", "srcset", "poster", "data", "background")
"""Attributes that load what they name; so does `href` of all elements but `a` and `area`."""

ELSEWHERE = re.compile(r"url\(\s*[\"']?\s*(?:https?:)?//|@import", flags=re.IGNORECASE)


class _Reader(HTMLParser):
    """What a page links to, what it loads, and what in it may be linked to."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.names: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "id" and value:
                self.names.append(value)
            elif name == "href" and value is not None:
                (self.links if tag in ("a", "area") else self.loads).append(value)
            elif name in LOADING and value is not None:
                self.loads.append(value)
            elif name == "style" and ELSEWHERE.search(value or ""):
                self.loads.append("//style")

    def handle_data(self, data: str) -> None:
        if self.cdata_elem == "style" and ELSEWHERE.search(data):
            self.loads.append("//style")


def faults_of(site: Path) -> list[str]:
    """Return what is wrong in a site, a line each: in all its pages, and in its styles.

    A relative link must lead to a file of the site and, where it names one, to an anchor in it; no
    anchor is there twice; only links in text may lead out of the site.
    """
    site = site.resolve()
    pages = {path: _Reader(path.read_text("utf-8")) for path in sorted(site.rglob("*.html"))}
    found = []
    for path, page in pages.items():
        place = path.relative_to(site)
        found += [f"{place}: #{name} is there twice" for name in _twice(page.names)]
        for link in (*page.links, *page.loads):
            why = _fault(site, path, link, pages, loaded=link in page.loads)
            if why:
                found.append(f"{place}: {link[:100]} {why}")
    for path in sorted(site.rglob("*.css")):
        if ELSEWHERE.search(path.read_text("utf-8")):
            found.append(f"{path.relative_to(site)}: loads from elsewhere")
    return found


def _twice(names: list[str]) -> list[str]:
    return sorted(name for name, count in Counter(names).items() if count > 1)


def _fault(
    site: Path, path: Path, link: str, pages: dict[Path, _Reader], *, loaded: bool
) -> str | None:
    """Return what is wrong with a link of a page, or None."""
    if link.startswith("data:"):
        return None
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return "is loaded from elsewhere" if loaded else None
    target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    if not target.is_relative_to(site):
        return "leads out of the site"
    if not target.is_file():
        return "is not there"
    anchor = unquote(parts.fragment)
    if anchor and target in pages and anchor not in pages[target].names:
        return "has no such anchor"
    return None
