import json
from pathlib import Path

import numpy as np
import pytest
import tifffile

from tfpaintsep.errors import InputError
from tfpaintsep.evaluation.peers.interpolation import bicubic
from tfpaintsep.evaluation.realism import REAL, explained_by_colour
from tfpaintsep.evaluation.stack_metrics import score_stack
from tfpaintsep.images import Resolution, read_element_maps
from tfpaintsep.simulation import SimulatedPainting, demo_painting, simulate, write_painting
from tfpaintsep.simulation.pictures import PICTURES


@pytest.fixture(scope="module")
def painting() -> SimulatedPainting:
    return demo_painting(size=(96, 120), seed=3)


def test_layers_add_to_the_mixture_with_headroom(painting: SimulatedPainting) -> None:
    assert painting.rgb.shape == (96, 120, 3)
    assert painting.rgb.dtype == np.float32
    assert painting.rgb.min() >= 0
    assert painting.rgb.max() <= 1
    for layer in (painting.surface, painting.concealed, painting.mixture):
        assert layer.shape == (96, 120)
        assert layer.dtype == np.uint16
    total = painting.surface.astype(int) + painting.concealed
    np.testing.assert_array_equal(total, painting.mixture)
    assert 40_000 < painting.mixture.max() < 60_000


def test_both_layers_matter(painting: SimulatedPainting) -> None:
    ratio = painting.concealed.std() / painting.surface.std()
    assert 0.5 < ratio < 1.5


def test_the_seed_decides_every_bit(painting: SimulatedPainting) -> None:
    again, other = demo_painting((96, 120), seed=3), demo_painting((96, 120), seed=4)
    for name in ("rgb", "surface", "concealed", "mixture"):
        np.testing.assert_array_equal(getattr(again, name), getattr(painting, name))
        assert np.any(getattr(other, name) != getattr(painting, name))
    for name in ("maps", "known_maps"):
        stack, same, changed = (getattr(one, name) for one in (painting, again, other))
        assert same.names == stack.names
        np.testing.assert_array_equal(same.values, stack.values)
        assert changed.names != stack.names or np.any(changed.values != stack.values)
    assert again.metadata == painting.metadata


def test_the_photograph_shows_nothing_from_beneath(painting: SimulatedPainting) -> None:
    other = simulate("portrait", "coffee", size=(96, 120), seed=3)
    np.testing.assert_array_equal(other.rgb, painting.rgb)
    assert np.any(other.concealed != painting.concealed)
    # The surface layer is the same paint too; one gain scales both layers to the mixture.
    correlation = np.corrcoef(other.surface.ravel(), painting.surface.ravel())[0, 1]
    assert correlation > 0.995  # but for the noise, which what lies beneath decides too


@pytest.mark.parametrize("name", PICTURES)
def test_every_built_in_picture_can_be_painted(name: str) -> None:
    assert simulate(name, "portrait", size=(64, 48)).surface.std() > 0


def test_given_arrays_are_painted() -> None:
    rng = np.random.default_rng(0)
    grey, colour = rng.integers(0, 256, (70, 90), np.uint8), rng.random((50, 40, 3))
    assert simulate(colour, grey, size=(64, 64)).mixture.shape == (64, 64)
    # A composition of one colour is still paint on a canvas.
    assert simulate(np.full((50, 50, 3), 0.5), grey, size=(64, 64)).surface.std() > 0


@pytest.mark.parametrize(
    "picture", ["mona lisa", np.zeros((8, 8, 4)), np.full((40, 40, 3), np.nan), np.zeros(5)]
)
def test_refuses_what_is_no_picture(picture: object) -> None:
    with pytest.raises(InputError, match="picture"):
        simulate(picture, "cat", size=(64, 64))  # type: ignore[arg-type]


@pytest.mark.parametrize("size", [(16, 64), (64, 66)])
def test_refuses_a_size_too_small_or_no_multiple_of_a_step(size: tuple[int, int]) -> None:
    with pytest.raises(InputError, match=f"{size[0]} by {size[1]}") as caught:
        simulate("cat", "coffee", size=size)
    assert f"Choose {max(32, size[0])} by 64" in str(caught.value)


def test_written_files_hold_the_painting(painting: SimulatedPainting, tmp_path: Path) -> None:
    folder = tmp_path / "new" / "painting"
    write_painting(painting, folder)
    files = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert files == {
        "rgb.tif",
        "xray.tif",
        "truth/surface.tif",
        "truth/concealed.tif",
        "maps.tif",
        "truth/maps.tif",
        "painting.json",
    }
    surface, concealed = (
        tifffile.imread(folder / "truth" / f"{name}.tif") for name in ("surface", "concealed")
    )
    np.testing.assert_array_equal(surface, painting.surface)
    with tifffile.TiffFile(folder / "xray.tif") as xray:
        page = xray.pages.first
        assert page.dtype == np.uint16
        assert page.tags["ResolutionUnit"].value == 3  # centimetre
        numerator, denominator = page.tags["XResolution"].value
        assert numerator / denominator == pytest.approx(40)
        np.testing.assert_array_equal(page.asarray(), surface + concealed)
    rgb = tifffile.imread(folder / "rgb.tif")
    assert rgb.dtype == np.uint8
    np.testing.assert_allclose(rgb / 255, painting.rgb, atol=0.51 / 255)
    record = json.loads((folder / "painting.json").read_text(encoding="utf-8"))
    assert record["seed"] == 3
    assert record["size"] == [96, 120]
    assert record["support"]["kind"] in ("canvas", "panel")
    for name, stack, density in (
        ("maps", painting.maps, 10),
        ("truth/maps", painting.known_maps, 40),
    ):
        read = read_element_maps(folder / f"{name}.tif")
        np.testing.assert_array_equal(read.values, stack.values)
        assert (read.names, read.unit, read.notes) == (stack.names, "counts", ())
        assert read.resolution == Resolution(density, density, "centimeter")
    assert record["element_maps"]["names"] == list(painting.maps.names)


@pytest.mark.slow
def test_radiographs_look_real_in_numbers() -> None:
    rows = []
    for seed in range(20):
        made = simulate(size=(400, 400), seed=seed)
        rows.append(list(explained_by_colour(made.surface, made.rgb).named().values()))
    low, median, high = np.percentile(rows, [10, 50, 90], axis=0).round(2)
    # Three crops of one painting are no more than a sample: ours must lie about them.
    for i, (name, (least, most)) in enumerate(REAL.items()):
        assert least <= median[i] <= most, f"median of {name}: {median[i]}"
        assert low[i] <= least, f"{name}: 10% of the simulated lie below {low[i]}"
        assert high[i] >= most, f"{name}: 10% of the simulated lie above {high[i]}"


@pytest.mark.slow
def test_element_maps_are_neither_easy_nor_hopeless() -> None:
    scores = []
    for seed in range(12):
        made = simulate(size=(256, 256), seed=seed)
        enlarged = bicubic(made.maps.values, 4)
        found = score_stack(made.known_maps.values, enlarged, made.maps.names, 4).pooled.psnr
        assert found is not None
        scores.append(found)
    assert 27 < np.mean(scores) < 33
    assert np.percentile(scores, 10) > 23
    assert np.percentile(scores, 90) < 38


def test_a_drawn_composition_is_a_part_of_a_picture_and_named() -> None:
    first, second = (simulate(size=(64, 64), seed=seed).metadata for seed in (0, 1))
    for made in (first, second):
        assert made["surface_picture"] != made["concealed_picture"]
    given = simulate("cat", size=(64, 64), seed=0).metadata
    assert given["surface_picture"] == "cat" != given["concealed_picture"]


def test_the_exact_mixture_is_darker_where_both_layers_are_dense() -> None:
    sums = simulate("portrait", "cat", size=(96, 96), seed=5)
    exact = simulate("portrait", "cat", size=(96, 96), seed=5, mixture="exact")
    np.testing.assert_array_equal(exact.surface, sums.surface)
    np.testing.assert_array_equal(exact.concealed, sums.concealed)
    dense = sums.mixture > np.percentile(sums.mixture, 80)
    # Beam hardening: less than the sum, but not much.
    ratio = exact.mixture[dense].mean() / sums.mixture[dense].mean()
    assert 0.7 < ratio < 0.995
