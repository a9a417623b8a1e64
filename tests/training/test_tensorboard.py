"""TensorBoard: what was logged can be read back, and restarts leave no double."""

import io
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tensorboard.backend.event_processing.plugin_event_accumulator import EventAccumulator
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData
from tensorboard.summary.writer.event_file_writer import AtomicCounter
from tensorboard.util import tensor_util

from tfpaintsep.training.tensorboard import TensorBoardLog, picture_stops


def read(folder: Path) -> EventAccumulator:
    # As the server does, but with reservoirs without a limit.
    accumulator = EventAccumulator(str(folder), tensor_size_guidance={"scalars": 0, "images": 0})
    accumulator.Reload()
    return accumulator


def scalars(folder: Path, tag: str) -> list[tuple[int, float]]:
    events = read(folder).Tensors(tag)
    return [(e.step, float(tensor_util.make_ndarray(e.tensor_proto))) for e in events]


@pytest.mark.parametrize(
    ("length", "expected"),
    [
        (120, (1, 4, 10, 40, 120)),
        (240, (2, 8, 20, 80, 240)),
        (60, (1, 2, 5, 20, 60)),
        (30, (1, 2, 10, 30)),
        (3, (1, 3)),
        (1, (1,)),
    ],
)
def test_picture_stops_are_those_of_the_paper_scaled(
    length: int, expected: tuple[int, ...]
) -> None:
    assert picture_stops(length) == expected


def test_scalars_pictures_and_settings_read_back(tmp_path: Path) -> None:
    board = TensorBoardLog(tmp_path, {"loss.eta1": 0.5, "network.wavelet": "haar"})
    board.advanced(5, {"loss": 0.25, "loss/rgb": 1.5})
    grey = np.linspace(-0.5, 1.5, 12, dtype=np.float32).reshape(3, 4)
    captions = {"surface": "Computed hypothesis"}
    board.pictures(5, {"surface": grey, "visible": np.full((3, 4, 3), 0.5)}, captions)
    board.advanced(10, {"loss": 0.125, "loss/rgb": 1.0})
    board.close()

    assert scalars(tmp_path, "training/loss") == [(5, 0.25), (10, 0.125)]
    assert scalars(tmp_path, "loss/rgb") == [(5, 1.5), (10, 1.0)]
    accumulator = read(tmp_path)
    (event,) = accumulator.Tensors("pictures/surface")
    width, height, png = tensor_util.make_ndarray(event.tensor_proto)[:3]
    assert (event.step, int(width), int(height)) == (5, 4, 3)
    expected = np.uint8(np.round(255 * np.clip(grey, 0, 1)))
    np.testing.assert_array_equal(np.asarray(Image.open(io.BytesIO(png))), expected)
    metadata = accumulator.SummaryMetadata("pictures/surface")
    assert metadata.summary_description == "Computed hypothesis"
    content = accumulator.PluginTagToContent("hparams")["_hparams_/session_start_info"]
    settings = HParamsPluginData.FromString(content).session_start_info.hparams
    assert settings["loss.eta1"].number_value == 0.5
    assert settings["network.wavelet"].string_value == "haar"


@pytest.mark.parametrize("resume_step", [0, 10])
def test_a_restart_forgets_what_came_after_the_checkpoint_and_nothing_else(
    tmp_path: Path, resume_step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Each log stands for a process: TensorBoard sorts files by second, process and number.
    number = "tensorboard.summary.writer.event_file_writer._global_uid"

    def log(first: int, last: int, resume: int, value: float) -> None:
        monkeypatch.setattr(number, AtomicCounter(0))
        board = TensorBoardLog(tmp_path, {"a": 1}, resume)
        for step in range(first, last, 5):
            board.advanced(step, {"loss": value})
            board.pictures(step, {"surface": np.full((2, 2), value)}, {})
        board.close()

    log(5, 25, 0, 0.25)  # killed after step 20
    time.sleep(1.1)
    log(resume_step + 5, 35, resume_step, 0.5)
    steps = list(range(5, 35, 5))
    values = [0.25 if step <= resume_step else 0.5 for step in steps]
    assert scalars(tmp_path, "training/loss") == list(zip(steps, values, strict=True))
    assert [event.step for event in read(tmp_path).Tensors("pictures/surface")] == steps
