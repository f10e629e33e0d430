"""The door for Python: `rdneural.train`, `rdneural.load`, and what else `import rdneural` offers.

Commands go through it, too. Nothing in it computes: it gathers what is asked for, calls a room
below and hands over what was found as something to look at and to go on with.
"""
