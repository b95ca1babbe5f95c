"""Withdrawing at any moment of a sending: after its commit no `dot` commits, whatever the timing."""

import pytest

from tests.adapters.notifier.race import race, race_of_groups
from tests.adapters.notifier.world import World


async def test_no_dot_commits_after_a_withdrawal(world: World) -> None:
    await assert_no_dot_after(world, rounds=50, seed=1)


@pytest.mark.long
async def test_no_dot_commits_after_a_withdrawal_a_thousand_times(world: World) -> None:
    await assert_no_dot_after(world, rounds=1000, seed=11)


async def assert_no_dot_after(world: World, *, rounds: int, seed: int) -> None:
    """Both orders must have occurred, or nothing was tried."""
    raced = await race(world, rounds=rounds, seed=seed)
    assert raced.violations == 0
    assert raced.sent > 0
    assert raced.overtaken > 0


@pytest.mark.parametrize("seed", [3, 4])
async def test_no_dot_of_a_group_commits_after_one_of_its_withdrawals(world: World, seed: int) -> None:
    await assert_no_dot_of_groups_after(world, rounds=8, seed=seed)


@pytest.mark.long
async def test_no_dot_of_a_group_commits_after_one_of_its_withdrawals_many_times(world: World) -> None:
    await assert_no_dot_of_groups_after(world, rounds=125, seed=17)


async def assert_no_dot_of_groups_after(world: World, *, rounds: int, seed: int) -> None:
    """Some dots must have been committed together, too."""
    raced = await race_of_groups(world, rounds=rounds, seed=seed)
    assert raced.violations == 0
    assert raced.sent > 0
    assert raced.overtaken > 0
    assert raced.most_together > 1
