"""Configurations: the presets are valid, `paper` is the paper's, and later settings win."""

from pathlib import Path
from typing import Any

import pytest
import yaml

import tfpaintsep.configs
from tfpaintsep.cli.configuration import load_configuration
from tfpaintsep.configs import presets
from tfpaintsep.errors import InputError
from tfpaintsep.separation.config import SeparationConfig
from tfpaintsep.superresolution.config import SuperResolutionConfig

CONFIGS = Path(tfpaintsep.configs.__file__).parent
KINDS = {"separation": SeparationConfig, "superresolution": SuperResolutionConfig}
PRESETS = [(family, name) for family in KINDS for name in presets(family)]


def load(preset: str, *settings: str, file: Path | None = None) -> SeparationConfig:
    return load_configuration(SeparationConfig, "separation", preset, file, settings)


def load_sr(preset: str, *settings: str, file: Path | None = None) -> SuperResolutionConfig:
    return load_configuration(SuperResolutionConfig, "superresolution", preset, file, settings)


@pytest.mark.parametrize("family", KINDS)
def test_every_file_is_a_preset(family: str) -> None:
    folder = CONFIGS / family
    names = {path.stem for path in folder.iterdir() if path.suffix == ".yaml"}
    assert set(presets(family)) == names >= {"fast", "paper"}
    assert {path.suffix for path in folder.iterdir() if path.is_file()} == {".yaml"}


@pytest.mark.parametrize(("family", "name"), PRESETS)
def test_every_preset_is_valid_and_plain(family: str, name: str) -> None:
    kind: Any = KINDS[family]
    config = load_configuration(kind, family, name)
    dumped = yaml.safe_dump(config.model_dump(mode="json"))
    assert kind.model_validate(yaml.safe_load(dumped)) == config
    given = yaml.safe_load((CONFIGS / family / f"{name}.yaml").read_text())
    assert given, "a preset says what it sets"
    for section, fields in given.items():
        for field, value in fields.items():
            found = getattr(getattr(config, section), field)
            assert (list(found) if isinstance(found, tuple) else found) == value


def test_paper_is_the_published_protocol() -> None:
    """Sections III-C and IV of Pu et al. 2022; L and the batch are ours."""
    config = load("paper")
    network, loss, training, inference = (
        config.network,
        config.loss,
        config.training,
        config.inference,
    )
    assert (network.layers, network.channels, network.kernel) == (5, 64, 5)
    assert (network.weights, network.synthesis, network.shrinkage) == ("tied", "codes", "soft")
    assert (network.threshold, network.wavelet, network.exclusion_prior) == ("scalar", "haar", True)
    assert (network.initialiser, network.border) == ("gaussian", 0)
    assert (loss.eta1, loss.eta2, loss.scales) == (0.5, 0.1, 3)
    assert (loss.exclusion, loss.exclusion_on, loss.reduction) == ("tanh", "y", "sum")
    assert config.start.kind == "luminance"
    assert (training.sampling, training.patch, training.stride) == ("patches", 50, 5)
    assert (training.epochs, training.batch, training.steps_per_epoch) == (120, 32, None)
    assert (training.optimizer, training.learning_rate) == ("sgd", 1e-3)
    assert (training.schedule, training.decay_epochs) == ("exponential", 40)
    assert (inference.mode, inference.patch, inference.stride) == ("patches", 50, 5)


def test_paper_is_the_published_protocol_of_super_resolution() -> None:
    """Sections III and IV-A of the second paper; Adam's rate in pretraining is ours."""
    config = load_sr("paper")
    generator, pretraining, adversarial = (
        config.generator,
        config.pretraining,
        config.adversarial,
    )
    assert (generator.iterations, generator.channels, generator.squared) == (5, 64, "dictionary")
    assert generator.final_sigmoid
    assert (config.loss.alpha1, config.loss.alpha2) == (0.003, 0.5e-6)
    assert config.loss.misclassified_only
    assert (pretraining.steps, pretraining.clip_weights) == (100_000, 1)
    assert (pretraining.augmented, pretraining.sampling) == ("consistency", "image")
    assert (adversarial.steps, adversarial.patch, adversarial.batch) == (2_000_000, 32, 32)
    assert (adversarial.generator_rate, adversarial.discriminator_rate) == (3e-4, 3e-6)
    assert (adversarial.beta_max, adversarial.flips) == (0.9, True)
    assert (config.downsampling.scale, config.enlargement.interpolation) == (4, "bilinear")


@pytest.mark.parametrize("name", sorted(set(presets("superresolution")) - {"fast", "paper"}))
def test_the_papers_experiments_follow_its_protocol(name: str) -> None:
    # Whoever has the paper's maps repeats it by one command; only the number of maps differs.
    given, paper = (
        yaml.safe_load((CONFIGS / "superresolution" / f"{preset}.yaml").read_text())
        for preset in (name, "paper")
    )
    assert given == paper


def test_later_settings_win(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("loss: {eta1: 0.3, eta2: 0.4}\ntraining: {seed: 5}\n")
    config = load("paper", "loss.eta1=0.7", "start.sigmas=[2, 4.5]", "loss.eta1=0.9", file=file)
    assert (config.loss.eta1, config.loss.eta2) == (0.9, 0.4)
    assert config.training.seed == 5
    assert config.start.sigmas == (2, 4.5)
    assert config.training.epochs == load("paper").training.epochs
    (tmp_path / "empty.yaml").write_text("# nothing yet\n")
    assert load("paper", file=tmp_path / "empty.yaml") == load("paper")


def test_a_complete_configuration_comes_back(tmp_path: Path) -> None:
    # config.yaml of a run folder, taken for another run.
    config = load("fast", "training.seed=9")
    file = tmp_path / "config.yaml"
    file.write_text(yaml.safe_dump(config.model_dump(mode="json"), sort_keys=False))
    assert load("paper", file=file) == config


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("loss.eta1", "SECTION.NAME=VALUE"),
        ("=3", "SECTION.NAME=VALUE"),
        ("loss.eta9=3", "no such setting"),
        ("eta1=3", "no such setting"),
        ("loss=3", "loss"),
        ("loss.eta1.x=3", "eta1"),
        ("training.epochs=soon", "training.epochs"),
        ("training.epochs=1.5", "training.epochs"),
        ("training.epochs=0", "training.epochs"),
        ("training.seed=2147483648", "training.seed"),
        ("training.optimizer=lbfgs", "'sgd' or 'adam'"),
        ("inference.stride=51", "stride 51, patch 50"),
        ("training.epochs=[1", "training.epochs"),
        ("loss.eta1=.nan", "loss.eta1"),
    ],
)
def test_settings_that_do_not_fit_are_named(setting: str, message: str) -> None:
    with pytest.raises(InputError, match="--set") as caught:
        load("paper", setting)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"loss: [1", "YAML"),
        (b"- loss\n- start\n", "list"),
        (b"loss: {eta3: 1}", "no such setting"),
        (b"1: {eta1: 1}", "strings"),
        (b"\xff\xfe\x00binary", "YAML"),
        (b"loss: !!python/object/apply:os.system ['true']", "YAML"),
    ],
)
def test_files_that_do_not_fit_are_named(tmp_path: Path, content: bytes, message: str) -> None:
    file = tmp_path / "mine.yaml"
    file.write_bytes(content)
    with pytest.raises(InputError) as caught:
        load("paper", file=file)
    assert str(file) in str(caught.value)
    assert message in str(caught.value)
