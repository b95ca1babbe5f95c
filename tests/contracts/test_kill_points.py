"""A point at which the process is killed is a step that the code has: renaming one would leave it untested."""

import pytest

from tests.journeys.kill_points import POINTS, WHEN_FIRST_STARTED, WHEN_STOPPED
from tests.journeys.killed import read_point

EVERY = [point for kills in (*POINTS.values(), WHEN_FIRST_STARTED, WHEN_STOPPED) for point in kills]


@pytest.mark.parametrize("point", sorted(set(EVERY)))
def test_a_kill_point_is_a_step_of_the_code(point: str) -> None:
    owner, name, when, nth = read_point(point)
    assert callable(getattr(owner, name))
    assert when in {"before", "after"}
    assert nth >= 1


def test_there_are_as_many_as_the_page_says() -> None:
    assert len(POINTS) + len(("while it stops", "at the first start")) >= 24
