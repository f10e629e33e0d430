"""A page about a made-up sweep, hostile words in its table, and its tags as a reader has them."""

from html.parser import HTMLParser

from figures.report import report
from tests.make.sweeps_table import grid, make_row

HOSTILE = """<img src=x onerror=alert(1)>'"&amp;{{ 7*7 }}"""
CLOSING = "</script><script>alert(1)</script>"
FULL = {"preset": "paper", "epochs": 200.0, "epochs_asked": 200.0}
"""What the paper ran."""


class Page(HTMLParser):
    """The tags of a page in order, and its tables' rows of cells: text and attributes."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.tags, self.tables, self.texts, self._open = [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.tags.append((tag, attrs))
        self._open.append(tag)
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self.tables[-1][-1].append(["", attrs])

    def handle_endtag(self, tag):
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data):
        self.texts.append(data)
        if "td" in self._open or "th" in self._open:
            self.tables[-1][-1][-1][0] += data

    def all(self, tag, cls=None):
        return [a for t, a in self.tags
                if t == tag and (cls is None or cls in (a.get("class") or "").split())]  # fmt: skip

    def table(self, number):
        """Return a table as a list of dicts from the header to (text, number or None)."""
        header, *lines = self.tables[number]
        names = [text for text, _ in header]
        return [
            {n: (text, float(a["data-number"]) if "data-number" in a else None)
             for n, (text, a) in zip(names, line, strict=True)}
            for line in lines
        ]  # fmt: skip


def make_rows():
    rows = grid(models=("---", "+--", "-+v", "++v"), betas=(0.1, 1.0, 5.0))
    rows[0]["run"], rows[1]["origin"], rows[2]["device"] = HOSTILE, HOSTILE, CLOSING
    rows[3] |= {"complete": False, "epochs": 0.4}
    return [*rows, make_row("--+", target_rate=20.0), make_row("-++", beta=2.0, rate=0.0004)]


def write_page(directory):
    return Page(report.report(directory).read_text("utf-8"))
