"""Patches against (14) and against what the images have at their places."""

from collections.abc import Callable

import numpy as np
import pytest
import tensorflow as tf

from tfpaintsep.superresolution.config import AdversarialConfig
from tfpaintsep.superresolution.pair import Pair
from tfpaintsep.superresolution.patches import (
    AdversarialSampler,
    cut_patches,
    most_correlated,
    pseudo_real,
)

MakePair = Callable[..., Pair]
SAMPLINGS = pytest.mark.parametrize("sampling", ["image", "crops"])


def batch_of(sampler: AdversarialSampler, step: int, replica: int = 0, replicas: int = 1) -> dict:
    return sampler.batch(tf.constant(step, tf.int64), tf.constant(replica), replicas)


def test_partner_is_the_channel_of_the_largest_correlation(rng: np.random.Generator) -> None:
    rgb = rng.random((20, 30, 3))
    maps = np.stack(
        [
            rgb[..., 1] + 0.3 * rgb[..., 0],
            7 - 2 * rgb[..., 1] + 0.4 * rgb[..., 2],  # follows green most, but inversely
            1e6 * rgb[..., 0],
        ],
        axis=-1,
    )
    assert most_correlated(maps, rgb).tolist() == [1, 2, 0]
    expected = [
        np.argmax([np.corrcoef(maps[..., i].ravel(), rgb[..., j].ravel())[0, 1] for j in range(3)])
        for i in range(3)
    ]
    assert most_correlated(maps, rgb).tolist() == expected
    assert most_correlated(np.ones((20, 30, 1)), rgb).shape == (1,)  # a constant map harms nothing


def test_cut_patches_with_every_flip(rng: np.random.Generator) -> None:
    images = rng.random((2, 9, 11, 3)).astype(np.float32)
    places = np.array([[0, 0, 0, 0], [1, 5, 7, 2], [1, 3, 2, 1], [0, 1, 4, 2]], np.int32)
    flips = np.array([[0, 0], [1, 0], [0, 1], [1, 1]], bool)
    patches = cut_patches(tf.constant(images), tf.constant(places), tf.constant(flips), 4)
    assert patches.shape == (4, 4, 4, 1)
    for patch, (image, row, column, channel), (up, left) in zip(
        patches.numpy(), places, flips, strict=True
    ):
        expected = images[image, row : row + 4, column : column + 4, channel]
        expected = expected[::-1] if up else expected
        expected = expected[:, ::-1] if left else expected
        np.testing.assert_array_equal(patch[..., 0], expected)


def test_mixture_is_equation_14() -> None:
    mixed = pseudo_real(tf.constant([0.2]), tf.constant([0.8]), tf.constant(0.25))
    np.testing.assert_allclose(mixed, [0.25 * 0.2 + 0.75 * 0.8])


def explanations(sampler: AdversarialSampler, pair: Pair, patch: np.ndarray) -> list[tuple]:
    """Every (beta, channel) with which (14) at some place, flipped or not, gives the patch."""
    maps = pair.images["interpolated"][0].numpy().astype(np.float64)
    rgb = pair.images["rgb"][0].numpy().astype(np.float64)
    side = sampler.patch
    found = []
    for flipped in (patch, patch[::-1], patch[:, ::-1], patch[::-1, ::-1]):
        for channel, partner in enumerate(sampler.partners):
            windows = [
                np.lib.stride_tricks.sliding_window_view(image[..., index], (side, side))
                for image, index in ((maps, channel), (rgb, partner))
            ]
            difference = windows[0] - windows[1]
            gap = flipped - windows[1]
            beta = np.sum(difference * gap, axis=(2, 3)) / np.sum(difference**2, axis=(2, 3))
            error = np.abs(beta[..., None, None] * difference - gap).max(axis=(2, 3))
            found += [(value, channel) for value in beta[error < 1e-5].tolist()]
    return found


def test_pseudo_real_patches_are_mixtures_of_the_images(make_pair: MakePair) -> None:
    pair = make_pair(5, 6)
    sampler = AdversarialSampler(pair, AdversarialConfig(patch=16, batch=6), seed=1)
    betas, channels = [], set()
    for step in range(4):
        real = batch_of(sampler, step)["real"].numpy()
        assert real.shape == (6, 16, 16, 1)
        found = [explanations(sampler, pair, patch[..., 0]) for patch in real]
        assert all(len(one) == 1 for one in found)
        channels |= {channel for [(_, channel)] in found}
        assert np.ptp([beta for [(beta, _)] in found]) < 1e-3  # one beta in a step
        betas.append(found[0][0][0])
    assert channels == {0, 1, 2}
    assert len(set(np.round(betas, 4))) == 4


def test_beta_is_uniform_up_to_its_limit(make_pair: MakePair) -> None:
    # With maps of one and a photograph of zero, a patch is its beta.
    pair = make_pair(4, 4)
    pair.images["interpolated"] = tf.ones_like(pair.images["interpolated"])
    pair.images["rgb"] = tf.zeros_like(pair.images["rgb"])
    sampler = AdversarialSampler(pair, AdversarialConfig(patch=8, batch=2), seed=0)
    one = tf.function(lambda step: sampler.real(step)[0, 0, 0, 0])
    betas = np.array([one(step).numpy() for step in tf.range(400)])
    assert betas.min() >= 0
    assert 0.85 < betas.max() <= 0.9
    counts = np.histogram(betas, bins=4, range=(0, 0.9))[0]
    assert np.abs(counts - 100).max() < 45


def test_flips_and_channels_are_fair_and_can_be_switched_off(make_pair: MakePair) -> None:
    pair = make_pair()
    sampler = AdversarialSampler(pair, AdversarialConfig(patch=8, batch=600), seed=3)
    batch = batch_of(sampler, 0)
    assert np.all(np.abs(np.mean(batch["flips"], axis=0) - 0.5) < 0.1)
    counts = np.bincount(batch["places"][:, 3], minlength=3)
    assert np.abs(counts - 200).max() < 70
    rows, columns = batch["places"][:, 1], batch["places"][:, 2]
    assert (np.min(rows), np.max(rows)) == (0, 48 - 8)
    assert (np.min(columns), np.max(columns)) == (0, 36 - 8)
    unflipped = AdversarialSampler(pair, AdversarialConfig(patch=8, batch=9, flips=False), seed=3)
    assert not np.any(batch_of(unflipped, 0)["flips"])


@SAMPLINGS
@pytest.mark.parametrize("scale", [3, 4])
def test_reconstructed_patches_come_from_where_they_say(
    sampling: str, scale: int, make_pair: MakePair
) -> None:
    pair = make_pair(scale=scale)
    config = AdversarialConfig(patch=13, batch=8, sampling=sampling, flips=False)
    sampler = AdversarialSampler(pair, config, seed=2)
    whole = AdversarialSampler(pair, config.model_copy(update={"sampling": "image"}), seed=2)
    for step in range(3):
        batch, reference = batch_of(sampler, step), batch_of(whole, step)
        # Cut from the crops or from the image itself, they are the same patches.
        cut = cut_patches(batch["interpolated"], batch["places"], batch["flips"], 13)
        expected = cut_patches(
            reference["interpolated"], reference["places"], reference["flips"], 13
        )
        np.testing.assert_array_equal(cut, expected)
        # And the crops are whole blocks, so U and the projection mean the same in them.
        np.testing.assert_allclose(
            pair.downsampling.down(batch["rgb"]).shape[1:3], batch["xrf"].shape[1:3]
        )


@SAMPLINGS
def test_same_step_same_batch_in_any_number_of_shares(sampling: str, make_pair: MakePair) -> None:
    config = AdversarialConfig(patch=16, batch=6, sampling=sampling)
    make = lambda seed: AdversarialSampler(make_pair(), config, seed)  # noqa: E731
    whole = batch_of(make(0), 5)
    for name, value in batch_of(make(0), 5).items():
        np.testing.assert_array_equal(value, whole[name])
    for other in (batch_of(make(0), 6), batch_of(make(1), 5)):
        assert not np.array_equal(other["real"], whole["real"])
        assert not np.array_equal(other["flips"], whole["flips"])
    parts = [batch_of(make(0), 5, replica, 3) for replica in range(3)]
    for name in ("real", "flips"):
        together = np.concatenate([part[name] for part in parts])
        np.testing.assert_array_equal(together, whole[name])
    cut = lambda b: cut_patches(b["interpolated"], b["places"], b["flips"], 16)  # noqa: E731
    np.testing.assert_array_equal(np.concatenate([cut(part) for part in parts]), cut(whole))


@SAMPLINGS
def test_a_small_painting_makes_smaller_patches(sampling: str, make_pair: MakePair) -> None:
    sampler = AdversarialSampler(
        make_pair(6, 5), AdversarialConfig(batch=3, sampling=sampling), seed=0
    )
    assert sampler.patch == 20
    assert batch_of(sampler, 0)["real"].shape == (3, 20, 20, 1)


@SAMPLINGS
@pytest.mark.parametrize("size", [(5, 40), (40, 5), (8, 40), (9, 40), (6, 5), (2, 2)])
def test_a_narrow_painting_holds_all_its_patches(
    sampling: str, size: tuple[int, int], make_pair: MakePair
) -> None:
    config = AdversarialConfig(batch=8, sampling=sampling)
    sampler = AdversarialSampler(make_pair(*size), config, seed=0)
    side = min(32, 4 * min(size))
    assert sampler.patch == side
    for step in range(6):
        batch = batch_of(sampler, step)
        height, width = batch["interpolated"].shape[1:3]
        places = batch["places"].numpy()
        assert np.all(places >= 0)
        assert np.all(places[:, 1:3] <= [height - side, width - side])
        assert np.all(places[:, 0] < batch["interpolated"].shape[0])
        cut = cut_patches(batch["interpolated"], batch["places"], batch["flips"], side)
        assert cut.shape == batch["real"].shape == (8, side, side, 1)
