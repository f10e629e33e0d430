# %% [markdown]
# # Answers to 4: your own data
#
# *1.* It is refused before anything is trained: no 64 pixels of zeros and ones hold more than
# $64 \log 2$ nats.

# %%
import tempfile
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

import rdneural as rn

place = Path(tempfile.mkdtemp())
digits = load_digits()
small = {"preset": "tiny", "batch": 64, "learning_rate": 0.01, "binarise": "threshold:0.5",
         "name": "digits", "pictures": 1, "progress": False}  # fmt: skip
try:
    rn.train((digits.images / 16, digits.target), target_rate=1000, out=place / "no", **small)
except ValueError as error:
    print(error)
else:
    raise AssertionError("no image holds 1,000 nats")
assert round(64 * np.log(2), 1) == 44.4
assert not (place / "no").exists()

# %% [markdown]
# *2.* Yes: a data set is its pixels, its rule and its name, wherever it lies.

# %%
np.savez(place / "digits.npz", images=digits.images / 16, labels=digits.target)
small = {name: value for name, value in small.items() if name != "name"}
of_file = rn.train(place / "digits.npz", beta=1, epochs=1, out=place / "file", **small)
print(of_file.result["data"])
assert of_file.result["data"] == "digits (threshold:0.5, 9f5c8273)"

# %% [markdown]
# *3.* $D$: the decoder is asked to draw what it has never seen. $R$ alone would not have told.

# %%
sharp = (digits.images >= 8).astype(float)
digit, negative = of_file.measure(sharp), of_file.measure(1 - sharp)
print(digit, negative, sep="\n")
assert negative.distortion.value > digit.distortion.value + 10
