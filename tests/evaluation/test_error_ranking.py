"""How well a disagreement ranks the error: what a perfect, a blind and a wrong one score."""

import numpy as np
import pytest

from tfpaintsep.evaluation.error_ranking import rank_errors

ERROR = np.random.default_rng(0).normal(size=(60, 50)) ** 3


def test_the_error_itself_ranks_perfectly_in_any_unit() -> None:
    ranking = rank_errors(7 * np.abs(ERROR), ERROR)
    assert ranking.correlation == pytest.approx(1)
    assert ranking.sparsification == pytest.approx(0, abs=1e-12)
    assert ranking.top == pytest.approx(ranking.best_top)
    assert ranking.best_top == pytest.approx(
        np.sort(np.abs(ERROR), axis=None)[-300:].mean() / np.abs(ERROR).mean()
    )
    assert ranking.size == pytest.approx(7)


def test_what_knows_nothing_of_the_error_ranks_as_chance() -> None:
    noise = rank_errors(np.random.default_rng(1).random(ERROR.shape), ERROR)
    assert abs(noise.correlation) < 0.05
    assert noise.top == pytest.approx(1, abs=0.3)
    assert noise.sparsification == pytest.approx(1, abs=0.1)
    same = rank_errors(np.full(ERROR.shape, 3.0), ERROR)
    assert np.isnan(same.correlation)
    assert same.top == pytest.approx(1)
    assert same.sparsification == pytest.approx(1)


def test_the_wrong_order_is_worse_than_chance() -> None:
    ranking = rank_errors(-np.abs(ERROR), ERROR)
    assert ranking.correlation == pytest.approx(-1)
    assert ranking.top < 0.01
    assert ranking.sparsification > 1.3


def test_without_an_error_there_is_nothing_to_rank() -> None:
    assert np.isnan(rank_errors(ERROR, np.zeros(ERROR.shape)).top)
    with pytest.raises(ValueError, match="shapes"):
        rank_errors(ERROR, ERROR[:-1])
