"""Tiles and batches as large as a message takes, whatever the model."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
import pytest

from tfpaintsep.errors import InputError
from tfpaintsep.images import ElementStack, Photograph, Radiograph
from tfpaintsep.images.patches import fitting_tile
from tfpaintsep.separation.serving import SeparationModel
from tfpaintsep.superresolution.painting import ScannedPainting
from tfpaintsep.superresolution.scaling import MapScaling
from tfpaintsep.superresolution.serving import SuperResolutionModel

SIZE, NAMES, SCALE = (120, 90), ("Pb-L", "Hg-L"), 4


class Recording:
    """A source that copies its input and remembers how much went to and fro in a call."""

    def __init__(self, metadata: dict[str, Any], message_bytes: int | None) -> None:
        self.identity, self.metadata = "recording", metadata
        self.message_bytes = message_bytes
        self.sent: list[int] = []
        self.received: list[int] = []

    def signature(self, name: str, outputs: Iterable[str] = ()) -> Callable[..., dict[str, Any]]:
        def call(**inputs: Any) -> dict[str, Any]:
            arrays = {key: np.asarray(value) for key, value in inputs.items()}
            if "xrf" in arrays:
                answer = {"maps": arrays["xrf"].repeat(SCALE, 1).repeat(SCALE, 2)}
            else:
                answer = dict.fromkeys(outputs, arrays["xray"])
            self.sent.append(sum(array.nbytes for array in arrays.values()))
            self.received.append(sum(array.nbytes for array in answer.values()))
            return answer

        return call

    def mapped(self, function: Callable[[Any], Any], items: Iterable[Any]) -> Iterator[Any]:
        return map(function, items)


def separator(
    limit: int | None, metadata: dict[str, Any], inference: dict[str, Any]
) -> tuple[SeparationModel, Recording]:
    source = Recording({**metadata, "inference": inference, "receptive_radius": 8}, limit)
    return SeparationModel(source), source


@pytest.fixture(scope="module")
def images() -> tuple[Radiograph, Photograph]:
    rng = np.random.default_rng(5)
    values = rng.integers(0, 65536, SIZE).astype(np.float32)
    photograph = Photograph(rng.random((*SIZE, 3)).astype(np.float32))
    return Radiograph(values, 65535.0, np.dtype("u2")), photograph


@pytest.mark.parametrize("limit", [None, 200_000, 60_000, 20_000])
@pytest.mark.parametrize(
    "inference",
    [{"mode": "whole", "tile": 64}, {"mode": "patches", "patch": 20, "stride": 10, "batch": 64}],
    ids=lambda inference: inference["mode"],
)
@pytest.mark.parametrize("guess", [False, True], ids=["own guess", "given guess"])
def test_a_separation_keeps_within_the_limit_and_uses_it(
    limit: int | None,
    inference: dict[str, Any],
    guess: bool,
    images: tuple[Radiograph, Photograph],
    separation_metadata: dict[str, Any],
) -> None:
    model, source = separator(limit, separation_metadata, inference)
    radiograph, photograph = images
    result, _ = model.separate(radiograph, photograph, radiograph.values if guess else None)
    np.testing.assert_allclose(result.surface, radiograph.values, rtol=1e-6)
    assert max(source.received) <= max(source.sent) <= (limit or np.inf)
    free, unlimited = separator(None, separation_metadata, inference)
    free.separate(radiograph, photograph, radiograph.values if guess else None)
    assert max(source.sent) > 0.7 * min(limit or np.inf, max(unlimited.sent))


@pytest.mark.parametrize("bands", [2, 12], ids=["photograph decides", "maps decide"])
def test_an_upscaling_keeps_within_the_limit_and_uses_it(bands: int) -> None:
    rng = np.random.default_rng(5)
    maps = rng.gamma(2, 100, (300, 40, bands)).astype(np.float32)
    names = tuple(f"E{band}" for band in range(bands))
    rgb = rng.random((1200, 160, 3)).astype(np.float32)
    metadata = {
        "kind": "super-resolution",
        "names": names,
        "unit": None,
        "scale": SCALE,
        "operator": "mean",
        "scaling": MapScaling.of(maps).model_dump(),
        "receptive_radius": 3,
    }
    painting = ScannedPainting(ElementStack(maps, names), Photograph(rgb))
    for limit in (None, 300_000, 100_000):
        source = Recording(metadata, limit)
        result = SuperResolutionModel(source).upscale(painting)
        np.testing.assert_array_equal(result[::SCALE, ::SCALE], maps)
        largest = max(*source.sent, *source.received)
        assert largest <= (limit or np.inf)
        assert limit is None or largest > 0.8 * limit
    with pytest.raises(InputError, match=r"--message-limit: expected at least 0\.1 MiB"):
        SuperResolutionModel(Recording(metadata, 5_000)).upscale(painting)


@pytest.mark.parametrize(
    "inference",
    [{"mode": "whole", "tile": 64}, {"mode": "patches", "patch": 50, "stride": 10}],
    ids=lambda inference: inference["mode"],
)
def test_a_limit_that_nothing_fits_in_is_refused_with_one_that_would_do(
    inference: dict[str, Any],
    images: tuple[Radiograph, Photograph],
    separation_metadata: dict[str, Any],
) -> None:
    model, source = separator(4_000, separation_metadata, inference)
    with pytest.raises(InputError, match=r"--message-limit: expected at least 0\.1 MiB"):
        model.separate(*images)
    assert source.sent == []


def test_a_tile_is_as_large_as_wanted_or_as_fits_or_nothing() -> None:
    def side(limit: int | None, size: tuple[int, int] = (1000, 1000)) -> int:
        return fitting_tile(size, 64, 10, 4, limit)

    assert side(None) == 64
    assert side(4 * 84**2) == 64
    assert side(4 * 84**2 - 1) == 63
    assert side(4 * 25**2) == 5
    assert side(4 * 25**2 - 1) == 0  # 25 times as much to compute as to keep
    assert side(4 * 50 * 30, (30, 1000)) == 30  # a tile ends where the image does
    assert side(4 * 30 * 20, (20, 30)) == 64
