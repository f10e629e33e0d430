"""Lessons in percent format: read as cells, run as a notebook."""

import matplotlib.pyplot as plt
import pytest

from figures.parts.lessons import Cell, read_cells, run_cells

LESSON = """# %% [markdown]
# # A title
#
# some *words*

# %%
import matplotlib.pyplot as plt
two = 1 + 1

# %% named
print(two)
plt.plot([0, two])
plt.show()
plt.figure()
"""


@pytest.fixture
def lesson(tmp_path):
    path = tmp_path / "01_lesson.py"
    path.write_text(LESSON)
    return path


def test_cells_are_read_with_their_kinds_and_lines(lesson):
    cells = read_cells(lesson)
    assert cells[0] == Cell("markdown", "# A title\n\nsome *words*", 2)
    assert cells[1] == Cell("code", "import matplotlib.pyplot as plt\ntwo = 1 + 1", 7)
    assert [(cell.kind, cell.line) for cell in cells[2:]] == [("code", 11)]
    lines = LESSON.splitlines()
    for cell in cells[1:]:
        assert lines[cell.line - 1 :][: cell.source.count("\n") + 1] == cell.source.splitlines()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x = 1\n# %%\n", "must begin with a cell"),
        ("", "must begin with a cell"),
        ("# %% [raw]\n# x\n", "code or markdown, got 'raw'"),
        ("# %% [markdown]\n# x\ny = 1\n", "line 3: markdown must be comments, got 'y = 1'"),
    ],
)
def test_what_is_no_lesson_is_refused(tmp_path, text, said):
    path = tmp_path / "lesson.py"
    path.write_text(text)
    with pytest.raises(ValueError, match=said):
        read_cells(path)


def test_cells_share_names_and_leave_no_figure_open(lesson):
    plt.figure()
    show, backend = plt.show, plt.get_backend()
    ran = run_cells(read_cells(lesson), lesson)
    assert [each.printed for each in ran] == ["", "", "2\n"]
    assert [len(each.pictures) for each in ran] == [0, 0, 2]
    assert all(picture.startswith(b"\x89PNG") for picture in ran[2].pictures)
    assert not plt.get_fignums()
    assert (plt.show, plt.get_backend()) == (show, backend)


def test_a_cell_that_fails_says_where(lesson):
    lesson.write_text(LESSON + "\n# %%\nplt.figure()\nraise KeyError('here')\n")
    with pytest.raises(KeyError, match="here") as caught:
        run_cells(read_cells(lesson), lesson)
    last = caught.traceback[-1]
    assert (str(last.path), last.lineno) == (str(lesson), 17)
    assert not plt.get_fignums()
