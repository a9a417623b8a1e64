import numpy as np
import pytest

from tfpaintsep.simulation.attenuation import absorbance, tube_spectrum
from tfpaintsep.simulation.chemistry import areal_masses
from tfpaintsep.simulation.fields import smooth_field
from tfpaintsep.simulation.pictures import fit_to, picture
from tfpaintsep.simulation.pigments import (
    PIGMENTS,
    Mixture,
    choose_palette,
    choose_preferences,
    mix,
)
from tfpaintsep.simulation.radiography import expose
from tfpaintsep.simulation.strokes import paint, stroke_directions
from tfpaintsep.simulation.support import canvas, wood


def test_smooth_fields_have_unit_variance_and_are_smooth() -> None:
    rng = np.random.default_rng(0)
    fields = np.stack([smooth_field(rng, (40, 60), 8.0) for _ in range(300)])
    np.testing.assert_allclose(fields.mean(axis=0), 0.0, atol=0.35)
    np.testing.assert_allclose(fields.std(axis=0), 1.0, atol=0.2)
    assert np.abs(np.diff(fields, axis=2)).mean() < 0.2


def test_lead_white_and_flesh_are_on_every_palette() -> None:
    for seed in range(20):
        palette = choose_palette(np.random.default_rng(seed))
        assert {"lead white", "lead white with ochre"} <= {pigment.name for pigment in palette}


def test_one_colour_takes_different_absorbances_in_different_regions() -> None:
    rng = np.random.default_rng(0)
    palette = choose_palette(rng)
    grey = np.full((120, 120, 3), 0.45)
    mixture = mix(grey, palette, choose_preferences(rng, palette, (120, 120), 40.0))
    np.testing.assert_allclose(mixture.share.sum(axis=-1), 1.0)
    seen = absorbance(np.moveaxis(mixture.contents(areal_masses(palette)), 0, -1), tube_spectrum())
    assert seen.min() > 0
    assert seen.max() > 1.3 * seen.min()


def test_paint_keeps_to_the_absorbance_it_was_mixed_to() -> None:
    # Split picture: twice the absorbance on the right must come out as about twice.
    wanted = np.where(np.arange(160) < 80, 0.4, 0.8) * np.ones((120, 1))
    laid, thickness = paint(np.random.default_rng(1), wanted, np.full((120, 160), 0.5))
    assert thickness.mean() == pytest.approx(1.0)
    assert thickness.min() >= 0
    assert laid[:, 100:].mean() / laid[:, :60].mean() == pytest.approx(2.0, rel=0.2)
    assert laid[:, :60].std() > 0.02  # brushwork shows in flat areas


def test_strokes_carry_several_contents_alike() -> None:
    rng = np.random.default_rng(2)
    content = rng.random((3, 60, 80))
    luminance = rng.random((60, 80))
    laid, thickness = paint(np.random.default_rng(4), content, luminance)
    for one, expected in zip(content, laid, strict=True):
        alone, same = paint(np.random.default_rng(4), one, luminance)
        np.testing.assert_array_equal(alone, expected)
        np.testing.assert_array_equal(same, thickness)


def test_lights_hold_lead_white_and_shadows_medium() -> None:
    palette = tuple(p for p in PIGMENTS if p.name in ("lead white", "chalk"))
    share = np.zeros((1, 3, 2))
    share[..., 1] = 1.0  # chalk, in shadow, middle tone and light
    mixture = Mixture(palette, share, np.array([[0.4, 1.0, 1.6]]))
    lead = mixture.contents(np.array([[5.0], [0.0]]))[0, 0]
    assert lead[0] == lead[1] == 0 < lead[2]
    twice = Mixture(palette, share, np.array([[0.4, 1.0, 2.2]]))  # twice as far above the middle
    assert twice.contents(np.array([[5.0], [0.0]]))[0, 0, 2] == pytest.approx(2 * lead[2])
    calcium = mixture.contents(np.array([[0.0], [3.0]]))[0, 0]
    np.testing.assert_allclose(calcium, [1.2, 3, 3])


def test_strokes_follow_edges() -> None:
    step = (np.arange(100) < 50).astype(float) * np.ones((100, 1))  # an upright edge
    slanted = (np.add.outer(np.arange(100), np.arange(100)) < 99).astype(float)
    near_step = np.abs(np.arange(100) - 49.5) < 3
    near_slanted = np.abs(np.add.outer(np.arange(100), np.arange(100)) - 99) < 4
    for image, where, expected in (
        (step, (slice(None), near_step), np.pi / 2),
        (step.T, near_step, 0.0),
        (slanted, near_slanted, -np.pi / 4),  # up to the right; rows count downwards
    ):
        angles = stroke_directions(np.random.default_rng(0), image)[where]
        off = np.abs(np.angle(np.exp(2j * (angles - expected)))) / 2
        assert np.median(off) < 0.15


def test_canvas_has_its_thread_count() -> None:
    relief = canvas(np.random.default_rng(0), (256, 256), (4.0, 8.0))
    assert relief.std() == pytest.approx(1.0)
    weft = np.abs(np.fft.rfft(relief, axis=0)).mean(axis=1)
    warp = np.abs(np.fft.rfft(relief, axis=1)).mean(axis=0)
    assert np.argmax(weft[1:]) + 1 == pytest.approx(256 / 4, abs=4)
    assert np.argmax(warp[1:]) + 1 == pytest.approx(256 / 8, abs=4)


def test_wood_runs_upright() -> None:
    relief = wood(np.random.default_rng(0), (128, 128), 6.0)
    along, across = (np.abs(np.diff(relief, axis=axis)).mean() for axis in (0, 1))
    assert along < 0.5 * across


def test_exposure_adds_exactly_and_clips_nothing_above() -> None:
    rng = np.random.default_rng(0)
    surface, concealed, mixture = expose(rng.random((20, 30)), 3.0 * rng.random((20, 30)))
    np.testing.assert_array_equal(surface.astype(int) + concealed, mixture)
    assert mixture.max() == pytest.approx(58_000, abs=1)
    assert expose(np.zeros((2, 2)), np.zeros((2, 2)))[2].max() == 0


def test_pictures_are_cut_to_proportion_not_stretched() -> None:
    cat = picture("cat")  # 300 x 451
    fitted = fit_to(cat, (150, 150))
    assert fitted.shape == (150, 150, 3)
    centre = cat[:, 75:375].reshape(150, 2, 150, 2, 3).mean(axis=(1, 3))
    assert np.corrcoef(centre.ravel(), fitted.ravel())[0, 1] > 0.995
