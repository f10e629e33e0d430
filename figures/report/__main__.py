"""Draw the report of a sweep again: `python -m figures.report DIR`."""

from figures.parts.redraw import main
from figures.report.report import draw

main(draw)
