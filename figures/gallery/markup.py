"""Markdown as the project writes it, made into HTML: tables, formulas, anchors, coloured code."""

import re
from collections.abc import Callable
from functools import cache
from html import escape
from xml.etree import ElementTree

from latex2mathml.converter import convert
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup
from mdit_py_plugins.anchors import anchors_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name

LEXERS = {"python": "python", "sh": "bash", "pycon": "pycon"}
"""By the languages of blocks of code; others stay black."""

Link = Callable[[str], str]
"""Makes of an address in the project that in the site."""


def to_html(text: str, link: Link = str, *, plain: bool = False) -> Markup:
    r"""Return markdown as HTML, each address in it as `link` makes it.

    Where it is `plain`, as in docstrings, nothing but code and formulas has marks: `p*(x)` stays.

    Examples
    --------
    >>> to_html("See *[there](a.md)*.", lambda address: address.replace(".md", ".html"))
    Markup('<p>See <em><a href="a.html">there</a></em>.</p>\n')
    """
    parser = _parser(plain)
    tokens = parser.parse(text)
    for token in tokens:
        _relink(token, link)
    html = parser.renderer.render(tokens, parser.options, {})
    html = html.replace("<table>", '<div class="wide"><table>')  # on a phone it moves, not the page
    return Markup(html.replace("</table>", "</table></div>"))


def _relink(token: Token, link: Link) -> None:
    for name in ("href", "src"):
        if name in token.attrs:
            token.attrs[name] = link(str(token.attrs[name]))
    for child in token.children or ():
        _relink(child, link)


@cache
def _parser(plain: bool) -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "highlight": _block})
    parser.use(dollarmath_plugin, renderer=_formula, allow_space=False, allow_digits=False)
    if plain:
        return parser.disable(["emphasis", "heading", "lheading", "html_block"])
    return parser.enable("table").use(anchors_plugin, max_level=4)


def _formula(text: str, options: dict[str, bool]) -> str:
    return formula(text, block=options["display_mode"])


def formula(text: str, *, block: bool = False) -> str:
    r"""Return a formula of LaTeX as MathML, which browsers typeset with fonts of their own.

    Examples
    --------
    >>> formula(r"\beta \log 2").partition(">")[2].removesuffix("</math>")
    '<mrow><mi>β</mi><mi>log</mi><mspace width="0.17em" /><mn>2</mn></mrow>'
    """
    tree = ElementTree.fromstring(
        convert(text.strip(), xmlns="", display="block" if block else "inline")
    )
    for node in tree.iter():  # what the converter leaves undone
        if node.tag == "msub" and block and node[0].text in ("min", "max"):
            node.tag = "munder"
        if node.text == ";":
            node.tag = "mo"
        for at in range(len(node) - 2, -1, -1):
            if _is_function(node[at]) and node.tag == "mrow" and node[at + 1].tag != "mo":
                node.insert(at + 1, ElementTree.Element("mspace", width="0.17em"))
    tree.set("xmlns", "http://www.w3.org/1998/Math/MathML")
    return ElementTree.tostring(tree, encoding="unicode")


def _is_function(node: ElementTree.Element) -> bool:
    return node.tag == "mi" and len(node.text or "") > 1


def code(text: str, language: str) -> Markup:
    """Return code in colours, as a block that moves sideways where it is wide."""
    return Markup(f"<pre><code>{_block(text, language, '')}</code></pre>\n")


def _block(text: str, language: str, attributes: str) -> str:
    if language not in LEXERS:
        return escape(text)
    lexer = get_lexer_by_name(LEXERS[language], stripnl=False)
    return highlight(text, lexer, HtmlFormatter(nowrap=True)).rstrip("\n")


def words(text: str) -> Markup:
    r"""Return a line of a docstring as HTML, without the marks of code.

    Examples
    --------
    >>> words(r"p\*(x) of `value`")
    Markup('p*(x) of value')
    """
    return Markup(re.sub(r"</?code>", "", _parser(True).renderInline(text)))


def title_of(text: str) -> str:
    r"""Return the first heading of markdown, without marks.

    Examples
    --------
    >>> title_of("# What `R` is\n\n# More")
    'What R is'
    """
    found = re.search(r"^# (.*)$", text, flags=re.MULTILINE)
    return re.sub(r"[`*]", "", found[1]) if found else ""
