"""Rows that a scan has left are told from rows of paint, weave and noise."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from tfpaintsep.images import ElementStack, Radiograph
from tfpaintsep.inspection.finding import Severity
from tfpaintsep.inspection.stripes import measure_lines
from tfpaintsep.inspection.values import stripe_findings


def every_other(values: np.ndarray, moved: int) -> np.ndarray:
    """Odd rows moved to the right."""
    striped = values.copy()
    striped[1::2] = np.roll(striped[1::2], moved, axis=1)
    return striped


def test_what_is_in_order_has_no_stripes(radiograph: Radiograph, maps: ElementStack) -> None:
    assert stripe_findings("x", radiograph.values, "radiograph") == []
    assert stripe_findings("x", maps.values, "maps") == []
    assert stripe_findings("x", np.swapaxes(maps.values, 0, 1), "maps", line="column") == []


@pytest.mark.parametrize("moved", [-3, -1, 1, 2])
def test_rows_of_a_scan_to_and_fro_are_measured(
    moved: int, radiograph: Radiograph, maps: ElementStack
) -> None:
    for values in (radiograph.values, maps.values):
        lines = measure_lines(every_other(values, moved))
        assert lines is not None
        assert lines.agrees
        assert lines.displacement == pytest.approx(moved, abs=0.25)


def test_the_way_is_said(maps: ElementStack) -> None:
    [right] = stripe_findings("x", every_other(maps.values, 1), "maps")
    [left] = stripe_findings("x", every_other(maps.values, -1), "maps")
    assert "towards the right" in right.found
    assert "towards the left" in left.found
    assert right.severity is Severity.WARNING


def test_columns_are_rows_of_the_turned_scan(radiograph: Radiograph) -> None:
    turned = np.swapaxes(radiograph.values, 0, 1)
    [finding] = stripe_findings("x", every_other(turned, 1), "scan", line="column")
    assert "every other column" in finding.found
    assert "towards the bottom" in finding.found


@pytest.mark.parametrize("stronger", [0.03, -0.05])
def test_alternating_strength_is_measured(
    stronger: float, radiograph: Radiograph, maps: ElementStack
) -> None:
    for values in (radiograph.values, maps.values):
        striped = values.copy()
        striped[1::2] *= 1 + stronger
        lines = measure_lines(striped)
        assert lines is not None
        assert lines.alternation == pytest.approx(stronger, rel=0.15)
        assert [one.key for one in stripe_findings("x", striped, "picture")] == ["stripes"]


def test_rows_of_uneven_strength_are_found(maps: ElementStack) -> None:
    gains = 1 + 0.04 * np.random.default_rng(3).standard_normal((len(maps.values), 1, 1))
    lines = measure_lines(maps.values * gains)
    assert lines is not None
    assert lines.gain == pytest.approx(0.04, rel=0.4)
    [finding] = stripe_findings("x", maps.values * gains, "maps")
    assert "rows of the maps differ in strength" in finding.found


def test_noise_alone_makes_no_stripes() -> None:
    rng = np.random.default_rng(5)
    for _ in range(10):
        level = 4 + 40 * gaussian_filter(rng.random((64, 64)), 6)
        assert stripe_findings("x", rng.poisson(level).astype(np.float32), "maps") == []


@pytest.mark.parametrize("size", [(8, 200), (200, 8)])
def test_nothing_is_said_of_a_few_lines(size: tuple[int, int]) -> None:
    assert measure_lines(np.random.default_rng(0).random(size)) is None


def test_empty_maps_are_no_stripes() -> None:
    assert stripe_findings("x", np.zeros((64, 64, 2), np.float32), "maps") == []
