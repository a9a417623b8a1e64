"""The exported model: scaling inside, any size, and no need of this package."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

import tfpaintsep.separation.serving
from tfpaintsep.errors import InputError
from tfpaintsep.export.locate import METADATA
from tfpaintsep.export.saved_model import load_signature
from tfpaintsep.images import Photograph, Polarity, Radiograph
from tfpaintsep.separation.config import InferenceConfig, NetworkConfig, StartConfig
from tfpaintsep.separation.network import SeparationNetwork
from tfpaintsep.separation.serving import SeparationModel, write_separation_model
from tfpaintsep.separation.start import Start, make_start

GAIN = 65535.0
SIZES = ((41, 34), (64, 27))
WHOLE = InferenceConfig(mode="whole", tile=32)

ALONE = """
import json, sys
sys.modules["tfpaintsep"] = None  # an import of it fails now
import numpy as np, tensorflow as tf
folder, data = sys.argv[1:]
signatures = tf.saved_model.load(folder).signatures
inputs = np.load(data + "/inputs.npz")
description = signatures["describe"](query=tf.constant(["?"]))["json"]
found, results = {"describe": json.loads(description.numpy()[0])}, {}
for name in ("serving_default", "with_init"):
    function = signatures[name]
    given = function.structured_input_signature[1]
    found[name] = [
        {k: [s.dtype.name, s.shape.as_list()] for k, s in specs.items()}
        for specs in (given, function.structured_outputs)
    ]
    for size in ("0", "1"):
        images = {k: tf.constant(inputs[k + size]) for k in given}
        for key, value in function(**images).items():
            results[f"{name} {key} {size}"] = value.numpy()
np.savez(data + "/results.npz", **results)
print(json.dumps(found))
"""
"""What any TensorFlow program can do with the model."""


def random_painting(
    size: tuple[int, int], polarity: Polarity = Polarity.AS_STORED
) -> tuple[Radiograph, Photograph, np.ndarray]:
    """A radiograph in 16-bit units, its photograph, and a guess in the radiograph's units."""
    rng = np.random.default_rng(size[0])
    values = rng.integers(0, 65536, size).astype(np.float32)
    photograph = Photograph(rng.random((*size, 3)).astype(np.float32))
    guess = rng.integers(0, 65536, size).astype(np.float32)
    return Radiograph(values, GAIN, np.dtype("u2"), polarity), photograph, guess


class Exported:
    """A network with random weights, and its SavedModel."""

    def __init__(
        self, folder: Path, polarity: Polarity, start: str, inference: InferenceConfig = WHOLE
    ) -> None:
        self.polarity = polarity
        self.folder = folder
        self.network = SeparationNetwork(NetworkConfig(layers=2, channels=4), seed=4)
        self.network.build()
        radiograph, photograph, _ = random_painting((40, 40), polarity)
        config = StartConfig.model_validate({"kind": start, "sigmas": (2.0,)})
        self.start, _ = make_start(config, radiograph.normalised(), photograph.values)
        self.version = write_separation_model(
            folder, self.network, self.start, radiograph, inference
        )
        self.metadata = json.loads((self.version / METADATA).read_text())

    def first_guess(self, radiograph: Radiograph, photograph: Photograph) -> np.ndarray:
        """g1 in the radiograph's own units."""
        xray = radiograph.normalised()[None, ..., None]
        guess = self.start(tf.constant(xray), tf.constant(photograph.values[None]))
        return radiograph.to_own_units(guess.numpy()[0, ..., 0])

    def expected(
        self, radiograph: Radiograph, photograph: Photograph, guess: np.ndarray
    ) -> dict[str, np.ndarray]:
        """The network's answer, scaled by the pictures' own methods."""
        given = Radiograph(guess, GAIN, radiograph.stored_dtype, radiograph.polarity)
        result = self.network(
            {
                "xray": tf.constant(radiograph.normalised()[None, ..., None]),
                "rgb": tf.constant(photograph.values[None]),
                "init": tf.constant(given.normalised()[None, ..., None]),
            }
        )
        values = {name: result[name].numpy() for name in ("surface", "concealed", "mixture")}
        scaled = {name: radiograph.to_own_units(value) for name, value in values.items()}
        return {**scaled, "visible": result["visible"].numpy()}


def endpoint_inputs(
    radiograph: Radiograph, photograph: Photograph, guess: np.ndarray
) -> dict[str, np.ndarray]:
    return {
        "xray": radiograph.values[None, ..., None],
        "rgb": photograph.values[None],
        "init": guess[None, ..., None],
    }


def assert_equal(found: dict[str, np.ndarray], expected: dict[str, np.ndarray]) -> None:
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        tolerance = 1e-5 * (1 if name == "visible" else GAIN)
        np.testing.assert_allclose(found[name], value, rtol=0, atol=tolerance, err_msg=name)


@pytest.fixture(scope="module")
def negative(tmp_path_factory: pytest.TempPathFactory) -> Exported:
    return Exported(tmp_path_factory.mktemp("models") / "auto", Polarity.AS_STORED, "auto")


@pytest.fixture(scope="module")
def positive(tmp_path_factory: pytest.TempPathFactory) -> Exported:
    folder = tmp_path_factory.mktemp("models") / "luminance"
    return Exported(folder, Polarity.POSITIVE, "luminance")


@pytest.fixture(scope="module")
def learned(tmp_path_factory: pytest.TempPathFactory) -> Exported:
    return Exported(tmp_path_factory.mktemp("models") / "prior", Polarity.POSITIVE, "prior")


@pytest.fixture(params=["negative", "positive", "learned"])
def exported(request: pytest.FixtureRequest) -> Exported:
    model: Exported = request.getfixturevalue(request.param)
    return model


def test_a_program_without_this_package_gets_the_networks_answer(
    negative: Exported, tmp_path: Path
) -> None:
    inputs: dict[str, Any] = {}
    expected: dict[str, np.ndarray] = {}
    for index, size in enumerate(SIZES):
        radiograph, photograph, guess = random_painting(size)
        images = endpoint_inputs(radiograph, photograph, guess)
        inputs |= {f"{name}{index}": value for name, value in images.items()}
        auto = negative.first_guess(radiograph, photograph)
        for name, first in (("serving_default", auto), ("with_init", guess)):
            for key, value in negative.expected(radiograph, photograph, first).items():
                expected[f"{name} {key} {index}"] = value
    np.savez(tmp_path / "inputs.npz", **inputs)
    program = tmp_path / "alone.py"
    program.write_text(ALONE)
    result = subprocess.run(
        [sys.executable, "-I", str(program), str(negative.version), str(tmp_path)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert result.returncode == 0, result.stderr

    grey, colour = ["float32", [None, None, None, 1]], ["float32", [None, None, None, 3]]
    outputs = {"surface": grey, "concealed": grey, "mixture": grey, "visible": colour}
    found = json.loads(result.stdout.splitlines()[-1])
    assert found["describe"] == negative.metadata
    assert found["serving_default"] == [{"xray": grey, "rgb": colour}, outputs]
    assert found["with_init"] == [{"xray": grey, "rgb": colour, "init": grey}, outputs]
    with np.load(tmp_path / "results.npz") as results:
        for name, value in expected.items():
            tolerance = 1e-5 * (1 if "visible" in name else GAIN)
            np.testing.assert_allclose(results[name], value, rtol=0, atol=tolerance, err_msg=name)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_layers_come_in_the_radiographs_units_and_polarity(
    exported: Exported, size: tuple[int, int]
) -> None:
    radiograph, photograph, guess = random_painting(size, exported.polarity)
    images = endpoint_inputs(radiograph, photograph, guess)
    function = load_signature(exported.version, "with_init")
    found = {
        name: value.numpy()
        for name, value in function(**{k: tf.constant(v) for k, v in images.items()}).items()
    }
    expected = exported.expected(radiograph, photograph, guess)
    assert_equal(found, expected)
    # In positive polarity the depths add up: surface + concealed = mixture + gain.
    offset = GAIN if exported.polarity is Polarity.POSITIVE else 0
    total = found["surface"] + found["concealed"] - offset
    np.testing.assert_allclose(found["mixture"], total, rtol=0, atol=1e-5 * GAIN)


def test_serving_default_makes_the_first_guess_itself(exported: Exported) -> None:
    radiograph, photograph, _ = random_painting(SIZES[0], exported.polarity)
    guess = exported.first_guess(radiograph, photograph)
    images = {k: tf.constant(v) for k, v in endpoint_inputs(radiograph, photograph, guess).items()}
    named = load_signature(exported.version, "with_init")(**images)
    del images["init"]
    default = load_signature(exported.version)(**images)
    assert_equal(
        {k: v.numpy() for k, v in default.items()}, {k: v.numpy() for k, v in named.items()}
    )


def test_a_batch_is_separated_one_by_one(negative: Exported) -> None:
    paintings = [random_painting(SIZES[0]) for _ in range(2)]
    flipped = Radiograph(paintings[1][0].values[::-1].copy(), GAIN, np.dtype("u2"))
    paintings[1] = (flipped, *paintings[1][1:])
    singles = [endpoint_inputs(*painting) for painting in paintings]
    function = load_signature(negative.version, "with_init")
    both = function(**{k: tf.constant(np.concatenate([s[k] for s in singles])) for k in singles[0]})
    for index, single in enumerate(singles):
        one = function(**{k: tf.constant(v) for k, v in single.items()})
        assert_equal(
            {k: v.numpy()[index : index + 1] for k, v in both.items()},
            {k: v.numpy() for k, v in one.items()},
        )


def test_the_model_says_what_it_is(exported: Exported) -> None:
    facts = exported.metadata
    assert facts["kind"] == "separation"
    assert facts["gain"] == GAIN
    assert facts["stored_dtype"] == "uint16"
    assert facts["polarity"] == exported.polarity
    assert facts["receptive_radius"] == exported.network.receptive_radius()
    assert facts["outputs"] == ["surface", "concealed", "mixture", "visible"]
    assert set(facts["inputs"]) == {"xray", "rgb", "init"}
    assert Start.model_validate(facts["start"]) == exported.start
    assert facts["start_radius"] == exported.start.radius()
    assert InferenceConfig.model_validate(facts["inference"]) == WHOLE
    assert facts["tensorflow"] == tf.__version__


@pytest.mark.parametrize("given", [False, True], ids=["own guess", "given guess"])
def test_a_model_from_disk_separates_in_tiles_without_seams(
    exported: Exported, given: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tfpaintsep.separation.serving, "GUESS_TILE", 64)
    height = 900 if exported.start.evidence else 70  # more than a tile and its surroundings
    radiograph, photograph, guess = random_painting((height, 45), exported.polarity)
    layers, mixture = SeparationModel(exported.folder).separate(
        radiograph, photograph, guess if given else None
    )
    first = guess if given else exported.first_guess(radiograph, photograph)
    expected = exported.expected(radiograph, photograph, first)
    found = {"surface": layers.surface, "concealed": layers.concealed, "mixture": mixture}
    for name, value in found.items():
        np.testing.assert_allclose(
            value, expected[name][0, ..., 0], rtol=0, atol=2e-5 * GAIN, err_msg=name
        )


def test_a_model_that_averages_patches_guesses_from_the_whole_image(tmp_path: Path) -> None:
    patches = InferenceConfig(mode="patches", patch=20, stride=10)
    exported = Exported(tmp_path / "model", Polarity.AS_STORED, "auto", patches)
    radiograph, photograph, _ = random_painting((40, 30))
    model = SeparationModel(exported.folder)
    own, _ = model.separate(radiograph, photograph)
    guess = exported.first_guess(radiograph, photograph)
    given, _ = model.separate(radiograph, photograph, guess)
    np.testing.assert_allclose(own.surface, given.surface, rtol=0, atol=1e-5 * GAIN)

    small = random_painting((40, 18))
    with pytest.raises(InputError, match=r"20 x 20 px.*40 x 18 px"):
        model.separate(*small)


@pytest.mark.parametrize(
    ("change", "message"),
    [({"kind": "super-resolution"}, "of kind super-resolution"), (None, "description")],
    ids=["another kind", "no description"],
)
def test_refuses_models_that_are_not_ours(
    tmp_path: Path, negative: Exported, change: dict[str, Any] | None, message: str
) -> None:
    version = tmp_path / "1"
    (version / METADATA).parent.mkdir(parents=True)
    (version / "saved_model.pb").write_bytes((negative.version / "saved_model.pb").read_bytes())
    if change:
        (version / METADATA).write_text(json.dumps({**negative.metadata, **change}))
    with pytest.raises(InputError, match=message):
        SeparationModel(tmp_path)


def test_a_missing_signature_or_a_broken_file_is_said(tmp_path: Path, negative: Exported) -> None:
    with pytest.raises(InputError, match=r"the signature upscale.*serving_default"):
        load_signature(negative.version, "upscale")
    (tmp_path / "saved_model.pb").write_bytes(b"no model")
    with pytest.raises(InputError, match="can load"):
        load_signature(tmp_path)
