"""What `help` shows of the public names: 80 columns wide, with an example that doctests run."""

import inspect
import pydoc
from collections.abc import Iterator

import rdneural
import rdtheory
from rdtheory.sources import images

WIDE = 80
ROOMS = (rdtheory, rdtheory.sources, images, rdtheory.bottleneck, rdneural)


def _named() -> Iterator[tuple[str, object]]:
    """Yield the public names of all rooms and what they stand for, each once."""
    seen = set()
    for room in ROOMS:
        for name in room.__all__:
            found = getattr(room, name)
            ours = getattr(found, "__module__", "").startswith(("rdtheory", "rdneural"))
            if ours and found not in seen:
                seen.add(found)
                yield f"{room.__name__}.{name}", found


def _parts(found: type) -> Iterator[object]:
    """Yield the public methods and properties of a class of ours that `help` shows."""
    for name, part in inspect.getmembers(found):
        made_by = getattr(part, "fget", None) or getattr(part, "func", None) or part
        module = getattr(made_by, "__module__", None) or ""
        if not name.startswith("_") and module.startswith(("rdtheory", "rdneural")):
            yield made_by


def _wide(found: object, indent: int) -> list[str]:
    lines = (inspect.getdoc(found) or "").splitlines()
    return [line for line in lines if indent + len(line) > WIDE]


def test_docstrings_of_public_names_fit_80_columns_in_help():
    shown = pydoc.render_doc(rdtheory.solve_slope, renderer=pydoc.plaintext)
    assert inspect.getdoc(rdtheory.solve_slope).splitlines()[-1] in shown
    wide = {}
    for name, found in _named():
        wide[name] = _wide(found, 4)  # what pydoc puts before a line
        if inspect.isclass(found):
            wide[name] += [line for part in _parts(found) for line in _wide(part, 8)]
    assert len(wide) > 100
    assert {name: lines for name, lines in wide.items() if lines} == {}


def test_public_names_have_an_example():
    assert [name for name, found in _named() if ">>> " not in (inspect.getdoc(found) or "")] == []
