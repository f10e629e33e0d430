"""Small models, broken and whole, and what is said of them."""

from rdneural.theory.evaluation import evaluate
from rdneural.theory.verdict import comparison_fault, judge
from rdtheory.sources.images import bars_and_stripes
from tests.make.models import SMALL, lively

BARS = bars_and_stripes(4)
SAMPLES = 1024


def small(family):
    return lively(family, sizes=SMALL)


def of_class(kind, module):
    """Return a module as one of another class, with the parts that it has."""
    module.__class__ = kind
    return module


def fault_of(model, source=BARS, *, samples=SAMPLES):
    """Return what the numbers alone say against a model."""
    return comparison_fault(evaluate(model, source, samples=samples))


def verdict_on(model, source=BARS, **options):
    return judge(model, source, **{"samples": SAMPLES} | options)[1]
