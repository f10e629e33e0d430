"""Whether this process is the kernel of a notebook."""

import sys


def in_notebook() -> bool:
    """Return whether cells of a notebook run here, as opposed to a process that merely runs one."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return shell is not None and hasattr(shell, "kernel")
