"""Runs and the directories they leave: made, read back, measured and compared."""
