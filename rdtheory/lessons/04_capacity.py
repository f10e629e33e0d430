# %% [markdown]
# # 4. Capacity and its twin
#
# *Ten minutes; the code takes 5 seconds of a processor.*
#
# After this lesson you know what a channel can carry at most, how one circle proves it, and why
# capacity and rate-distortion are one problem, seen from two sides.

# %%
import matplotlib.pyplot as plt
import numpy as np

import rdtheory as rd
from rdtheory import sources

# %% [markdown]
# In lesson 1 the source was given and we chose the channel. Now the channel $W(y|x)$ is given, and
# we choose how often to send what:
#
# $$C = \max_{p(x)} I(X; Y).$$
#
# Here a 0 always arrives, and a 1 is misread as 0 half the time. How often would you send the 1?

# %%
z = np.array([[1.0, 0.0], [0.5, 0.5]])
ps = np.linspace(0, 1, 101)
told = [rd.mutual_information(np.array([[1 - p], [p]]) * z) for p in ps]
best = rd.solve_capacity(z)
plt.plot(ps, told)
plt.plot(best.input[1], best.capacity, "o")
plt.gca().set(xlabel="how often the 1 is sent", ylabel="I(X; Y) (nats)")
plt.show()
print(f"send it {best.input[1]:.3f} of the time: {best.capacity:.4f} nats")
assert np.isclose(best.capacity, np.log(5 / 4))
assert np.allclose(best.input, [0.6, 0.4], atol=1e-4)

# %% [markdown]
# Two times in five, and $C = \log\frac54$. The bad letter is worth sending almost as often as the
# good one: sending it never would carry nothing at all.
#
# **What proves it?** Call $q$ what arrives on the whole. The divergence $D(W_x \| q)$ is how much
# one is told, on average, by letter $x$. Whatever $q$ one takes, $C \le \max_x D(W_x \| q)$: nobody
# gains more than the most telling letter. At the best input all letters in use tell the same.


# %%
def divergences(rows, q):
    return np.array([rd.kl_divergence(row, q) for row in rows])


print(divergences(z, best.output).round(6))
assert np.allclose(divergences(z, best.output), best.capacity)
assert divergences(z, [0.5, 0.5]).max() > best.capacity  # another q proves less, but a truth

# %% [markdown]
# So $C = \min_q \max_x D(W_x \| q)$: the *smallest circle* around the rows, its distance a
# divergence, its centre $q$ and its radius the capacity. With three outputs one can see it.

# %%
rows = np.array([[0.8, 0.1, 0.1], [0.1, 0.8, 0.1], [0.4, 0.4, 0.2]])
ball = rd.solve_capacity(rows)
corners = np.array([[0, 0], [1, 0], [0.5, np.sqrt(3) / 2]])  # a triangle of distributions
side = np.linspace(1e-4, 1, 200)
a, b = np.meshgrid(side, side)
inside = a + b < 1
laws = np.stack([a[inside], b[inside], 1 - a[inside] - b[inside]], axis=1)
far = (laws * np.log(laws / ball.output)).sum(axis=1)
plt.tricontour(*(laws @ corners).T, far, levels=[ball.capacity], colors="C1")
plt.fill(*corners.T, fill=False)
plt.plot(*(rows @ corners).T, "o", label="rows: what each letter makes arrive")
plt.plot(*(ball.output @ corners), "k+", ms=10, label="centre q")
plt.gca().set_aspect("equal")
plt.axis("off")
plt.legend(loc="upper left", bbox_to_anchor=(0.75, 1.0))
plt.show()

# %% [markdown]
# Two rows lie on the rim. The third lies within, and **the surprise** is what follows: it is never
# sent. To have more letters is not to have more to say.

# %%
print(f"input {ball.input.round(4)}, told by each letter {divergences(rows, ball.output).round(4)}")
assert ball.support.tolist() == [0, 1]
assert divergences(rows, ball.output)[2] < ball.capacity
assert np.isclose(rd.solve_capacity(rows[:2]).capacity, ball.capacity)

# %% [markdown]
# **The twin.** Side by side:
#
# | | rate-distortion | capacity |
# |---|---|---|
# | given | source, $d(x, y)$ | channel $W(y\|x)$ |
# | chosen | how often each $y$ | how often each $x$ |
# | proof | no $y$ is wanted more than once | no $x$ tells more than $C$ |
# | in use | those wanted exactly once | those that tell exactly $C$ |
#
# And they meet. A fair coin is to be told over a wire that flips one bit in ten. Clever coding
# comes as near to the best as one likes, with long blocks. The lazy way: send the bit as it is.

# %%
wire = rd.solve_capacity(sources.named_channel("bsc:0.1"))
needed = rd.solve_distortion(sources.bernoulli(0.5), 0.1)
print(f"the wire carries {wire.capacity:.6f}, one error in ten needs {needed.rate:.6f} nats")
assert np.isclose(wire.capacity, needed.rate)
assert np.allclose(needed.channel, [[0.9, 0.1], [0.1, 0.9]], atol=1e-6)  # it *is* the wire

# %% [markdown]
# Lazy is optimal here: the channel that rate-distortion asks for is the very wire that we have.
# (Gastpar, Rimoldi and Vetterli, *To code, or not to code*, 2003.)
#
# The twins also split alike. A voltage within $[-A, A]$ is sent, and noise of variance 1 is added.
# One would use the whole range. Smith showed in 1971: a few levels are best.

# %%
for most in np.geomspace(0.8, 5, 12):
    limit = rd.solve_capacity(sources.named_channel(f"gaussian:A={most}"))
    level = sources.named_channel(f"gaussian:A={most}").inputs[limit.support]
    plt.scatter(np.full(level.size, most), level, s=100 * limit.input[limit.support], color="C0")
plt.gca().set(xlabel="greatest voltage A", ylabel="levels in use")
plt.show()
two, three = (rd.solve_capacity(sources.named_channel(f"gaussian:A={a}")) for a in (1.5, 2))
assert two.support.size == 2
assert three.support.size == 3

# %% [markdown]
# Compare it with the atoms of [lesson 3](03_gaussian.py).
#
# ## Exercises
#
# 1. Of an erasure channel, whose bit is lost with probability 0.3 and known to be lost, what is the
#    capacity? (`named_channel("bec:0.3")`.) Why is it no surprise?
# 2. To send a 1 over the Z channel above costs 1, a 0 costs nothing. Half of the best mean cost is
#    allowed. Is half of the capacity left, less, or more?
# 3. Is lazy still optimal when the coin has 30 % heads, over the wire with one flip in ten?
#
# Answers are in [answers/04_capacity.py](answers/04_capacity.py). More:
# [Capacity, the other half of the chapter](../README.md#capacity-the-other-half-of-the-chapter).
