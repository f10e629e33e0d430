# %% [markdown]
# # Answers to 6: the broken ELBO
#
# *1.* Copy the coin. A marginal that expects the wrong odds costs rate, a decoder that does not
# trust a perfect code costs distortion.

# %%
import numpy as np

import rdtheory as rd

coin, copied, doubted = [0.5, 0.5], np.eye(2), [[0.9, 0.1], [0.1, 0.9]]
wrong_odds = rd.Model(coin, copied, [0.8, 0.2], copied)
mistrust = rd.Model(coin, copied, coin, doubted)
print(f"{wrong_odds.marginal_gap:.3f} and {mistrust.decoder_gap:.3f} nats")
assert wrong_odds.marginal_gap > 0.1
assert np.isclose(wrong_odds.decoder_gap, 0)
assert mistrust.decoder_gap > 0.1
assert np.isclose(mistrust.marginal_gap, 0)

# %% [markdown]
# *2.* At any rate from 0.5 on: above the target $D + R - 0.5$ is the same all along the diagonal.
# With a weight of 2 more rate costs twice what it brings, and the target is the only minimum.

# %%
source, search = rd.toy_source(), rd.Search(restarts=2, seed=1)
rates = {
    weight: [fit.model.rate for fit in
             rd.fit_target_rate(source.p_x, 0.5, penalty=weight, options=search).fits]
    for weight in (1.0, 2.0)
}  # fmt: skip
print({weight: np.round(found, 3).tolist() for weight, found in rates.items()})
assert min(rates[1.0]) > 0.5 - 1e-3
assert np.allclose(rates[2.0], 0.5, atol=1e-3)
for model in (rd.Model.from_encoder(source.p_x, np.eye(30)), rd.optimal_toy_model()):
    assert np.isclose(model.distortion + abs(model.rate - 0.5), source.entropy - 0.5)

# %% [markdown]
# *3.* Of the first tenth of a nat three quarters, of 0.7 nats half: the class has less and less to
# give, and the rest of the rate goes to the places of the bins.

# %%
share = {}
for rate in (0.1, 0.7):
    model = rd.fit_target_rate(source.p_x, rate, smoothest=True, options=search).best.model
    share[rate] = rd.recovery(model, source.posterior).information / rate
print({rate: round(found, 3) for rate, found in share.items()})
assert 0.7 < share[0.1] < 0.8
assert 0.45 < share[0.7] < 0.55
