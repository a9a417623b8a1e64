"""Pairs, the twice downsampled pair, and crops of whole coarse pixels."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from tfpaintsep.superresolution.config import PretrainingConfig
from tfpaintsep.superresolution.projection import Downsampling
from tfpaintsep.superresolution.sampling import (
    AUGMENTED,
    CropCutter,
    Pair,
    PretrainingSampler,
    split_batch,
)

MakePair = Callable[..., Pair]


def batch_of(sampler: PretrainingSampler, step: int, replica: int = 0, replicas: int = 1) -> dict:
    return sampler.batch(tf.constant(step, tf.int64), tf.constant(replica), replicas)


def blocks(**settings: Any) -> PretrainingConfig:
    return PretrainingConfig.model_validate({"sampling": "blocks", "batch": 12, **settings})


@pytest.mark.parametrize("operator", ["mean", "decimate"])
def test_twice_downsampled_pair(operator: str, make_pair: MakePair) -> None:
    pair = make_pair(11, 14, 4, operator)
    again = pair.downsampled()
    assert again.size == (2, 3)
    # The maps are cropped to a multiple, and the photograph with them.
    xrf, rgb = pair.images["xrf"][:, :8, :12], pair.images["rgb"][:, :32, :48]
    np.testing.assert_array_equal(again.images["xrf"], pair.downsampling.down(xrf))
    np.testing.assert_array_equal(again.images["rgb"], pair.downsampling.down(rgb))
    assert again.images["interpolated"].shape == (1, 8, 12, 3)
    assert "truth" not in again.images
    np.testing.assert_array_equal(pair.downsampled(keep_truth=True).images["truth"], xrf)


def test_pair_refuses_sizes_that_do_not_fit(make_pair: MakePair) -> None:
    with pytest.raises(ValueError, match=r"4 times.*\(20, 24\).*Received: \(20, 23\)"):
        Pair(np.zeros((5, 6, 2)), np.zeros((20, 23, 3)), Downsampling(4))
    with pytest.raises(ValueError, match=r"at least 4.*Received: \(3, 9\)"):
        make_pair(3, 9).downsampled()


@pytest.mark.parametrize("crop", [1, 3])
def test_crops_are_what_the_images_have_there(crop: int, make_pair: MakePair) -> None:
    pair = make_pair(scale=3)
    cutter = CropCutter(pair, crop)
    origins = cutter.random_origins(7, tf.constant([0, 1]))
    cut = cutter.cut(origins)
    for index, (row, column) in enumerate(origins.numpy().tolist()):
        for name, side in (("xrf", 1), ("interpolated", 3), ("rgb", 3)):
            rows = slice(side * row, side * (row + crop))
            columns = slice(side * column, side * (column + crop))
            np.testing.assert_array_equal(
                cut[name][index], pair.images[name][0, rows, columns], err_msg=name
            )


def test_crops_reach_every_place_evenly(make_pair: MakePair) -> None:
    cutter = CropCutter(make_pair(6, 5), 2)
    origins = cutter.random_origins(4000, tf.constant([0, 1])).numpy()
    counts = np.histogramdd(origins, bins=[np.arange(6), np.arange(5)])[0]
    assert counts.sum() == 4000  # and nowhere else
    assert np.abs(counts - 200).max() < 6 * np.sqrt(200)
    assert CropCutter(make_pair(6, 5), 99).crop == 5


def test_image_batches_hold_everything(make_pair: MakePair) -> None:
    pair = make_pair()
    batch = batch_of(PretrainingSampler(pair, PretrainingConfig(), 0), 3)
    plain, augmented = split_batch(batch)
    assert set(plain) == set(augmented) == {"xrf", "interpolated", "rgb"}
    for name, image in plain.items():
        np.testing.assert_array_equal(image, pair.images[name])
    for name, image in pair.downsampled().images.items():
        np.testing.assert_array_equal(augmented[name], image)


def test_augmentation_can_be_left_out_or_know_its_truth(make_pair: MakePair) -> None:
    pair = make_pair()
    assert len(split_batch(batch_of(PretrainingSampler(pair, blocks(augmented="off"), 0), 0))) == 1
    batch = batch_of(PretrainingSampler(pair, blocks(augmented="wald", batch=64), 0), 0)
    plain, augmented = split_batch(batch)
    assert "truth" not in plain
    np.testing.assert_allclose(
        pair.downsampling.down(augmented["truth"]), augmented["xrf"], atol=1e-6
    )


def test_block_batches_share_out_in_proportion(make_pair: MakePair) -> None:
    sampler = PretrainingSampler(make_pair(16, 12), blocks(batch=64), 0)
    batch = batch_of(sampler, 0)
    assert batch["interpolated"].shape == (64, 4, 4, 3)
    assert batch["xrf"].shape == (64, 1, 1, 3)
    assert batch[AUGMENTED + "rgb"].shape == (64 // 16, 4, 4, 3)


@pytest.mark.parametrize("crop", [1, 2])
def test_same_step_same_blocks_in_any_number_of_shares(crop: int, make_pair: MakePair) -> None:
    make = lambda seed: PretrainingSampler(make_pair(), blocks(batch=72, crop=crop), seed)  # noqa: E731
    whole = batch_of(make(0), 5)
    for name, image in batch_of(make(0), 5).items():
        np.testing.assert_array_equal(image, whole[name])
    for other in (batch_of(make(0), 6), batch_of(make(1), 5)):
        assert not np.array_equal(other["rgb"], whole["rgb"])
    parts = [batch_of(make(0), 5, replica, 2) for replica in range(2)]
    for name, image in whole.items():
        np.testing.assert_array_equal(np.concatenate([part[name] for part in parts]), image)
