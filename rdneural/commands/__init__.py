"""The neural commands of `cli.py`: parse, call, and say what was found."""
