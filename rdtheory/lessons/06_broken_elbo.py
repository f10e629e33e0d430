# %% [markdown]
# # 6. The broken ELBO
#
# *Ten minutes; the code takes 4 seconds of a processor.*
#
# After this lesson you know why two models with the same likelihood can be opposites, why no slope
# chooses between them, and how to ask for what you want instead. It is the paper in small: Alemi et
# al., *Fixing a Broken ELBO*, 2018, [arXiv:1711.00464](https://arxiv.org/abs/1711.00464).

# %%
import matplotlib.pyplot as plt
import numpy as np

import rdtheory as rd

# %% [markdown]
# The data: 30 bins, made by a hidden class $z^*$ that nobody will tell us.

# %%
source = rd.toy_source()
H, bins = source.entropy, np.arange(30)
for k in (0, 1):
    plt.bar(bins, source.p_class[k] * source.p_x_given_class[k], alpha=0.6, label=f"class {k}")
plt.step(bins, source.p_x, "k", where="mid", label="what is seen")
plt.gca().set(xlabel="x", ylabel="p(x)")
plt.legend()
plt.show()
print(f"H = {H:.4f} nats, of which {source.mutual_information:.4f} are about the class")
assert np.isclose(source.mutual_information, 0.5)

# %% [markdown]
# A latent-variable model has an encoder $e(z|x)$, a marginal $m(z)$ and a decoder $d(x|z)$. To send
# $x$ by way of $z$ costs
#
# $$R = \mathbb{E} \log \frac{e(z|x)}{m(z)}, \qquad D = -\mathbb{E} \log d(x|z),$$
#
# and what everybody trains for, minus the ELBO, is their sum. It is never below $H$, and what is
# above it is waste. Here are three models without any.

# %%
models = {
    "ignores x": rd.Model.from_encoder(source.p_x, np.full((30, 30), 1 / 30)),
    "knows the class": rd.optimal_toy_model(),
    "copies x": rd.Model.from_encoder(source.p_x, np.eye(30)),
}
for name, model in models.items():
    total = model.rate + model.distortion
    print(f"{name:>15}: R {model.rate:.3f} + D {model.distortion:.3f} = {total:.4f}")
    assert np.isclose(total, H)
    assert model.excess < 1e-9

# %% [markdown]
# **One ELBO.** The first does not look at its data, the last has learned nothing, the middle one
# knows how the data came about. A single number cannot tell them apart; two can.

# %%
plt.plot([0, H], [H, 0], "k-", lw=1, label="R + D = H: nothing is below")
for name, model in models.items():
    plt.plot(model.rate, model.distortion, "o", ms=9, label=name)
plt.gca().set(xlabel="rate R (nats)", ylabel="distortion D (nats)")
plt.legend()
plt.show()

# %% [markdown]
# Which of them does training find? Minus the ELBO is $D + \beta R$ with $\beta = 1$; a $\beta$-VAE
# takes another $\beta$. We fit encoder, decoder and marginal together:

# %%
search = rd.Search(restarts=2, seed=1)
for beta in (0.5, 0.9, 1.0, 1.1, 2.0):
    fit = rd.fit_beta(source.p_x, beta, options=search).best
    print(f"beta {beta:g}: R = {fit.model.rate:.3f}")
    assert fit.model.rate > 2 if beta < 1 else fit.model.rate < 0.01

# %% [markdown]
# **The surprise.** Nothing in between, ever. A line of slope $-\beta$ pushed against a *straight*
# frontier touches an end of it: all or nothing. (In lesson 1 the frontier was curved, so that a
# slope chose a point. Here the decoder can be anything, and it is straight.) At $\beta = 1$ every
# model above is optimal, and training takes the one that is nearest to its start: the one that
# ignores.
#
# So do not set a price. Ask for the *rate*: minimise $D$ such that $R = 0.5$.

# %%
asked = rd.fit_target_rate(source.p_x, 0.5, options=rd.Search(restarts=6, seed=1)).fits
for fit in asked:
    told = rd.recovery(fit.model, source.posterior).information
    print(f"R = {fit.model.rate:.4f}, excess {fit.model.excess:.0e}, of the class {told:.3f}")
    assert abs(fit.model.rate - 0.5) < 1e-6
    assert fit.model.excess < 1e-5

# %% [markdown]
# Every one is optimal, all have the rate, and each tells another share of the class. $R$ says how
# much is told. It does not say what. Among the optimal models we now want the encoder that changes
# least from a bin to the next: the *smoothest*. Dark are pairs of bins that are coded alike,
# $\sum_z \sqrt{e(z|x)\, e(z|x')}$ near one.

# %%
smooth = rd.fit_target_rate(source.p_x, 0.5, smoothest=True, options=search).fits
figure, axes = plt.subplots(1, 3, figsize=(10, 3.2), sharey=True)
shown = [("the process itself", models["knows the class"]), ("asked for a rate", asked[0].model)]
for ax, (name, model) in zip(axes, [*shown, ("the smoothest", smooth[0].model)], strict=True):
    root = np.sqrt(model.encoder)
    ax.imshow(root @ root.T, cmap="Blues", vmin=0, vmax=1)
    ax.set(title=name, xlabel="x")
axes[0].set_ylabel("x' (dark: coded alike)")
plt.show()

# %% [markdown]
# Left: two kinds of data, coded alike within. Right: found again, by nothing but a rate and
# smoothness. And no code of that rate could tell much more:

# %%
joint = (source.p_class[:, None] * source.p_x_given_class).T  # p(x, z*)
most = rd.bottleneck.bottleneck_rate(joint, 0.5)
groups = {"made by hand": [models["knows the class"]], "asked for a rate": [f.model for f in asked],
          "and smoothest": [f.model for f in smooth]}  # fmt: skip
for place, found in enumerate(groups.values()):
    told = [rd.recovery(model, source.posterior).information for model in found]
    plt.plot([place] * len(told), told, "o")
plt.axhline(most.relevance_bound, color="k", ls=":", label="no code of this rate tells more")
plt.xticks(range(3), groups)
plt.gca().set(ylabel="told of the class (nats)", ylim=(0.25, 0.42))
plt.legend()
plt.show()
assert min(told) > 0.378
assert max(told) < most.relevance_bound < 0.389

# %% [markdown]
# ## Exercises
#
# 1. Give a fair coin a model whose excess is a marginal gap alone, and one whose excess is a
#    decoder gap alone, 0.1 nats each or more.
# 2. The paper asks for a rate by $D + |R - 0.5|$, `penalty=1`. Which rates can it end at, and what
#    does `penalty=2` change?
# 3. Ask for 0.1 and for 0.7 nats. Which share of the rate is about the class? Use the smoothest.
#
# Answers are in [answers/06_broken_elbo.py](answers/06_broken_elbo.py). All of it:
# [The toy study](../README.md#the-toy-study).
