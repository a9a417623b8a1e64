"""Weave, stretcher and cradle, as the radiograph shows them."""

import numpy as np
import pytest

from tfpaintsep.simulation.support import canvas, cradle, stretcher


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def test_a_regular_weave_repeats_and_a_hand_woven_one_does_not() -> None:
    def repeats(irregularity: float) -> float:
        relief = canvas(rng(), (160, 160), (8.0, 8.0), irregularity)
        return float(np.corrcoef(relief[:80].ravel(), relief[80:].ravel())[0, 1])

    assert repeats(0.0) > 0.99
    assert repeats(1.0) < 0.8


def test_tacks_pull_the_threads_into_arcs_near_the_edge() -> None:
    straight = canvas(rng(), (240, 240), (8.0, 8.0), 0.0)
    cusped = canvas(rng(), (240, 240), (8.0, 8.0), 0.0, 1.0)
    change = np.abs(cusped - straight)
    assert change[:10].mean() > 4 * change[110:130, 110:130].mean()


def test_a_stretcher_is_wood_at_the_edges_and_nothing_within() -> None:
    wood = stretcher(rng(), (200, 160), 30.0, keys=False)
    assert np.all(wood[40:160, 40:120] == 0)
    for side in (wood[:15], wood[-15:], wood[:, :15], wood[:, -15:]):
        assert side.mean() == pytest.approx(1, abs=0.2)


def test_keys_are_wedges_at_the_corners() -> None:
    plain = stretcher(rng(), (240, 240), 30.0, keys=False)
    keyed = stretcher(rng(), (240, 240), 30.0)
    assert keyed[:30, :30].max() > 1.3 > plain.max()  # a wedge on a bar
    assert np.abs(np.diag(keyed))[:10].mean() < 0.7 * np.abs(np.diag(plain))[:10].mean()  # a gap
    np.testing.assert_array_equal(keyed[100:140], plain[100:140])


def test_a_cradle_is_a_lattice_of_so_many_members() -> None:
    wood = cradle(rng(), (200, 300), (3, 4), 20.0)

    def members(line: np.ndarray) -> int:
        return int(np.sum(np.diff((line > 0.4).astype(int)) == 1))

    upright = wood.min(axis=0, initial=1.0, where=(np.arange(200) < 25)[:, None])
    lying = wood.min(axis=1, initial=1.0, where=np.arange(300) < 25)
    assert (members(upright), members(lying)) == (4, 3)
    assert wood.min() == 0
    assert 0.3 < (wood > 0.4).mean() < 0.7
