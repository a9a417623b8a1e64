"""The configuration: the paper's numbers by default, nonsense refused."""

from typing import Any

import pytest
from pydantic import ValidationError

from tfpaintsep.superresolution.config import GeneratorConfig, SuperResolutionConfig


def test_defaults_are_the_papers() -> None:
    c = SuperResolutionConfig()
    assert (c.generator.iterations, c.generator.channels) == (5, 64)
    assert (c.loss.alpha1, c.loss.alpha2, c.loss.misclassified_only) == (0.003, 0.5e-6, True)
    assert (c.pretraining.steps, c.pretraining.clip_weights) == (100_000, 1.0)
    a = c.adversarial
    assert (a.steps, a.patch, a.batch, a.beta_max) == (2_000_000, 32, 32, 0.9)
    assert (a.generator_rate, a.discriminator_rate, a.flips) == (3e-4, 3e-6, True)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"generator": {"depth": 3}}, "depth"),
        ({"generator": {"common": 10}}, "given together"),
        (
            {"generator": {"common": 40, "unique_xrf": 10, "unique_rgb": 10}},
            "channels = 64.*40 \\+ 10 \\+ 10 = 60",
        ),
        ({"downsampling": {"scale": 0}}, "scale"),
        ({"downsampling": {"operator": "gauss"}}, "operator"),
        ({"adversarial": {"beta_max": 1.5}}, "beta_max"),
        ({"generator": {"residual": True}}, "residual needs final_sigmoid: false"),
        ({"enlargement": {"guide": "global_fit"}}, "guide"),
        ({"enlargement": {"ridge": 0}}, "ridge"),
        ({"pretraining": {"strength": 1.5}}, "strength"),
    ],
)
def test_refuses_nonsense(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        SuperResolutionConfig.model_validate(settings)


def test_blocks_and_round_trip() -> None:
    assert GeneratorConfig().blocks is None
    c = SuperResolutionConfig.model_validate(
        {"generator": {"common": 40, "unique_xrf": 14, "unique_rgb": 10}}
    )
    assert c.generator.blocks == (40, 14, 10)
    assert SuperResolutionConfig.model_validate_json(c.model_dump_json()) == c
    with pytest.raises(ValidationError, match="frozen"):
        c.generator = GeneratorConfig()  # type: ignore[misc]


@pytest.mark.parametrize(
    ("pretraining", "adversarial", "expected"),
    [
        ({"sampling": "blocks", "augmented": "none"}, 0, 64),
        ({"sampling": "blocks", "augmented": "consistency"}, 0, 4),
        ({"sampling": "blocks", "augmented": "wald", "displaced": 3}, 0, 12),
        ({"sampling": "image"}, 0, None),
        ({"sampling": "image"}, 5, 8),
        ({"sampling": "blocks", "augmented": "none"}, 5, 8),
    ],
)
def test_no_more_replicas_than_the_smallest_batch(
    pretraining: dict[str, Any], adversarial: int, expected: int | None
) -> None:
    config = SuperResolutionConfig.model_validate(
        {
            "pretraining": {"batch": 64, **pretraining},
            "adversarial": {"steps": adversarial, "batch": 8},
        }
    )
    assert config.samples == expected
    alike = pretraining["sampling"] == "image"
    assert config.useful_replicas == (1 if alike else expected)
