"""The reference: a page for each module that hands on public names, from their docstrings."""

import inspect
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib import import_module

from markupsafe import Markup
from pdoc import doc

from figures.gallery.docstrings import docstring_html
from figures.gallery.markup import code, words
from figures.gallery.page import Page, between, render

MODULES = (
    "rdtheory", "rdtheory.sources", "rdtheory.sources.channels", "rdtheory.sources.joints",
    "rdtheory.sources.images", "rdtheory.bottleneck", "rdtheory.continuous.population",
    "rdtheory.continuous.trace", "rdtheory.information", "rdtheory.pareto", "rdtheory.stratified",
    "rdtheory.results", "rdneural", "rdneural.runs.diagonal",
)  # fmt: skip
"""Those that users import from, in the order in which they are read."""

OURS = ("rdtheory", "rdneural")


@dataclass(frozen=True)
class Entry:
    """A public name, or a part of a class: its anchor, its signature and its docstring as HTML."""

    name: str
    anchor: str
    kind: str
    signature: Markup
    first: Markup
    text: Markup
    parts: tuple["Entry", ...] = ()


@dataclass(frozen=True)
class Chapter:
    """A module: its public names in the order of `__all__`, or in that of its file."""

    module: str
    first: Markup
    text: Markup
    entries: tuple[Entry, ...]

    @property
    def path(self) -> str:
        """Where its page is in the site."""
        return f"reference/{self.module}.html"


def chapters(modules: Iterable[str] = MODULES) -> list[Chapter]:
    """Return the reference of some modules."""
    return [_chapter(name) for name in modules]


def _chapter(name: str) -> Chapter:
    module = import_module(name)
    named = getattr(module, "__all__", ())
    for public in named:
        getattr(module, public)  # some are imported when first asked for
    found = doc.Module(module)
    members = found.members.values()
    entries = [_entry(each) for each in members if each.name in named or _is_public(each)]
    text = inspect.cleandoc(module.__doc__ or "")
    return Chapter(name, _first(text), docstring_html(text), tuple(entries))


def _is_public(each: doc.Doc) -> bool:
    ours = each.taken_from[0].partition(".")[0] in OURS
    return not each.name.startswith("_") and ours and bool(each.docstring) and (
        isinstance(each, doc.Class | doc.Function | doc.Variable)
    )  # fmt: skip


def _entry(each: doc.Doc) -> Entry:
    parts: Sequence[doc.Doc] = ()
    if isinstance(each, doc.Class):
        parts = [part for part in each.members.values() if _is_public(part)]
    text = each.docstring
    return Entry(
        each.name, each.qualname, _kind(each), code(_signature(each), "python"), _first(text),
        docstring_html(text), tuple(map(_entry, parts)),
    )  # fmt: skip


def _kind(each: doc.Doc) -> str:
    if isinstance(each, doc.Class):
        return "class"
    if isinstance(each, doc.Function):
        return "method" if "." in each.qualname else "function"
    return "property" if "." in each.qualname else "value"


def _signature(each: doc.Doc) -> str:
    """Return how a name is called, without annotations: shapes and units are in the text."""
    if isinstance(each, doc.Function):
        # pdoc looks behind a door; what is called is the door, which takes more, as help() says
        called = getattr(import_module(each.modulename), each.qualname, None)
        return _broken(each.qualname, getattr(called, "__signature__", each.signature))
    try:
        return _broken(each.qualname, inspect.signature(each.obj))
    except (TypeError, ValueError):  # a value, or a class that is built in
        return each.qualname


def _broken(name: str, signature: inspect.Signature, width: int = 80) -> str:
    """Return a call in lines of that width."""
    bare = inspect.Signature([
        one.replace(annotation=inspect.Parameter.empty)
        for one in signature.parameters.values() if one.name not in ("self", "cls")
    ])  # fmt: skip
    text = re.sub(r"<function (\w+) at [^>]*>", r"\1", str(bare))
    parts = re.split(r"(?<=,) (?=\*|\w)", text[1:-1])
    lines, line = [], f"{name}("
    for number, part in enumerate(parts):
        end = part + (")" if number == len(parts) - 1 else " ")
        if len(line) + len(end.rstrip()) > width and line.strip() and number:
            lines.append(line.rstrip())
            line = "    "
        line += end
    return "\n".join([*lines, line.rstrip()])


def _first(text: str) -> Markup:
    """Return the first sentence, in which docstrings say what a name does."""
    return words(" ".join(text.strip().partition("\n\n")[0].split()))


def reference_pages(found: Sequence[Chapter]) -> list[Page]:
    """Return the pages of the reference; a name in code leads to where it is explained."""
    homes = {
        entry.name: f"{chapter.path}#{entry.anchor}"
        for chapter in reversed(found)
        for entry in chapter.entries
    }  # fmt: skip  (of two homes the first)
    homes |= {chapter.module: chapter.path for chapter in found}
    pages = []
    for chapter in found:
        body = render("reference.html.j2", chapter=chapter, chapters=found,
                      to=lambda path, here=chapter.path: between(here, path))  # fmt: skip
        pages.append(Page(chapter.path, chapter.module, _linked(body, chapter.path, homes)))
    return pages


def _linked(body: Markup, path: str, homes: dict[str, str]) -> Markup:
    """Return the body of a page with a link at each known name that stands in code.

    One that might be a mere word, as `normal`, has none.
    """

    def link(found: re.Match[str]) -> str:
        name = found[1].removesuffix("()")
        home = homes.get(name) if re.search("[A-Z_.]", name) or name in OURS else None
        return f'<a href="{between(path, home)}">{found[0]}</a>' if home else found[0]

    return Markup(re.sub(r"(?<!<dt>)(?<!<pre>)<code>([\w.]+(?:\(\))?)</code>(?!</a>)", link, body))
