"""Docstrings in the manner of numpydoc, made into HTML: sections, lists of parameters, examples."""

import re
from collections.abc import Iterator
from textwrap import dedent

from markupsafe import Markup, escape

from figures.gallery.markup import to_html

SECTION = re.compile(r"^([A-Z][A-Za-z ]+)\n-{3,}\n", flags=re.MULTILINE)
FORMULA = re.compile(r"^\.\. math::(.*\n(?:(?:[ ]{3,}.*)?\n)*)", flags=re.MULTILINE)
SOURCE = re.compile(r"\b(?:doi:(?P<doi>10\.\d{4,}/[\w.()/-]+\w)|arXiv:(?P<arxiv>[\w./-]*\d))")
ENTRY = re.compile(r"^(\S.*?)(?: : (.*))?$")


def docstring_html(text: str) -> Markup:
    r"""Return a docstring as HTML; it is one after `inspect.cleandoc`.

    Examples
    --------
    >>> print(docstring_html("Double.\n\nParameters\n----------\nx : a number\n    of any size"))
    <p>Double.</p>
    <h4>Parameters</h4>
    <dl>
    <dt><code>x</code></dt>
    <dd><p>a number
    of any size</p>
    </dd>
    </dl>
    <BLANKLINE>
    """
    first, *rest = SECTION.split(text.strip() + "\n")
    html = _prose(first)
    for name, body in zip(rest[::2], rest[1::2], strict=True):
        html += Markup("<h4>{}</h4>\n").format(name)
        html += _list(body) if _is_list(name, body) else _prose(body)
    return html


def _prose(text: str) -> Markup:
    text = FORMULA.sub(lambda found: f"$$\n{dedent(found[1]).strip()}\n$$\n\n", text + "\n")
    return Markup(SOURCE.sub(_link, to_html("\n\n".join(_paragraphs(text)), plain=True)))


def _link(found: re.Match[str]) -> str:
    """Return a link to a paper, which is followed where there is a network.

    Examples
    --------
    >>> SOURCE.sub(_link, "arXiv:1711.00464, doi:10.1137/1103008.")  # doctest: +ELLIPSIS
    '<a href="https://arxiv.org/abs/1711.00464">arXiv:1711.00464</a>, <a href=...</a>.'
    """
    home = f"doi.org/{found['doi']}" if found["doi"] else f"arxiv.org/abs/{found['arxiv']}"
    return f'<a href="https://{home}">{found[0]}</a>'


def _paragraphs(text: str) -> Iterator[str]:
    """Yield paragraphs, those of an example as a block of code."""
    for paragraph in re.split(r"\n\s*\n", text.strip("\n")):
        if dedent(paragraph).startswith(">>>"):
            yield f"```pycon\n{dedent(paragraph)}\n```"
        elif paragraph.startswith("    "):
            yield f"```\n{dedent(paragraph)}\n```"
        else:
            yield paragraph.removesuffix("::") + ":" * paragraph.endswith("::")


def _is_list(name: str, body: str) -> bool:
    """Return whether a section has entries with what is said of them; examples are none."""
    named = name in ("Parameters", "Attributes", "Raises", "Warns", "Other Parameters")
    return named or (name == "Returns" and re.match(r"\S[^\n]*\n {4}", body) is not None)


def _list(body: str) -> Markup:
    entries: list[tuple[str, list[str]]] = []
    for line in body.strip("\n").splitlines():
        found = ENTRY.match(line)
        if found:
            entries.append((found[1], [found[2] or ""]))
        elif entries:
            entries[-1][1].append(line)
    html = Markup("<dl>\n")
    for names, (first, *lines) in entries:
        said = (first + "\n" + dedent("\n".join(lines))).strip("\n")
        bare = re.fullmatch(r"[*\w]+(?:, [*\w]+)*", names)  # else it is a sentence
        what = Markup("<code>{}</code>").format(names) if bare else escape(names)
        html += Markup("<dt>{}</dt>\n<dd>{}</dd>\n").format(what, _prose(said))
    return html + Markup("</dl>\n")
