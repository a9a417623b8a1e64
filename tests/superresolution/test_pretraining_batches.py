"""Pairs, the twice downsampled pair, and crops of whole coarse pixels."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from tfpaintsep.superresolution.config import PretrainingConfig
from tfpaintsep.superresolution.crops import CropCutter
from tfpaintsep.superresolution.enlargement import Enlargement
from tfpaintsep.superresolution.pair import Pair
from tfpaintsep.superresolution.projection import Downsampling
from tfpaintsep.superresolution.sampling import AUGMENTED, PretrainingSampler, split_batch

MakePair = Callable[..., Pair]


def batch_of(sampler: PretrainingSampler, step: int, replica: int = 0, replicas: int = 1) -> dict:
    return sampler.batch(tf.constant(step, tf.int64), tf.constant(replica), replicas)


DISPLACEMENTS = ((0, 0), (1, -2), (-3, 0), (2, 5))


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
    np.testing.assert_array_equal(pair.downsampled(strength=1).images["truth"], xrf)


@pytest.mark.parametrize("strength", [0.3, 1.0])
@pytest.mark.parametrize("trust", [None, (1.0, 0.5, 0.0)])
def test_truth_is_the_asked_part_of_what_is_missing(
    strength: float, trust: tuple[float, ...] | None, make_pair: MakePair
) -> None:
    plain = make_pair(16, 20)
    xrf, rgb = (plain.images[name][0].numpy() for name in ("xrf", "rgb"))
    pair = Pair(xrf, rgb, Enlargement(plain.downsampling, trust=trust))
    images = pair.downsampled(strength, DISPLACEMENTS).images
    u = pair.downsampling
    for index in range(len(DISPLACEMENTS)):
        start = u.project(images["interpolated"], images["xrf"])[index]
        expected = start + strength * (xrf - start)
        np.testing.assert_allclose(images["truth"][index], expected, atol=1e-6)
    # A truth of any strength averages to the coarse maps, so that it can be reached.
    np.testing.assert_allclose(u.down(images["truth"]), images["xrf"], atol=1e-6)


def test_copies_of_displaced_photographs(make_pair: MakePair) -> None:
    plain = make_pair(16, 20)
    xrf, rgb = (plain.images[name][0].numpy() for name in ("xrf", "rgb"))
    guided = Pair(xrf, rgb, Enlargement(plain.downsampling, trust=(1.0, 1.0, 1.0)))
    pair, one = guided.downsampled(1.0, DISPLACEMENTS), guided.downsampled(1.0)
    assert (one.copies, pair.copies, pair.size) == (1, 4, one.size)
    photograph = one.images["rgb"][0].numpy()
    rows, columns = np.mgrid[:16, :20]
    for index, (down, right) in enumerate(DISPLACEMENTS):
        # By whole pixels; beyond its edge a photograph goes on as it ends there.
        source = np.clip(rows - down, 0, 15), np.clip(columns - right, 0, 19)
        np.testing.assert_array_equal(pair.images["rgb"][index], photograph[source])
        for name in ("xrf", "truth"):
            np.testing.assert_array_equal(pair.images[name][index], one.images[name][0])
        same = np.allclose(pair.images["interpolated"][index], one.images["interpolated"][0])
        assert same is ((down, right) == (0, 0))  # each is guided by its own photograph


def test_pair_refuses_sizes_that_do_not_fit(make_pair: MakePair) -> None:
    with pytest.raises(ValueError, match=r"4 times.*\(20, 24\).*Received: \(20, 23\)"):
        Pair(np.zeros((5, 6, 2)), np.zeros((20, 23, 3)), Downsampling(4))
    with pytest.raises(ValueError, match=r"at least 4.*Received: \(3, 9\)"):
        make_pair(3, 9).downsampled()


@pytest.mark.parametrize("crop", [1, 3])
def test_crops_never_mix_copies(crop: int, make_pair: MakePair) -> None:
    pair = make_pair(16, 20).downsampled(1.0, DISPLACEMENTS)
    for name, image in pair.images.items():
        marks = tf.range(4.0)[:, None, None, None]
        pair.images[name] = tf.broadcast_to(marks, image.shape)
    cutter = CropCutter(pair, crop)
    cut = cutter.cut(cutter.random_origins(200, tf.constant([0, 1])))
    copies = cut["xrf"][:, 0, 0, 0].numpy()
    assert set(copies) == {0, 1, 2, 3}
    for name, image in cut.items():
        assert image.shape[0] == 200
        np.testing.assert_array_equal(
            image, np.broadcast_to(copies[:, None, None, None], image.shape), err_msg=name
        )


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
    assert len(split_batch(batch_of(PretrainingSampler(pair, blocks(augmented="none"), 0), 0))) == 1
    batch = batch_of(PretrainingSampler(pair, blocks(augmented="wald", batch=64), 0), 0)
    plain, augmented = split_batch(batch)
    assert "truth" not in plain
    np.testing.assert_allclose(
        pair.downsampling.down(augmented["truth"]), augmented["xrf"], atol=1e-6
    )


@pytest.mark.parametrize("copies", [0, 3])
def test_block_batches_share_out_in_proportion(copies: int, make_pair: MakePair) -> None:
    config = blocks(batch=64, augmented="wald", displaced=copies)
    batch = batch_of(PretrainingSampler(make_pair(16, 12), config, 0, 1.0), 0)
    assert batch["interpolated"].shape == (64, 4, 4, 3)
    assert batch["xrf"].shape == (64, 1, 1, 3)
    assert batch[AUGMENTED + "rgb"].shape == (max(1, copies) * 64 // 16, 4, 4, 3)


@pytest.mark.parametrize("size", [(16, 49), (17, 22)])
def test_a_batch_has_as_many_blocks_as_it_is_told(
    size: tuple[int, int], make_pair: MakePair
) -> None:
    sampler = PretrainingSampler(make_pair(*size), blocks(batch=64, augmented="none"), 0, 1.0)
    assert sampler.samples == 64


def test_photographs_are_displaced_as_far_as_they_are_off(make_pair: MakePair) -> None:
    pair = make_pair(16, 20)
    # A photograph that shows its own places, in pixels.
    places = np.stack([*np.mgrid[:64, :80], np.zeros((64, 80))], axis=-1)
    pair.images["rgb"] = tf.constant(places[None], tf.float32)
    middle = pair.downsampled().images["rgb"][0, 8, 10, :2].numpy()

    def displaced(seed: int, deviation: float, copies: int = 200) -> np.ndarray:
        config = PretrainingConfig(augmented="wald", displaced=copies)
        batch = batch_of(PretrainingSampler(pair, config, seed, deviation), 0)
        rgb = batch[AUGMENTED + "rgb"]
        assert rgb.shape[0] == batch[AUGMENTED + "truth"].shape[0] == copies
        return (middle - rgb[:, 8, 10, :2].numpy()) / pair.downsampling.scale

    found = displaced(0, 1.5)
    np.testing.assert_array_equal(found, np.rint(found))
    np.testing.assert_allclose(found.std(axis=0), 1.5, rtol=0.15)
    assert np.abs(found.mean(axis=0)).max() < 0.35
    np.testing.assert_array_equal(displaced(0, 1.5), found)
    assert not np.array_equal(displaced(1, 1.5), found)
    np.testing.assert_array_equal(displaced(0, 0.0, 3), np.zeros((3, 2)))
    off = PretrainingSampler(pair, PretrainingConfig(augmented="wald"), 0, 1.5)
    assert batch_of(off, 0)[AUGMENTED + "rgb"].shape[0] == 1


@pytest.mark.parametrize(
    ("crop", "settings"), [(1, {}), (2, {}), (2, {"augmented": "wald", "displaced": 8})]
)
def test_same_step_same_blocks_in_any_number_of_shares(
    crop: int, settings: dict[str, Any], make_pair: MakePair
) -> None:
    config = blocks(batch=72, crop=crop, **settings)
    make = lambda seed: PretrainingSampler(make_pair(), config, seed, 1.5)  # noqa: E731
    whole = batch_of(make(0), 5)
    for name, image in batch_of(make(0), 5).items():
        np.testing.assert_array_equal(image, whole[name])
    for other in (batch_of(make(0), 6), batch_of(make(1), 5)):
        assert not np.array_equal(other["rgb"], whole["rgb"])
    parts = [batch_of(make(0), 5, replica, 2) for replica in range(2)]
    for name, image in whole.items():
        if not name.endswith("weight"):
            np.testing.assert_array_equal(np.concatenate([part[name] for part in parts]), image)
