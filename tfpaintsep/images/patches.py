"""Cutting images into patches and tiles, and putting them together again."""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import DTypeLike

Slices = tuple[slice, slice]


def patch_origins(length: int, patch: int, stride: int) -> np.ndarray:
    """First pixels of the patches that cover one axis.

    Args:
        length: Pixels along the axis.
        patch: Side of a patch.
        stride: Distance between origins; an overlap of `patch - stride`.

    Returns:
        (n,) int, ascending without duplicates: 0, stride, ..., the last patch flush with the end.

    Raises:
        ValueError: The patch is longer than the axis, or patch or stride is below 1.
    """
    if not 1 <= patch <= length or stride < 1:
        raise ValueError(
            "expected 1 <= patch <= length and stride >= 1. "
            f"Received: length={length}, patch={patch}, stride={stride}"
        )
    last = length - patch
    return np.append(np.arange(0, last, stride), last)


def patch_grid(size: tuple[int, int], patch: int, stride: int) -> np.ndarray:
    """Origins of the square patches that cover an image.

    Returns:
        (n, 2) int32 of row and column, row by row. 600 x 600 px, patches of 50 and a stride of
        5 make 111 x 111 = 12,321.

    Raises:
        ValueError: The patch does not fit in the image.
    """
    rows, columns = (patch_origins(length, patch, stride) for length in size)
    grid = np.meshgrid(rows, columns, indexing="ij")
    return np.stack(grid, axis=-1).reshape(-1, 2).astype(np.int32)


class OverlapAverage:
    """The mean of overlapping patches at every pixel, and how much they disagree.

    Args:
        size: Height and width of the image.
        channels: None for patches (n, p, p), c for patches (n, p, p, c).
        dtype: Of the sums: float64, with which patches cut from a float32 image give it back
            exactly, or float32, which takes less memory and is enough for values around 0.
    """

    def __init__(
        self,
        size: tuple[int, int],
        channels: int | None = None,
        dtype: DTypeLike = np.float64,
    ) -> None:
        shape = tuple(size) if channels is None else (*size, channels)
        self._sum = np.zeros(shape, dtype)
        self._sum_of_squares = np.zeros(shape, dtype)
        self._count = np.zeros(size if channels is None else (*size, 1), dtype=np.int32)

    def add(self, origins: np.ndarray, patches: np.ndarray) -> None:
        """Add a batch of patches.

        Args:
            origins: (n, 2) int, row and column of each patch's first pixel.
            patches: (n, p, q) or (n, p, q, c).

        Raises:
            ValueError: Origins and patches differ in number, or a patch leaves the image.
        """
        patches = np.asarray(patches, dtype=self._sum.dtype)
        for (row, column), patch in zip(np.asarray(origins).tolist(), patches, strict=True):
            bottom, right = row + patch.shape[0], column + patch.shape[1]
            if min(row, column) < 0 or bottom > self._sum.shape[0] or right > self._sum.shape[1]:
                raise ValueError(
                    f"a patch of {patch.shape} at ({row}, {column}) leaves the image of "
                    f"{self._sum.shape}"
                )
            region = slice(row, bottom), slice(column, right)
            self._sum[region] += patch
            self._sum_of_squares[region] += patch**2
            self._count[region] += 1

    def result(self) -> np.ndarray:
        """The mean, float32 of the image's shape.

        Raises:
            ValueError: Some pixel is not covered by any patch.
        """
        return self._mean().astype(np.float32, copy=False)

    def spread(self) -> np.ndarray:
        """Standard deviation of the estimates of each pixel: disagreement, not confidence.

        Float32 of the image's shape, in its units; 0 where a single patch covers the pixel.
        Exact to about 1e-8 of the values' size, since it is a difference of float64 sums; to
        about 3e-4 with float32 ones.

        Raises:
            ValueError: Some pixel is not covered by any patch.
        """
        variance = self._over_count(self._sum_of_squares)
        variance -= self._mean() ** 2
        np.maximum(variance, 0, out=variance)
        return np.sqrt(variance, out=variance).astype(np.float32, copy=False)

    def _mean(self) -> np.ndarray:
        return self._over_count(self._sum)

    def _over_count(self, total: np.ndarray) -> np.ndarray:
        # Else float32 divided by int32 would be float64.
        return np.divide(total, self._covered(), dtype=total.dtype)

    def _covered(self) -> np.ndarray:
        if not self._count.all():
            missing = int((self._count == 0).sum())
            raise ValueError(f"{missing} pixels are not covered by any patch")
        return self._count


@dataclass(frozen=True)
class Tile:
    """A part of an image and the surroundings needed to compute it.

    Attributes:
        inner: Rows and columns this tile answers for; inner regions partition the image.
        outer: `inner` grown by the halo and clipped to the image: what to read.
    """

    inner: Slices
    outer: Slices

    @property
    def inner_in_outer(self) -> Slices:
        """Where `inner` lies within an array cut by `outer`."""
        rows, columns = (
            slice(i.start - o.start, i.stop - o.start)
            for i, o in zip(self.inner, self.outer, strict=True)
        )
        return rows, columns


def tiles(
    size: tuple[int, int], tile: int, halo: int, within: Slices | None = None
) -> Iterator[Tile]:
    """Cut an image into tiles, row by row.

    Args:
        size: Height and width of the image.
        tile: Side of the inner regions; those at the lower and right border may be smaller.
        halo: Pixels of surroundings on every side, at least the receptive field's radius.
        within: The region to cut; by default all of the image.

    Raises:
        ValueError: `tile` is below 1 or `halo` below 0.
    """
    if tile < 1 or halo < 0:
        raise ValueError(f"expected tile >= 1 and halo >= 0. Received: {tile=}, {halo=}")
    rows, columns = within or (slice(0, size[0]), slice(0, size[1]))
    for row in range(rows.start, rows.stop, tile):
        for column in range(columns.start, columns.stop, tile):
            starts = (row, column)
            stops = (min(row + tile, rows.stop), min(column + tile, columns.stop))
            outer_starts = (max(row - halo, 0), max(column - halo, 0))
            outer_stops = (min(stops[0] + halo, size[0]), min(stops[1] + halo, size[1]))
            yield Tile(_slices(starts, stops), _slices(outer_starts, outer_stops))


def fitting_tile(
    size: tuple[int, int], tile: int, halo: int, pixel_bytes: int, limit: int | None
) -> int:
    """The largest tile whose surroundings, held as pixels of so many bytes, keep within a limit.

    Args:
        size: Height and width of the image.
        tile: The side that is wanted, which is not exceeded.
        halo: As for `tiles`.
        pixel_bytes: Bytes for each pixel of a tile with its surroundings.
        limit: Bytes; None for no limit.

    Returns:
        The side, or 0 if nothing worth computing fits: a tile whose side is below half the halo
        costs more than 25 computed pixels for each it answers for.
    """

    def cost(side: int) -> int:
        return pixel_bytes * min(side + 2 * halo, size[0]) * min(side + 2 * halo, size[1])

    if limit is None:
        return tile
    fitting = bisect_right(range(1, tile + 1), limit, key=cost)
    return fitting if fitting >= min(tile, halo / 2) else 0


def _slices(starts: tuple[int, int], stops: tuple[int, int]) -> Slices:
    return slice(starts[0], stops[0]), slice(starts[1], stops[1])
