"""What a report says of two layers without knowing the truth."""

import hashlib
from importlib.resources import files

import numpy as np
import pytest

from tfpaintsep.evaluation.layer_correlation import correlation, correlation_note, experience
from tfpaintsep.separation.config import StartConfig

FORMS, OWN = np.random.default_rng(0).normal(size=(2, 60, 60))
DEFAULT, GIVEN = (StartConfig(kind=kind).model_dump(mode="json") for kind in ("prior", "given"))


def test_the_correlation_is_pearsons_whatever_the_strengths() -> None:
    layers = 1000 + 200 * FORMS, 500 + 50 * FORMS + 20 * OWN
    expected = np.corrcoef(layers[0].ravel(), layers[1].ravel())[0, 1]
    assert correlation(*layers) == pytest.approx(expected, abs=1e-9)
    assert correlation(FORMS, -FORMS) == pytest.approx(-1)
    assert correlation(np.zeros((60, 60)), FORMS) == 0


@pytest.mark.parametrize(("value", "word"), [(0.93, "leakage"), (-0.93, "negative")])
def test_layers_that_look_alike_are_said_to(value: float, word: str) -> None:
    said = correlation_note(value, GIVEN)
    assert f"correlation of {value:.2f}" in said
    assert word in said


def test_layers_that_do_not_are_not() -> None:
    assert (
        correlation_note(0.01, GIVEN) == "The two layers' grey values have a correlation of 0.01."
    )


def test_it_is_said_what_came_of_simulated_mixtures_that_were_separated_likewise() -> None:
    known = experience()
    for r in known.ranges:
        said = correlation_note((r.above + r.below) / 2, DEFAULT)
        assert f"In {r.worse / r.mixtures:.0%} of {r.mixtures} simulated mixtures" in said
        assert ("least correlated" in said) == (r is not known.ranges[0])
    bold, least = {**DEFAULT, "boldness": 1.0}, known.ranges[0].above
    for value, start in ((0.6, bold), (0.6, GIVEN), (least - 0.1, DEFAULT)):
        assert "simulated" not in correlation_note(value, start)


def test_what_is_known_is_of_the_start_and_the_weights_that_ship() -> None:
    known = experience()
    assert {key: DEFAULT[key] for key in known.start} == known.start
    weights = files("tfpaintsep.separation.prior") / "weights.npz"
    assert known.weights == hashlib.sha256(weights.read_bytes()).hexdigest()


def test_each_correlation_that_was_seen_is_in_one_range() -> None:
    known = experience()
    for r in known.ranges:
        assert known.of(r.above) is r
    assert known.of(1 + 1e-9) is known.ranges[-1]  # rounding
    assert known.ranges[-1].below == 1
    for one, other in zip(known.ranges, known.ranges[1:], strict=False):
        assert one.below == other.above
    for r in known.ranges:
        assert 0 <= r.worse <= r.mixtures
        assert list(r.sdri) == sorted(r.sdri)
        assert list(r.siri) == sorted(r.siri)
