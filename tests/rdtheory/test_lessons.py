"""The lessons of the theory run, two minutes each at most, and have what a lesson must have."""

import pytest

from tests.make.lessons import assert_is_a_lesson, assert_runs, lessons_of

LESSONS = lessons_of("rdtheory")


def test_lessons_are_numbered_from_one():
    assert [path.name[:3] for path in LESSONS] == [f"{n:02}_" for n in range(1, 8)]


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_a_lesson_has_its_parts(path):
    assert_is_a_lesson(path)


@pytest.mark.timeout(120)
@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_a_lesson_and_its_answers_run(path):
    assert_runs(path)
