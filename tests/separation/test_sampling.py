"""Batches are a function of (seed, step), and cover the painting as they should."""

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from tfpaintsep.images.patches import patch_grid
from tfpaintsep.separation.config import TrainingConfig
from tfpaintsep.separation.sampling import PatchSampler

HEIGHT, WIDTH = 44, 37


def make_sampler(height: int = HEIGHT, width: int = WIDTH, **settings: Any) -> PatchSampler:
    """A sampler whose pictures tell their own places: xray the row, init the column."""
    config = TrainingConfig.model_validate(
        {"sampling": "patches", "patch": 16, "stride": 4, "batch": 5, **settings}
    )
    row, column = np.indices((height, width), np.float32)
    rgb = np.random.default_rng(0).random((height, width, 3), np.float32)
    return PatchSampler(row, rgb, column, config)


def origins(sampler: PatchSampler, step: int) -> np.ndarray:
    return np.asarray(sampler.origins(tf.constant(step, tf.int64)))


def epoch(sampler: PatchSampler, number: int) -> list[tuple[int, int]]:
    """The places visited in an epoch, in order."""
    first = number * sampler.steps_per_epoch
    steps = range(first, first + sampler.steps_per_epoch)
    return [(int(r), int(c)) for step in steps for r, c in origins(sampler, step)]


CROPS: dict[str, Any] = {"sampling": "crops", "steps_per_epoch": 7}


@pytest.mark.parametrize("settings", [{}, CROPS], ids=["patches", "crops"])
def test_a_batch_depends_on_seed_and_step_alone(settings: dict[str, Any]) -> None:
    forwards = [origins(make_sampler(**settings), step) for step in range(12)]
    sampler = make_sampler(**settings)
    backwards = [origins(sampler, step) for step in reversed(range(12))][::-1]
    np.testing.assert_array_equal(forwards, backwards)
    compiled = tf.function(sampler.origins)
    for step, expected in enumerate(forwards):
        np.testing.assert_array_equal(compiled(tf.constant(step, tf.int64)), expected)
    other = [origins(make_sampler(**settings, seed=1), step) for step in range(12)]
    assert not np.array_equal(forwards, other)


def test_an_epoch_visits_each_patch_once_but_for_the_leftover() -> None:
    sampler = make_sampler()
    grid = {(int(r), int(c)) for r, c in patch_grid((HEIGHT, WIDTH), 16, 4)}
    assert len(grid) % 5 != 0  # so that there is a leftover
    for number in range(3):
        visited = epoch(sampler, number)
        assert len(visited) == len(set(visited)) == len(grid) // 5 * 5
        assert set(visited) <= grid
    assert sampler.steps == 120 * (len(grid) // 5)


def test_the_order_is_new_in_each_epoch_and_for_each_seed() -> None:
    orders = [epoch(make_sampler(), 0), epoch(make_sampler(), 1), epoch(make_sampler(seed=3), 0)]
    assert orders[0] != orders[1]
    assert orders[0] != orders[2]
    assert orders[0] != sorted(orders[0])


def test_an_epoch_longer_than_the_grid_begins_it_again() -> None:
    per_pass = make_sampler().steps_per_epoch
    sampler = make_sampler(steps_per_epoch=per_pass + 2)
    visited = epoch(sampler, 0)
    assert visited[5 * per_pass :] == visited[:10]


@pytest.mark.parametrize("settings", [{}, CROPS], ids=["patches", "crops"])
def test_replicas_share_the_batch_of_one(settings: dict[str, Any]) -> None:
    sampler = make_sampler(**{**settings, "batch": 6})
    whole = sampler.batch(tf.constant(4, tf.int64), tf.constant(0), 1)
    for replicas in (2, 4):  # four get one or two each
        parts = [
            sampler.batch(tf.constant(4, tf.int64), tf.constant(replica), replicas)
            for replica in range(replicas)
        ]
        for name in ("xray", "rgb", "init"):
            together = np.concatenate([part[name] for part in parts])
            np.testing.assert_array_equal(together, whole[name])


@pytest.mark.parametrize("settings", [{}, CROPS], ids=["patches", "crops"])
def test_a_patch_is_what_the_painting_has_there(settings: dict[str, Any]) -> None:
    sampler = make_sampler(**settings)
    rgb = np.random.default_rng(0).random((HEIGHT, WIDTH, 3), np.float32)
    for step in range(5):
        batch = sampler.batch(tf.constant(step, tf.int64), tf.constant(0), 1)
        assert batch["xray"].shape == batch["init"].shape == (5, 16, 16, 1)
        places = origins(sampler, step)
        for index, (row, column) in enumerate(places.tolist()):
            rows, columns = np.arange(row, row + 16), np.arange(column, column + 16)
            xray, init = batch["xray"][index, ..., 0], batch["init"][index, ..., 0]
            np.testing.assert_array_equal(xray, np.broadcast_to(rows[:, None], (16, 16)))
            np.testing.assert_array_equal(init, np.broadcast_to(columns, (16, 16)))
            np.testing.assert_array_equal(batch["rgb"][index], rgb[np.ix_(rows, columns)])


def test_crops_reach_every_border_and_never_beyond() -> None:
    sampler = make_sampler(**CROPS, batch=500)
    places = np.concatenate([origins(sampler, step) for step in range(8)])
    np.testing.assert_array_equal(places.min(axis=0), [0, 0])
    np.testing.assert_array_equal(places.max(axis=0), [HEIGHT - 16, WIDTH - 16])


def test_crops_are_spread_evenly() -> None:
    sampler = make_sampler(**CROPS, batch=500)
    rows = np.concatenate([origins(sampler, step)[:, 0] for step in range(8)])
    counts = np.bincount(rows, minlength=HEIGHT - 15)
    mean = counts.mean()
    assert np.abs(counts - mean).max() < 6 * np.sqrt(mean)


def test_a_crop_larger_than_the_painting_becomes_the_largest_square_in_it() -> None:
    sampler = make_sampler(20, 50, **CROPS, patch=64, stride=4)
    batch = sampler.batch(tf.constant(0, tf.int64), tf.constant(0), 1)
    assert batch["xray"].shape == (5, 20, 20, 1)
    assert len({column for _, column in origins(sampler, 0).tolist()}) > 1


def test_refuses_a_painting_with_fewer_patches_than_a_batch() -> None:
    with pytest.raises(ValueError, match="Received: 1 patches"):
        make_sampler(16, 16)
    with pytest.raises(ValueError, match="patch"):
        make_sampler(15, 40)
