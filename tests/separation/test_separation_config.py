"""The configuration is complete, frozen, and refuses what cannot work."""

from typing import Any

import pytest
from pydantic import ValidationError

from tfpaintsep.separation.config import (
    NetworkConfig,
    SeparationConfig,
    TrainingConfig,
)


def test_defaults_are_the_papers_protocol() -> None:
    c = SeparationConfig()
    assert (c.network.channels, c.network.kernel, c.network.weights) == (64, 5, "tied")
    assert (c.network.shrinkage, c.network.synthesis) == ("soft", "codes")
    assert (c.loss.eta1, c.loss.eta2, c.loss.scales) == (0.5, 0.1, 3)
    assert (c.training.patch, c.training.stride, c.training.epochs) == (50, 5, 120)
    assert (c.training.optimizer, c.training.learning_rate) == ("sgd", 1e-3)
    assert c.start.kind == "luminance"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"netwrok": {}}, "netwrok"),
        ({"network": {"depth": 5}}, "depth"),
        ({"loss": {"eta3": 1}}, "eta3"),
        ({"network": {"kernel": 4}}, "kernel must be odd. Received: 4"),
        ({"network": {"wavelet": "bior2.2"}}, "Received: bior2.2"),
        ({"network": {"wavelet": "morl"}}, "Received: morl"),
        ({"network": {"wavelet": "hair"}}, "Received: hair"),
        ({"network": {"shrinkage": "l1"}}, "shrinkage"),
        ({"network": {"layers": 0}}, "layers"),
        ({"loss": {"eta2": -0.1}}, "eta2"),
        ({"training": {"stride": 51}}, "stride 51, patch 50"),
        ({"training": {"learning_rate": 0}}, "learning_rate"),
        ({"training": {"sampling": "crops"}}, "steps_per_epoch must be given"),
        ({"start": {"kind": "auto", "sigmas": ["wide"]}}, "sigmas"),
    ],
    ids=str,
)
def test_refuses(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        SeparationConfig.model_validate(settings)


@pytest.mark.parametrize("wavelet", ["haar", "db2", "sym4", "coif1"])
def test_accepts_orthogonal_wavelets(wavelet: str) -> None:
    assert NetworkConfig(wavelet=wavelet).wavelet == wavelet


def test_frozen() -> None:
    config = SeparationConfig()
    with pytest.raises(ValidationError, match="frozen"):
        config.network.layers = 7  # type: ignore[misc]
    with pytest.raises(ValidationError, match="frozen"):
        config.network = NetworkConfig()  # type: ignore[misc]


def test_survives_json() -> None:
    config = SeparationConfig(training=TrainingConfig(sampling="crops", steps_per_epoch=3))
    assert SeparationConfig.model_validate_json(config.model_dump_json()) == config


def test_every_setting_is_described() -> None:
    for field in SeparationConfig.model_fields.values():
        section = field.annotation
        assert section is not None
        for name, inner in section.model_fields.items():
            assert inner.description, f"{section.__name__}.{name}"
