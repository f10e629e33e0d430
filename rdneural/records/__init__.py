"""What is asked of runs and what they leave: names, settings, files, tables; without torch."""
