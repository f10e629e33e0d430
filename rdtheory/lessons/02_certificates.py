# %% [markdown]
# # 2. Certificates, and why Blahut-Arimoto crawls
#
# *Ten minutes; the code takes 3 seconds of a processor.*
#
# After this lesson you can prove, with one sum, how far *any* guess is from the best that can be
# done; you have written the textbook algorithm, and seen where it all but stops.

# %%
import matplotlib.pyplot as plt
import numpy as np

import rdtheory as rd
from rdtheory import sources

coin = sources.bernoulli(0.3)
p, d = coin.p_x, 1 - np.eye(2)

# %% [markdown]
# We look for the least $D + \beta R$. Fix how often each output is used, $m(y)$. Then the best
# channel is known, $q(y|x) = m(y)\, e^{-d(x,y)/\beta} / Z(x)$ with
# $Z(x) = \sum_y m(y)\, e^{-d(x,y)/\beta}$, and what it costs is
#
# $$V(m) = -\beta \sum_x p(x) \log Z(x).$$
#
# What is left is to find $m$. Here is one made up on the spot:

# %%
beta, m = 0.5, np.array([0.5, 0.5])
weight = np.exp(-d / beta)
Z = weight @ m
V = -beta * p @ np.log(Z)
print(f"this guess costs {V:.4f}")

# %% [markdown]
# Is that good? Ask of each output how much it is *wanted*:
# $c(y) = \sum_x p(x)\, e^{-d(x,y)/\beta} / Z(x)$. Above one: use it more. Below: less. And now the
# gem of this theory: the same numbers prove that nobody can do better than
#
# $$V(m) - \beta \log \max_y c(y).$$

# %%
c = (p / Z) @ weight
bound = V - beta * np.log(c.max())
print(f"wanted {c.round(3)}: nobody gets below {bound:.4f}")
guess = rd.certify(p, d, beta, m)  # the same, from the library
assert np.isclose(guess.value, V)
assert np.isclose(guess.bound, bound)
best = rd.solve_slope(coin, beta=beta)
assert bound < best.value < V

# %% [markdown]
# **The first surprise.** A *bad* guess gives a true bound. So take thousands of guesses: each lies
# above the optimum, each bound below it, and at one $m$ they meet.

# %%
ms = np.linspace(0.005, 0.995, 199)
pairs = [rd.certify(p, d, beta, [1 - each, each]) for each in ms]
values, bounds = ([getattr(pair, name) for pair in pairs] for name in ("value", "bound"))
plt.plot(ms, values, label="what the guess costs")
plt.plot(ms, bounds, label="what nobody gets below")
plt.axhline(best.value, color="k", lw=0.8, ls=":")
plt.gca().set(xlabel="m(heads)", ylabel="D + βR", ylim=(0.0, 0.5))
plt.legend()
plt.show()
assert max(bounds) <= best.value + 1e-12
assert min(values) >= best.value - 1e-12

# %% [markdown]
# The algorithm is in your hands already: use what is wanted, $m(y) \leftarrow m(y)\, c(y)$. That is
# **Blahut-Arimoto** (1972), all of it.

# %%
for step in range(30):
    Z = weight @ m
    m = m * ((p / Z) @ weight)
    if step % 10 == 9:
        print(f"after {step + 1} steps: gap {rd.certify(p, d, beta, m).gap:.1e} nats")
assert np.allclose(m, best.marginal, atol=1e-2)

# %% [markdown]
# It works. So where is the trouble? Make nats dearer, up to the **critical slope**, where it is
# best to say nothing. Below, in both scales of a logarithm, is the certified gap step by step.

# %%
critical = rd.critical_slope(coin)
for share in (0.5, 0.9, 1.0):
    crawl = rd.blahut_arimoto(coin, share * critical, gap=1e-7)
    plt.loglog(1 + np.arange(crawl.history.size), crawl.history, label=f"β = {share:g} critical")
    print(f"{share:g} of the critical slope: {crawl.iterations:,} steps")
plt.gca().set(xlabel="steps", ylabel="certified gap (nats)")
plt.legend()
plt.show()

# %% [markdown]
# Away from it the curve bends down: each step takes a *share* of the gap. At it there is a straight
# line: a *power* of the number of steps. An output that should not be used has $c(y)$ just below
# one, and is multiplied by that number, over and over. It dies, but never quickly.

# %%
n = np.array([300, 3000])
power = np.diff(np.log(crawl.history[n])) / np.diff(np.log(n))
print(f"the gap falls as the steps to the power {power[0]:.2f}")
assert abs(power[0] + 2) < 0.02
assert rd.blahut_arimoto(coin, 0.5 * critical, gap=1e-7).iterations < 100 < crawl.iterations / 10

# %% [markdown]
# **The second surprise** is how a crawl looks from within. A usual stopping rule is "$R$ does not
# change any more". On a Gaussian with a hundred letters, stopped when $R$ moves by less than a
# millionth of a nat:

# %%
normal = sources.gaussian(100)
slow = rd.blahut_arimoto(normal, 0.5, gap=1e-4, trace=True)
still = int(np.argmax(np.abs(np.diff(slow.rates)) < 1e-6))
print(f"at step {still} R moves by less than 1e-06, and the gap is {slow.history[still]:.4f}")
assert slow.history[still] > 1000 * 1e-6

# %% [markdown]
# A thousand times more than it seems. "It stopped moving" is no proof: solvers here stop on the
# gap, and never on anything else; and they take the step that a crawl cannot, by Newton's method on
# the outputs that are in use.

# %%
rd.plot_convergence(slow)
plt.show()
quick = rd.solve_slope(normal, beta=0.5)
print(f"ours: gap {quick.gap:.1e} after {quick.iterations} steps; crawl: {slow.iterations:,} steps")
assert quick.gap < 1e-9
assert quick.iterations < 100 < slow.iterations

# %% [markdown]
# ## Exercises
#
# 1. Without a computer: which bound does $m = (1, 0)$, "always tails", give for this coin at
#    $\beta = 0.5$? Check it with `certify`.
# 2. The bound holds for every $m$. Draw a hundred of them for the Gaussian with 100 letters; how
#    far below the optimum is the best of their bounds, and how far above it the best of the values?
# 3. How do the steps of Blahut-Arimoto grow as $\beta$ comes near the critical slope? Count them at
#    $1 - \beta/\beta_c$ = 0.1, 0.01 and 0.001.
#
# Answers are in [answers/02_certificates.py](answers/02_certificates.py). How much quicker our
# solver is, against five others: [How fast it is](../README.md#how-fast-it-is).
