"""Registration without points: a known displacement is found, chance is not believed."""

import math
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from tfpaintsep.errors import InputError
from tfpaintsep.images import Photograph, Resolution
from tfpaintsep.registration import automatic, result
from tfpaintsep.registration import search as searching
from tfpaintsep.registration.evidence import Evidence
from tfpaintsep.registration.first_scale import first_scale
from tfpaintsep.registration.photograph import Original
from tfpaintsep.registration.search import _tried, search
from tfpaintsep.registration.structure import band_pass, planes_of
from tfpaintsep.registration.warp import MatrixWarp, smallest_jacobian

pytest.importorskip("SimpleITK")


def errors(warp: Any, displaced: Any) -> np.ndarray:
    """By how many pixels of the radiograph a warp is wrong, in x and y, over the picture."""
    places = np.stack(np.meshgrid(np.linspace(0, 239, 7), np.linspace(0, 239, 7)), -1)
    offsets = warp(places.reshape(-1, 2)) - displaced.truth(places.reshape(-1, 2))
    return np.asarray(offsets / displaced.scale)


@pytest.fixture(scope="module")
def found(displaced: Any) -> automatic.Automatic:
    fixed = displaced.xray.astype(np.float32)[..., None]
    return automatic.register(fixed, displaced.rgb, scale=displaced.scale * 1.02, is_tagged=True)


def test_a_simulated_radiograph_is_found_and_believed(
    found: automatic.Automatic, displaced: Any
) -> None:
    assert found.evidence.doubts() == []
    wrong = errors(found.warp, displaced)
    # A simulated photograph is lit from the side: all of its relief lies up to 1.6 px off.
    assert np.hypot(*wrong.mean(axis=0)) < 1.7
    assert np.hypot(*(wrong - wrong.mean(axis=0)).T).mean() < 1


def test_the_spline_bends_a_little_and_simpleitk_reads_it_back(
    found: automatic.Automatic, displaced: Any, tmp_path: Path
) -> None:
    import SimpleITK as sitk  # noqa: N813

    from tfpaintsep.registration import mutual_information as mi

    assert isinstance(found.warp, MatrixWarp)
    planes = planes_of(band_pass(displaced.xray.astype(np.float32)[..., None]))
    size = np.array([240, 240])
    bent = automatic._bent(planes, displaced.rgb, found.warp, mi.Grid(1, 0), found.evidence, size)
    assert bent.model == "spline"
    # so little that it cannot spoil what is right
    assert 0.01 < bent.warp.as_dict()["largest_displacement_px"] < 2.5
    assert smallest_jacobian(bent.warp, (240, 240)) > automatic.LEAST_AREA
    for one in (found, bent):
        mi.write_transform(one.transform, str(tmp_path / "transform.tfm"))
        places = np.random.default_rng(0).uniform(0, 239, (50, 2))
        again = mi.images_of(sitk.ReadTransform(str(tmp_path / "transform.tfm")), places)
        np.testing.assert_allclose(again, one.warp(places), atol=0.02)


def test_noise_is_not_believed(displaced: Any) -> None:
    noise = np.random.default_rng(3).standard_normal((96, 96, 1))
    fixed = gaussian_filter(noise, (1, 1, 0)).astype(np.float32)
    found = automatic.register(fixed, displaced.rgb, scale=2.5, is_tagged=True)
    assert found.evidence.doubts()
    # the best of many trials is not more than chance
    assert 0.7 < found.evidence.clarity < 1.3


def test_a_picture_whose_sides_are_no_whole_steps_is_found_to_the_pixel() -> None:
    rng = np.random.default_rng(6)
    photograph = gaussian_filter(rng.standard_normal((203, 205, 3)), (5, 5, 0)).astype(np.float32)
    fixed = photograph[12:135, 20:147, :1]  # 30 and 31 steps of 4, and three pixels more
    (found,) = _tried(fixed, photograph, 4, [(0.0, 1.0)])
    offsets = found.warp(fixed.shape[:2])(np.zeros((1, 2)))
    np.testing.assert_allclose(offsets, [[20, 12]], atol=0.01)


def test_resolution_tags_that_contradict_the_areas_are_left_aside() -> None:
    sharp, camera = Resolution(600, 600, "inch"), Resolution(72, 72, "inch")
    areas = math.sqrt(4000 * 3000 / (6000 * 4500))
    assert first_scale((6000, 4500), sharp, (4000, 3000), None) == (areas, False, "")
    believed = first_scale((6000, 4500), sharp, (4000, 3000), Resolution(380, 380, "inch"))
    assert believed == (pytest.approx(380 / 600), True, "")
    value, is_tagged, remark = first_scale((6000, 4500), sharp, (4000, 3000), camera)
    assert (value, is_tagged) == (areas, False)
    assert "0.12 pixels" in remark
    assert "0.667" in remark


def test_a_refusal_names_tags_that_were_not_believed(
    displaced: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def nothing(*_: Any, **options: Any) -> automatic.Automatic:
        asked.append((options["scale"], options["is_tagged"]))
        evidence = Evidence(1, 0, 0, 0, 5, 0, 6)
        return automatic.Automatic("affine", displaced.truth, evidence, None)

    monkeypatch.setattr(result, "register", nothing)
    sharp, camera = Resolution(600, 600, "inch"), Resolution(72, 72, "inch")
    values = displaced.xray.astype(np.float32)[..., None]
    target = result.Target(values, sharp, Path("xray.tif"), 1)
    original = Original(Photograph(displaced.rgb, camera), np.dtype(np.uint8), None)
    with pytest.raises(InputError, match="the tags are not believed"):
        result.register_photograph(target, original, Path("rgb.jpg"), None, "auto", 1)
    assert asked == [(pytest.approx(math.sqrt(280 * 276) / 240), False)]


def test_the_search_is_repeatable(displaced: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "ROTATION", 1.1)  # a fifth of the time
    fixed = displaced.maps
    first, second = (
        search(fixed, displaced.rgb, 4 * displaced.scale, is_tagged=True, finest=60)
        for _ in range(2)
    )
    assert first == second


@pytest.mark.parametrize(
    ("strength", "words"), [(0, ""), (90, "presses a part"), (150, "folds it")]
)
def test_a_fold_is_refused(
    strength: float, words: str, displaced: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A B-spline that were to press a part of the picture to nothing does not come back."""
    from tfpaintsep.registration import mutual_information as mi

    def crumpled(self: Any, meshes: int) -> Any:
        import SimpleITK as sitk  # noqa: N813

        spline = sitk.BSplineTransformInitializer(self._fixed, [meshes, meshes], order=3)
        rng = np.random.default_rng(0)
        spline.SetParameters((strength * rng.standard_normal(len(spline.GetParameters()))).tolist())
        return spline

    monkeypatch.setattr(mi.Comparison, "bend", crumpled)
    planes = displaced.xray.astype(np.float32)[..., None]
    with pytest.raises(InputError, match=words) if words else nullcontext():
        bent = automatic._bent(
            planes,
            displaced.rgb,
            displaced.truth,
            mi.Grid(1, 0),
            Evidence(9, 1, 0, 9, 5, 0, 6),
            np.array([240, 240]),
        )
        np.testing.assert_allclose(errors(bent.warp, displaced), 0, atol=1e-6)


def test_doubts_are_said_in_words() -> None:
    assert Evidence(5, 0.01, 0.001, 9, 5, 0.3, 6).doubts() == []
    doubts = Evidence(0.9, 0.01, 0.009, 0.5, 2, 7.5, 6).doubts()
    words = ("mirrored", "2 of 5 starts", "7.5 px", "deviations")
    assert all(word in doubt for word, doubt in zip(words, doubts, strict=True))
    # five starts that end together, but elsewhere: that alone is said
    (drifted,) = Evidence(5, 0.01, 0.001, 9, 5, 7.5, 6).doubts()
    assert "starts" not in drifted


def test_small_pictures_are_refused(displaced: Any) -> None:
    with pytest.raises(InputError, match="40 x 40"):
        automatic.register(displaced.maps[:30], displaced.rgb, scale=4, is_tagged=True)


def test_an_identity_is_an_identity() -> None:
    from tfpaintsep.registration import mutual_information as mi

    matrix = np.array([[1.1, 0.1, 5], [-0.2, 0.9, 3], [0, 0, 1]])
    np.testing.assert_allclose(mi.matrix_of(mi.affine(matrix)), matrix, atol=1e-12)
    moved = mi.matrix_of(mi.moved(mi.similarity((10.0, 20.0)), 2, -3))
    np.testing.assert_allclose(MatrixWarp(moved)(np.zeros((1, 2))), [[2, -3]], atol=1e-12)
