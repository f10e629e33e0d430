"""One script per figure: reads result files, draws, writes a PNG and its numbers as CSV.

`choice` says which runs are shown and by which words, `parts` has what pictures share, `tables`
makes text of the same results, and `report` puts a sweep on one page.
"""
