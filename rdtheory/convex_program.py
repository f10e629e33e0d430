"""The earlier name of `rdtheory.solver.convex_program`, which keeps working."""

from rdtheory.solver.convex_program import solve_convex_program

__all__ = ["solve_convex_program"]
