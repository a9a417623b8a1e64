"""What a report says of two layers without knowing the truth."""

import numpy as np
import pytest

from tfpaintsep.cli.report import likeness

FORMS, OWN = np.random.default_rng(0).normal(size=(2, 60, 60))


def test_layers_that_look_alike_are_named_leakage() -> None:
    alike = likeness(1000 + 200 * FORMS, 500 + 50 * FORMS + 20 * OWN)
    assert "correlation of 0.9" in alike
    assert "leakage" in alike


@pytest.mark.parametrize("surface", ["other", "flat"])
def test_layers_that_do_not_are_not(surface: str) -> None:
    said = likeness(OWN if surface == "other" else np.zeros((60, 60)), FORMS)
    assert "leakage" not in said
    assert float(said.rstrip(".").split()[-1]) == pytest.approx(0, abs=0.1)


def test_a_negative_stays_alike() -> None:
    assert "correlation of -1.00" in likeness(FORMS, -FORMS)
    assert "leakage" in likeness(FORMS, -FORMS)
