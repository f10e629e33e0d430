"""Everything that there is to read, as one site of plain files."""
