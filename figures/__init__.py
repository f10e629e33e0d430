"""One script per figure: reads result files, draws, writes a PNG and its numbers as CSV.

`figures.tables.tables` makes text of the same results.
"""
