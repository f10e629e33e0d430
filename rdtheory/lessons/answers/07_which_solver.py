# %% [markdown]
# # Answers to 7: which solver
#
# *1.* An *indirect* source: the distortion is what one expects of the bit, given what was seen. One
# in ten is wrong whatever is stored, and with less than that nobody can end.

# %%
import numpy as np

import rdtheory as rd
from rdtheory import sources

seen = sources.indirect("a bit through noise", [[0.45, 0.05], [0.05, 0.45]], [[0, 1], [1, 0]])
least = rd.solve_rate(seen, np.log(2)).distortion
print(f"D = {least:.4f}")
assert np.isclose(least, 0.1)

# %% [markdown]
# *2.* `solve_capacity` with a price `slope` for a second: the rate per second is the slope at which
# $I - s\,\mathbb{E}\,c$ is zero, since then $I / \mathbb{E}\,c \le s$ for all inputs. Bisect.

# %%
z, seconds = [[1, 0], [0.5, 0.5]], [1.0, 2.0]
low, high = 0.0, 1.0
for _ in range(30):
    middle = (low + high) / 2
    found = rd.solve_capacity(z, cost=seconds, slope=middle)
    low, high = (middle, high) if found.capacity > middle * found.cost else (low, middle)
print(f"{low:.6f} nats a second, sending the 1 {found.input[1]:.3f} of the time")
assert found.input[1] < 0.4  # less often than where time is free
for share in np.linspace(0.05, 0.95, 19):  # no other input does better
    told = rd.mutual_information(np.array([[1 - share], [share]]) * z)
    assert told / (1 + share) <= low + 1e-6

# %% [markdown]
# *3.* `solve_quantiser`: cells are neighbours. Here it keeps two cells at a slope of 0.4, the two
# dark values and the two bright ones, and of all cuts into two that is the best.

# %%
values, pixels = np.array([0.0, 1.0, 2.0, 3.0]), np.array([7, 12, 9, 2]) / 30
found = rd.solve_quantiser(values, pixels, beta=0.4)
print(f"cells {found.cells.tolist()}, levels {found.levels.round(3)}, D = {found.distortion:.4f}")
assert found.cells.tolist() == [0, 0, 1, 1]
errors = []
for cut in (1, 2, 3):  # all partitions into two
    parts = [np.arange(4) < cut, np.arange(4) >= cut]
    means = [np.average(values[part], weights=pixels[part]) for part in parts]
    errors.append(sum(pixels[part] @ (values[part] - mean) ** 2
                      for part, mean in zip(parts, means, strict=True)))  # fmt: skip
assert np.argmin(errors) == 1
assert np.isclose(min(errors), found.distortion)
