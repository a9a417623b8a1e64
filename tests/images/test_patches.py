"""Patches and tiles cover an image exactly and give it back."""

import numpy as np
import pytest

from tfpaintsep.images import OverlapAverage, patch_grid, patch_origins, tiles


@pytest.mark.parametrize(
    ("length", "patch", "stride", "expected"),
    [
        (10, 4, 3, [0, 3, 6]),
        (11, 4, 3, [0, 3, 6, 7]),
        (4, 4, 3, [0]),
        (5, 4, 9, [0, 1]),
        (12, 4, 4, [0, 4, 8]),
    ],
)
def test_origins_are_flush_with_the_end(length, patch, stride, expected):
    assert patch_origins(length, patch, stride).tolist() == expected


@pytest.mark.parametrize(("length", "patch", "stride"), [(3, 4, 1), (9, 4, 0), (9, 0, 1)])
def test_impossible_patches_are_refused(length, patch, stride):
    with pytest.raises(ValueError, match="Received"):
        patch_origins(length, patch, stride)


def test_grid_counts_follow_from_the_geometry():
    grid = patch_grid((600, 600), 50, 5)
    assert grid.shape == (12321, 2)
    assert grid.dtype == np.int32
    assert grid[:2].tolist() == [[0, 0], [0, 5]]
    assert len(np.unique(grid, axis=0)) == len(grid)


@pytest.mark.parametrize("channels", [None, 3])
@pytest.mark.parametrize(("size", "patch", "stride"), [((37, 23), 8, 3), ((16, 16), 16, 5)])
def test_patches_are_put_back_exactly(size, patch, stride, channels):
    shape = size if channels is None else (*size, channels)
    image = np.random.default_rng(1).normal(2e4, 1e4, shape).astype(np.float32)
    origins = patch_grid(size, patch, stride)
    patches = np.stack([image[r : r + patch, c : c + patch] for r, c in origins])
    average = OverlapAverage(size, channels)
    for start in range(0, len(origins), 7):  # in batches, as inference does
        average.add(origins[start : start + 7], patches[start : start + 7])
    np.testing.assert_array_equal(average.result(), image)
    np.testing.assert_allclose(average.spread(), 0, atol=1e-3)


def test_overlap_average_by_hand():
    average = OverlapAverage((2, 3))
    patches = np.array([[[1, 2], [3, 4]], [[6, 5], [0, 7]]], dtype=np.float32)
    average.add(np.array([[0, 0], [0, 1]]), patches)
    np.testing.assert_array_equal(average.result(), [[1, 4, 5], [3, 2, 7]])
    np.testing.assert_array_equal(average.spread(), [[0, 2, 0], [0, 2, 0]])


def test_sums_stay_in_the_precision_asked_for():
    estimates = np.random.default_rng(2).normal(0, 1, (9, 20, 30))
    average = OverlapAverage((20, 30), dtype=np.float32)
    average.add(np.zeros((9, 2), int), estimates)
    assert average.spread().dtype == average.result().dtype == np.float32
    np.testing.assert_allclose(average.result(), estimates.mean(0), atol=1e-6)
    np.testing.assert_allclose(average.spread(), estimates.std(0), rtol=1e-5)


def test_overlap_average_refuses_gaps_and_patches_outside():
    average = OverlapAverage((4, 4))
    average.add(np.array([[0, 0]]), np.ones((1, 4, 3)))
    with pytest.raises(ValueError, match="4 pixels are not covered"):
        average.result()
    with pytest.raises(ValueError, match="leaves the image"):
        average.add(np.array([[0, 2]]), np.ones((1, 4, 3)))
    with pytest.raises(ValueError, match="shorter"):
        average.add(np.array([[0, 0], [0, 0]]), np.ones((1, 4, 3)))


@pytest.mark.parametrize("size", [(37, 23), (8, 8), (5, 41)])
@pytest.mark.parametrize(("tile", "halo"), [(8, 3), (8, 0), (100, 5), (7, 20)])
def test_tiles_partition_the_image(size, tile, halo):
    image = np.arange(size[0] * size[1]).reshape(size)
    visits = np.zeros(size, int)
    for part in tiles(size, tile, halo):
        visits[part.inner] += 1
        outer = image[part.outer]
        np.testing.assert_array_equal(outer[part.inner_in_outer], image[part.inner])
        for inner, grown, length in zip(part.inner, part.outer, size, strict=True):
            assert grown.start == max(inner.start - halo, 0)
            assert grown.stop == min(inner.stop + halo, length)
    assert (visits == 1).all()


@pytest.mark.parametrize(("tile", "halo"), [(0, 1), (4, -1)])
def test_impossible_tiles_are_refused(tile, halo):
    with pytest.raises(ValueError, match="Received"):
        list(tiles((8, 8), tile, halo))
