"""The names that rdtheory hands on."""

import importlib
import subprocess
import sys

import pytest

import rdtheory


def test_every_name_has_a_home_and_is_what_is_there():
    named = {name: home for home, names in rdtheory.HOMES.items() for name in names.split()}
    assert set(named) == set(rdtheory.__all__)
    assert list(rdtheory.__all__) == sorted(rdtheory.__all__)
    for name, home in named.items():
        found = getattr(rdtheory, name)
        assert found is getattr(importlib.import_module(f"rdtheory.{home}"), name)
    assert set(rdtheory.__all__) <= set(dir(rdtheory))


def test_earlier_names_of_modules_keep_working():
    from rdtheory import convex_program, image_sources
    from rdtheory.solver.convex_program import solve_convex_program
    from rdtheory.sources import images

    assert convex_program.solve_convex_program is solve_convex_program
    for name in image_sources.__all__:
        assert getattr(image_sources, name) is getattr(images, name)


def test_another_name_is_none():
    with pytest.raises(AttributeError, match="module 'rdtheory' has no attribute 'rate'"):
        _ = rdtheory.rate


def test_importing_the_package_imports_nothing_of_it():
    code = (
        "import sys, rdtheory; assert 'numpy' not in sys.modules; from rdtheory import entropy; "
        "assert 'numba' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
