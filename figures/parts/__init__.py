"""What pictures share: style, headings, axes, sheets, and reading of results."""
