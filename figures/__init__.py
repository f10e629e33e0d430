"""One script per figure: reads result files, draws, writes a PNG and its numbers as CSV."""
