"""The bar of a training: where it is shown, and that whatever ends it leaves a line of its own."""

import sys
from types import ModuleType, SimpleNamespace

import pytest

from rdneural.training import loop as training
from rdneural.training.options import LoopOptions
from tests.make.trainings import small_settings, train_small


@pytest.mark.parametrize("kernel", [False, True])
def test_a_bar_is_shown_in_a_kernel_and_ends_with_its_line_whatever_happens(
    tmp_path, monkeypatch, capsys, kernel
):
    shell = SimpleNamespace(kernel=None) if kernel else None
    python = ModuleType("IPython")
    python.get_ipython = lambda: shell
    monkeypatch.setitem(sys.modules, "IPython", python)
    monkeypatch.setitem(sys.modules, "ipykernel", ModuleType("ipykernel"))

    def full(learner, forward, x):
        raise OSError("No space left on device")

    monkeypatch.setattr(training, "take_step", full)
    with pytest.raises(OSError, match="No space"):
        train_small(tmp_path, small_settings(epochs=1), options=LoopOptions(bar=True))
    shown = capsys.readouterr().err
    assert shown.endswith("\n") if kernel else shown == ""
