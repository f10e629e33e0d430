"""The planes of the page: every point, line and tick where it belongs."""

import re

import numpy as np
import pytest

from figures.report.plane import plane
from rdtheory.pareto import pareto_front

DRAWN = 0.06
"""The drawing's places have one decimal."""


def test_the_points_of_the_planes_are_where_they_belong(rows):
    rate, distortion, elbo = (
        np.array([row[f"test_{name}"] for row in rows]) for name in ("rate", "distortion", "elbo")
    )
    drawn = plane(rows, "distortion")
    x, y = np.array([point["place"] for point in drawn["points"]]).T
    for measure, places in ((rate, x), (distortion, y)):
        line = np.polyfit(measure, places, 1)
        assert np.abs(np.polyval(line, measure) - places).max() < DRAWN
    for index in pareto_front(rate, distortion):
        assert "L{:.1f} {:.1f}".format(*drawn["points"][index]["place"]) in drawn["front"]
    skew = plane(rows, "elbo")
    dots = {
        "M{:.1f} {:.1f}h0".format(*skew["points"][index]["place"])
        for index in pareto_front(rate, distortion)
    }
    assert set(re.findall(r"M[\d.]+ [\d.]+h0", skew["front"])) == dots
    assert "L" not in skew["front"]
    x, y = np.array([point["place"] for point in skew["points"]]).T
    assert (np.diff(x[np.argsort(rate)]) >= 0).all()
    assert (np.diff(y[np.argsort(elbo)]) <= 0).all()
    low, high = sorted(float(v) for v in re.findall(r" ([\d.]+)", skew["bound"]))
    assert low == high == pytest.approx(y.max(), abs=DRAWN)  # the least R + D lies on the line


def test_ticks_lie_where_their_numbers_are(rows):
    drawn = plane(rows, "distortion")
    for ticks in (drawn["x_ticks"], drawn["y_ticks"]):
        places, values = zip(*((place, float(text)) for place, text in ticks), strict=True)
        assert np.ptp(np.diff(places)) < 4 * DRAWN
        assert len(set(np.diff(values))) == 1
