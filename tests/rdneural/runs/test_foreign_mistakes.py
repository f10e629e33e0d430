"""Every usual mistake in four functions ends in one line that names it; what is right passes."""

import math

import numpy as np
import pytest
import torch
from torch import nn
from torch.distributions import Beta, Normal, VonMises
from torch.nn.functional import binary_cross_entropy_with_logits as cross_entropy
from torch.nn.functional import mse_loss

from rdneural.runs.foreign import measure_model
from tests.make.foreign import LinearNormal, four

PIXELS = 36
SURE = r"\(proved, but for a chance of 1e-6\)"


class Plain:
    """Codes around four features of binary images, and pixels that depend on them a little."""

    def __init__(self, pixels=PIXELS, dim=4):
        random = torch.Generator().manual_seed(5)
        self.to_code = torch.randn(pixels, dim, generator=random) / pixels**0.5
        self.to_logits = 2 * torch.randn(dim, pixels, generator=random)

    def mean(self, x):
        return 3 * (x.flatten(1) - 0.5) @ self.to_code

    def sample(self, x):
        return Normal(self.mean(x), 0.3).sample()

    def log_e(self, z, x):
        return Normal(self.mean(x), 0.3).log_prob(z).sum(1)

    def log_m(self, z):
        return Normal(0.0, 1.5).log_prob(z).sum(1)

    def log_d(self, x, z):
        return -self.pixel_losses(x, z).sum(1)

    def pixel_losses(self, x, z):
        return cross_entropy(z @ self.to_logits, x.flatten(1), reduction="none")


PLAIN = Plain()
SMALL = Plain(9)


def images(pixels=PIXELS, count=300):
    random = torch.Generator().manual_seed(1)
    side = math.isqrt(pixels)
    return torch.bernoulli(torch.full((count, side, side), 0.4), generator=random)


def refusal(model=PLAIN, x=None, *, error=ValueError, discrete=True, **changed):
    """Return the line that ends the measurement of a model with some functions changed."""
    x = images() if x is None else x
    with pytest.raises(error) as caught:
        measure_model(**four(model, **changed), images=x, discrete=discrete)
    line = str(caught.value)
    assert "\n" not in line
    return line


def test_what_is_right_is_measured_without_a_hint():
    for model, x in ((PLAIN, images()), (SMALL, images(9))):
        found = measure_model(model=model, images=x)
        assert found.hints == ()
        assert found.rate.value > 0


# -- shapes and numbers ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"log_e": lambda z, x: PLAIN.log_e(z, x).mean()},
         "log_e must return one number for each of a batch, shape (256,), got (): a mean or a sum"),
        ({"log_m": lambda z: PLAIN.log_m(z).mean()[None]}, "log_m must return one number"),
        ({"log_d": lambda x, z: -PLAIN.pixel_losses(x, z)}, "sum over all dimensions"),
        ({"log_d": lambda x, z: PLAIN.log_d(x, z)[:, None]}, "squeeze the last dimension"),
        ({"log_d": lambda x, z: PLAIN.log_d(x, z)[:, None] + PLAIN.log_m(z)},
         "something is broadcast"),
        ({"sample": lambda x: PLAIN.sample(x)[0]}, "sample must return one code for each of 8"),
        ({"sample": lambda x: Normal(PLAIN.mean(x), 0.3).sample((5,))}, "(8, ...), got (5, 8"),
        ({"sample": lambda x: PLAIN.sample(x) / 0}, "sample must return finite codes"),
        ({"log_m": lambda z: PLAIN.log_m(z) * math.nan}, "log_m must be a number, got NaN for 256"),
        ({"log_m": lambda z: PLAIN.log_m(z) - math.inf},
         "log_m must be finite at an image and a code of its own, got -inf for 256 of 256"),
        ({"log_d": lambda x, z: PLAIN.log_d(x, z) + math.inf}, "log_d must be below infinity"),
        ({"log_d": lambda z, x: PLAIN.log_d(x, z)},
         "log_d must take tensors of shape (256, 6, 6) and (256, 4), got RuntimeError"),
    ],
)  # fmt: skip
def test_what_has_another_shape_or_is_no_number_is_named(changed, said):
    assert said in refusal(**changed)


def test_what_is_no_function_no_tensor_or_too_much_is_named():
    assert "log_m must be a function, got int" in refusal(log_m=3, error=TypeError)
    assert "must return a tensor, got float" in refusal(log_m=lambda z: 1.0, error=TypeError)
    with pytest.raises(TypeError, match=r"must all be given, got sample$"):
        measure_model(images=images(), sample=PLAIN.sample)
    with pytest.raises(TypeError, match="got none of Linear"):
        measure_model(images=images(), model=nn.Linear(1, 1))
    with pytest.raises(ValueError, match="model must not be given beside functions, got log_e"):
        measure_model(images=images(), model=PLAIN, log_e=PLAIN.log_e)
    with pytest.raises(ValueError, match="name must be of letters"):
        measure_model(images=images(), model=PLAIN, name="a/b")


@pytest.mark.parametrize(
    ("x", "said"),
    [
        (images()[:1], "images must be two or more"), (torch.zeros(5), "got (5,)"),
        (images() / 0, "images must be finite, got NaN or infinity in 300 of 300"),
        ([["a"], ["b"]], "images must be an array or a tensor of numbers, got list"),
    ],
)  # fmt: skip
def test_images_that_are_none_are_refused(x, said):
    with pytest.raises((TypeError, ValueError)) as caught:
        measure_model(model=PLAIN, images=x)
    assert said in str(caught.value)


# -- rows -----------------------------------------------------------------------------------------


def test_rows_that_depend_on_each_other_are_found():
    normalised = nn.BatchNorm1d(4, track_running_stats=False)
    for changed in (
        {"log_m": lambda z: PLAIN.log_m(normalised(z))},
        {"log_e": lambda z, x: PLAIN.log_e(z, x) - PLAIN.log_e(z, x).mean()},
        {"log_d": lambda x, z: PLAIN.log_d(x, nn.functional.dropout(z))},
        {"log_e": lambda z, x: PLAIN.log_e(z, x.flip(0))},
    ):
        line = refusal(**changed)
        assert f"{next(iter(changed))} of a row must not depend on the other rows" in line


def test_codes_of_other_images_are_found():
    """A wrong image that is always the same one beside it: rows do not tell."""
    x = images()
    keys = {row.numpy().tobytes(): i for i, row in enumerate(x)}

    def other(part):
        return x[[(keys[row.numpy().tobytes()] + 1) % len(x) for row in part]]

    line = refusal(sample=lambda part: PLAIN.sample(other(part)))
    assert "log_e must be the log-density of what sample draws" in line


# -- codes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"log_e": lambda z, x: PLAIN.log_e(z, x) / 4}, "is it a mean over the 4 dimensions"),
        ({"log_e": lambda z, x: -PLAIN.log_e(z, x)}, "is its sign wrong"),
        ({"log_e": lambda z, x: Normal(PLAIN.mean(x), 0.09).log_prob(z).sum(1)}, SURE),
        ({"log_e": lambda z, x: Normal(PLAIN.mean(x), 0.6).log_prob(z).sum(1)}, SURE),
        ({"log_e": lambda z, x: PLAIN.log_e(z, x) + 0.2}, SURE),  # of no mass 1, by too much
        ({"log_e": lambda z, x: PLAIN.log_e(z, x) - 0.2}, SURE),  # and by too little
        ({"log_m": lambda z: PLAIN.log_m(z) / 4}, "is it a mean over the 4 dimensions"),
        ({"log_m": lambda z: -PLAIN.log_m(z)}, "is its sign wrong"),
        ({"sample": PLAIN.mean}, "does it return the mean in evaluation mode"),
    ],
)  # fmt: skip
def test_densities_of_codes_that_are_none_are_proved_wrong(changed, said):
    line = refusal(**changed)
    assert f"{next(iter(changed))} must" in line
    assert said.replace("\\", "") in line
    assert "proved" in line


def test_a_negative_rate_is_proved():
    x = images()
    line = refusal(LinearNormal(), LinearNormal().data(300), discrete=False,
                   log_m=lambda z: LinearNormal().log_m(z) * 0)  # fmt: skip
    assert line.startswith(("R must be at least 0, got -", "log_m must be the log of a density"))
    assert "proved" in line
    thin = refusal(**_on_a_circle(), x=x, log_m=lambda z: 5 + 0 * z[:, 0])
    assert thin.startswith("R must be at least 0")


def _on_a_circle():
    """Codes on a circle, which normals are no measure of: densities by the angle."""

    def angle(z):
        return torch.atan2(z[:, 1], z[:, 0])

    def of(x):
        return VonMises(PLAIN.mean(x)[:, 0], 9.0)

    class Circle(Plain):
        def sample(self, x):
            a = of(x).sample()
            return torch.stack([a.cos(), a.sin()], 1)

        def log_e(self, z, x):
            return of(x).log_prob(angle(z))

        def log_m(self, z):
            return torch.full_like(z[:, 0], -math.log(2 * math.pi))

    return {"model": Circle(dim=2)}


def test_codes_on_a_surface_are_not_held_against_densities_of_all_codes():
    found = measure_model(model=_on_a_circle()["model"], images=images())
    (hint,) = found.hints
    assert "lie on a surface" in hint
    assert 0 < found.rate.value < 3
    assert "hint: codes lie" in repr(found)


def test_codes_that_no_seed_repeats_are_hinted_at():
    random = np.random.default_rng(0)

    def sample(x):
        return PLAIN.mean(x) + 0.3 * torch.tensor(random.normal(size=(len(x), 4))).float()

    (hint,) = measure_model(**four(PLAIN, sample=sample), images=images()).hints
    assert "another generator than torch's" in hint


def test_probabilities_of_discrete_codes_are_at_most_one():
    def bits(x):
        return (x.flatten(1)[:, :4] > 0.5).float()

    def own(z, x):
        return torch.where((z == bits(x)).all(1), 0.0, -math.inf)

    fixed = {"sample": bits, "log_e": own,
             "log_m": lambda z: -4 * math.log(2) + 0 * z[:, 0]}  # fmt: skip
    found = measure_model(**four(PLAIN, **fixed), images=images())
    assert found.rate.value == pytest.approx(4 * math.log(2))
    line = refusal(**fixed | {"log_m": lambda z: PLAIN.log_m(z) + 9})
    assert line.startswith("log_m must be at most 0 where codes are discrete")
    line = refusal(**fixed | {"log_e": lambda z, x: 0 * z[:, 0]})
    assert "got 2 for two codes of an image (proved): of a fixed map" in line


def test_codes_and_pixels_with_bounds_are_not_asked_beyond_them():
    def half(x):
        return x.flatten(1)[:, :3] / 2

    def shares(x):
        return Beta(2 + 5 * x.flatten(1)[:, :3], 4.0)

    model = {
        "sample": lambda x: shares(x).sample(),
        "log_e": lambda z, x: shares(x).log_prob(z).sum(1),
        "log_m": lambda z: Beta(2.0, 3.0).log_prob(z).sum(1),
    }
    for log_d, discrete in (
        (lambda x, z: -PIXELS * math.log(2) + 0 * z[:, 0], True),
        (lambda x, z: Beta(2.0, 2.0).log_prob(half(x) + 0.2).sum(1), False),
    ):
        found = measure_model(**model, log_d=log_d, images=images(), discrete=discrete)
        assert found.hints == ()
        assert found.best(images=50, codes=60).value < found.elbo.value
    assert "log_e must be the log-density" in refusal(
        log_d=log_d, **model | {"log_e": lambda z, x: model["log_e"](z, x) / 3}, discrete=False
    )


# -- pixels ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("model", "pixels"), [(PLAIN, PIXELS), (SMALL, 9)])
def test_probabilities_of_pixels_that_are_none_are_proved_wrong(model, pixels):
    x = images(pixels)

    def of_mean(x, z):
        return -model.pixel_losses(x, z).mean(1)

    mean = refusal(model, x, log_d=of_mean)
    assert f"a mean over the {pixels} pixels" in mean
    assert "(proved" in mean
    sign = refusal(model, x, log_d=lambda x, z: model.pixel_losses(x, z).sum(1))
    assert "log_d must be at most 0" in sign
    assert "a wrong sign" in sign
    squares = refusal(model, x, log_d=lambda x, z: -mse_loss(
        (z @ model.to_logits).sigmoid(), x.flatten(1), reduction="none").sum(1))  # fmt: skip
    assert "must be of probabilities that sum to 1" in squares


def test_too_little_mass_is_proved_where_all_images_can_be_listed():
    line = refusal(SMALL, images(9), log_d=lambda x, z: SMALL.log_d(x, z) - 0.1)
    assert "sum to 1 over all 512 images, got 0.9048 (proved)" in line


def test_grey_images_under_bernoulli_pixels_are_proved_wrong():
    grey = torch.tensor(np.random.default_rng(0).integers(0, 17, (300, 6, 6)) / 16).float()
    line = refusal(PLAIN, grey)
    assert "or are images no values that it has" in line
    assert SURE.replace("\\", "") in line
    noise = torch.rand(300, 6, 6, generator=torch.Generator().manual_seed(0))
    assert "images must have at most 256 values where discrete=True" in refusal(PLAIN, noise)


@pytest.mark.parametrize(
    ("log_d", "said"),
    [
        (lambda x, z: Normal(0.9 * z, 0.6).log_prob(x).sum(1), None),
        (lambda x, z: Normal(0.9 * z, 0.6).log_prob(x).mean(1), "log_d a mean over the 25 pixels"),
        (lambda x, z: -0.5 * (x - 0.9 * z).square().sum(1), "is a constant left out"),
    ],
)
def test_densities_of_pixels_are_hinted_at(log_d, said):
    model = LinearNormal(dim=25)
    found = measure_model(**four(model, log_d=log_d), images=model.data(300), discrete=False)
    assert len(found.hints) == (said is not None)
    for hint in found.hints:
        assert said in hint
        assert hint.endswith("(a hint)")
