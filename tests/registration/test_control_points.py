"""Control points: exact where they are exact, honest where they are not, refused where useless."""

from pathlib import Path

import numpy as np
import pytest

from tfpaintsep.errors import InputError
from tfpaintsep.registration.models import NEEDED, fit_points
from tfpaintsep.registration.named_size import NamedSize
from tfpaintsep.registration.points import ControlPoints, read_points
from tfpaintsep.registration.warp import MatrixWarp

SIZE = (300, 400)
FIXED, MOVING = NamedSize(Path("xray.tif"), SIZE), NamedSize(Path("rgb.tif"), (700, 900))
SPREAD = np.array([[20, 30], [380, 25], [30, 270], [370, 280], [190, 140], [90, 200.0], [300, 90]])
MATRICES = {
    "similarity": [[1.9, -0.1, 30], [0.1, 1.9, 40], [0, 0, 1]],
    "affine": [[1.9, -0.05, 30], [0.12, 1.8, 40], [0, 0, 1]],
    "projective": [[1.9, -0.05, 30], [0.12, 1.8, 40], [1e-4, -2e-4, 1]],
}
PLACE = Path("points.csv")


def pairs(fixed: np.ndarray, moving: np.ndarray) -> ControlPoints:
    names = tuple(str(i) for i in range(len(fixed)))
    return ControlPoints(np.asarray(fixed, float), np.asarray(moving, float), names, "test")


@pytest.mark.parametrize("model", MATRICES)
def test_exact_points_give_the_exact_transform(model: str) -> None:
    warp = MatrixWarp(np.array(MATRICES[model]))
    fit = fit_points(PLACE, pairs(SPREAD, warp(SPREAD)), model, SIZE)
    elsewhere = np.random.default_rng(0).uniform(0, 300, (20, 2))
    np.testing.assert_allclose(fit.warp(elsewhere), warp(elsewhere), atol=1e-6)
    assert fit.left_out is not None
    assert max(fit.residuals.max(), fit.left_out.max()) < 1e-6


def test_a_thin_plate_passes_through_every_point_and_bends() -> None:
    moving = MatrixWarp(np.array(MATRICES["affine"]))(SPREAD)
    moving[4] += (6, -4)
    fit = fit_points(PLACE, pairs(SPREAD, moving), "thin-plate", SIZE)
    np.testing.assert_allclose(fit.warp(SPREAD), moving, atol=1e-6)
    assert fit.left_out is not None
    # what the others cannot know is found by leaving it out, in pixels of the result
    assert fit.left_out[4] == pytest.approx(np.hypot(6, 4) / 1.85, rel=0.1)


@pytest.mark.parametrize(
    ("truth", "count", "chosen"),
    [
        ("similarity", 2, "similarity"),
        ("affine", 3, "affine"),
        ("projective", 4, "projective"),
        ("projective", 7, "projective"),
        ("affine", 6, "affine"),
    ],
)
def test_the_model_follows_from_the_points(truth: str, count: int, chosen: str) -> None:
    fixed = SPREAD[:count]
    noise = 0.3 * np.random.default_rng(4).standard_normal(fixed.shape) * (count > 4)
    moving = MatrixWarp(np.array(MATRICES[truth]))(fixed) + noise
    fit = fit_points(PLACE, pairs(fixed, moving), "auto", SIZE)
    assert fit.model == chosen
    assert (fit.left_out is None) == (count == NEEDED[chosen])


OFF_LINE = np.array([[10, 10], [90, 90], [150, 150], [250, 250], [60, 220.0]])


@pytest.mark.parametrize(
    ("fixed", "model", "chosen", "unknown"),
    [
        (OFF_LINE, "auto", "affine", [4]),  # without the last, all others lie on a line
        (OFF_LINE[1:], "affine", "affine", [3]),
        (np.vstack([OFF_LINE[[0, 1, 2, 4]], [[300, 110]]]), "projective", "projective", [3, 4]),
        (np.vstack([OFF_LINE[1:], [[220, 90]]]), "thin-plate", "thin-plate", []),
    ],
)
def test_what_the_other_points_cannot_foretell_is_left_unknown(
    fixed: np.ndarray, model: str, chosen: str, unknown: list[int]
) -> None:
    rng = np.random.default_rng(1)
    moving = MatrixWarp(np.array(MATRICES["affine"]))(fixed) + rng.standard_normal(fixed.shape)
    fit = fit_points(PLACE, pairs(fixed, moving), model, SIZE)
    assert fit.model == chosen
    assert fit.left_out is not None
    assert np.flatnonzero(np.isnan(fit.left_out)).tolist() == unknown
    assert np.nanmax(fit.left_out) < 50


@pytest.mark.parametrize("noise", [0, 1e-3])
def test_exact_points_are_no_reason_to_bend(noise: float) -> None:
    moving = MatrixWarp(np.array(MATRICES["affine"]))(SPREAD)
    for seed in range(10):
        jitter = noise * np.random.default_rng(seed).standard_normal(moving.shape)
        fit = fit_points(PLACE, pairs(SPREAD, np.round(moving + jitter, 6)), "auto", SIZE)
        assert fit.model == "affine"


LINE = np.array([[10, 10], [50, 50], [120, 120], [200, 200.0], [250, 250]])


@pytest.mark.parametrize(
    ("fixed", "moving", "model", "words"),
    [
        (LINE, 2 * LINE, "auto", "on one line"),
        (LINE[[0, 0, 1]] + [[0, 0], [0, 0], [0, 40]], 2 * SPREAD[:3], "auto", "on one spot"),
        (SPREAD[:1], SPREAD[:1], "auto", "1"),
        (SPREAD[:3], SPREAD[:3], "projective", "3"),
        (np.vstack([LINE[:3], [[10, 200]]]), SPREAD[:4], "projective", "3 points on a line"),
        (OFF_LINE, SPREAD[:5], "projective", "4 points on a line"),
        (SPREAD[:4], [800, 0] + SPREAD[:4] * [-1, 1], "affine", "mirror"),
    ],
)
def test_points_that_determine_nothing_are_refused(
    fixed: np.ndarray, moving: np.ndarray, model: str, words: str
) -> None:
    with pytest.raises(InputError, match=words):
        fit_points(PLACE, pairs(fixed, moving), model, SIZE)


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_our_own_file_in_the_forms_that_spreadsheets_write(mark: str, tmp_path: Path) -> None:
    path = tmp_path / "points.csv"
    number = "30,5" if mark == ";" else "30.5"
    rows = [["photo_x", "photo_y", "name", "x", "y"], ["100", "200", "eye", "20", number]]
    path.write_text("# set on 3 May\n" + "\n".join(mark.join(row) for row in rows), "utf-8-sig")
    points = read_points(path, FIXED, MOVING)
    assert points.names == ("eye",)
    assert (points.fixed.tolist(), points.moving.tolist()) == ([[20, 30.5]], [[100, 200]])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x,y\n1,2\n", "no photo_x, photo_y"),
        ("x,y,photo_x,photo_y\n1,2,3\n", "point 1"),
        ("x,y,photo_x,photo_y\n1,2,3,nan\n", "point 1"),
        ("x,y,photo_x,photo_y\n10,3,10,5,20,6,21,0\n", "point 1.*between semicolons"),
        ("x;y;photo_x;photo_y\n1,204;2;3;4\n", "1,204, with decimals or thousands"),
        ("<svg>" + 200_000 * "a" + "</svg>", "no table"),
        ("x,y,photo_x,photo_y\n500,2,3,4\n", "outside|inside xray.tif"),
        ("", "nothing"),
    ],
)
def test_files_that_hold_no_points_are_refused(text: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "points.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=words):
        read_points(path, FIXED, MOVING)


def butterfly(target: NamedSize, moving: NamedSize, places: np.ndarray) -> str:
    """A file laid out as Butterfly Registrator 1 does."""
    heading = [
        "Butterfly Registrator",
        "1.0.0",
        "control points",
        "Assumes moving image(s) resized and padded to match target image dimensions",
        "target",
        target.path.name,
        "moving",
        f"{moving.path.name}|another.png",
        "x|y|x|y",
    ]
    return "\r\n".join(heading + ["|".join(map(str, row)) for row in places.tolist()]) + "\r\n"


@pytest.mark.parametrize("photograph_is_target", [False, True])
def test_butterflys_points_lie_on_its_resized_and_padded_copy(
    photograph_is_target: bool, tmp_path: Path
) -> None:
    onto, of = (MOVING, FIXED) if photograph_is_target else (FIXED, MOVING)
    # it makes the copy as high as the target where that is relatively wider, else as wide
    by = min(onto.size[0] / of.size[0], onto.size[1] / of.size[1])
    shown = [int(round(side * by, 9)) for side in of.size[::-1]]
    own = np.array([[10, 20], [200, 30], [40, 250.0], [260, 220]])
    copied = (own + 0.5) * shown / np.array(of.size[::-1])  # from the corner
    target = np.array([[12, 22], [190, 33], [44, 240.0], [255, 230]])
    path = tmp_path / "points.csv"
    path.write_text(butterfly(onto, of, np.hstack([target + 0.5, copied])), newline="")
    points = read_points(path, FIXED, MOVING)
    first, second = (
        (points.moving, points.fixed) if photograph_is_target else (points.fixed, points.moving)
    )
    np.testing.assert_allclose(first, target, atol=1e-9)
    np.testing.assert_allclose(second, own, atol=1e-9)


def test_butterflys_points_of_other_pictures_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "points.csv"
    stranger = NamedSize(Path("raking.tif"), (700, 900))
    path.write_text(butterfly(FIXED, stranger, np.ones((4, 4))))
    with pytest.raises(InputError, match=r"raking\.tif"):
        read_points(path, FIXED, MOVING)
    path.write_text("Butterfly Registrator\n1.0.0\n")
    with pytest.raises(InputError, match="another layout"):
        read_points(path, FIXED, MOVING)
