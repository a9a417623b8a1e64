"""What TensorBoard says of runs: captions, units, charts, settings, how a run ended."""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from tensorboard.backend.event_processing.data_provider import MultiplexerDataProvider
from tensorboard.backend.event_processing.plugin_event_accumulator import EventAccumulator
from tensorboard.backend.event_processing.plugin_event_multiplexer import EventMultiplexer
from tensorboard.context import RequestContext
from tensorboard.plugins import base_plugin
from tensorboard.plugins.custom_scalar import layout_pb2
from tensorboard.plugins.hparams import api_pb2
from tensorboard.plugins.hparams.backend_context import Context
from tensorboard.plugins.hparams.list_session_groups import Handler
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData
from tensorboard.util.tensor_util import make_ndarray

from tfpaintsep.errors import TrainingDivergedError
from tfpaintsep.separation.board import BOARD as SEPARATION
from tfpaintsep.separation.board import picture_captions
from tfpaintsep.separation.training import METRICS, SCALARS
from tfpaintsep.superresolution.board import BOARD as SUPER_RESOLUTION
from tfpaintsep.superresolution.training import ADVERSARIAL_METRICS, PRETRAINING_METRICS
from tfpaintsep.training.board import SCORES, about, identity
from tfpaintsep.training.loop import Interrupted
from tfpaintsep.training.tensorboard import TensorBoardLog

LAYERS = ("surface", "concealed")
LOGGED = {
    "separation": [
        *METRICS,
        *(f"scalars/{name}" for name in (*SCALARS, "lambda1_3", "mu_LL_2")),
        *(f"{SCORES}/{score}_{layer}" for score in ("skill", "sdri", "siri") for layer in LAYERS),
    ],
    "super-resolution": [
        *PRETRAINING_METRICS,
        *ADVERSARIAL_METRICS,
        *(f"{SCORES}/{score}" for score in ("rmse", "psnr", "ssim", "sam", "ergas")),
    ],
}
BOARDS = {"separation": SEPARATION, "super-resolution": SUPER_RESOLUTION}


@pytest.mark.parametrize("method", BOARDS)
def test_every_curve_has_a_caption_that_names_its_unit(method: str) -> None:
    board = BOARDS[method]
    for name in LOGGED[method]:
        caption = board.caption(name)
        assert caption
        unit = re.fullmatch(r".* \[(.*)\]", board.tag(name))
        if unit:
            assert {"dB": "dB", "°": "degrees"}[unit[1]] in caption
    assert {board.tag(name) for name in LOGGED[method] if name.startswith(SCORES)} >= (
        {f"{SCORES}/sdri_surface [dB]", f"{SCORES}/skill_concealed"}
        if method == "separation"
        else {f"{SCORES}/psnr [dB]", f"{SCORES}/sam [°]"}
    )


@pytest.mark.parametrize("method", BOARDS)
def test_every_chart_shows_something_and_every_curve_but_one_kind_is_in_a_chart(
    method: str,
) -> None:
    board = BOARDS[method]
    tags = [board.tag(name) for name in LOGGED[method]]
    shown: set[str] = set()
    for charts in board.charts.values():
        for names in charts.values():
            for name in names:
                found = [tag for tag in tags if re.match(board.pattern(name), tag)]
                assert found, name
                shown.update(found)
    # ERGAS says what RMSE says, in another unit.
    assert set(tags) - shown <= {f"{SCORES}/ergas"}


def test_scores_come_first_in_the_alphabet() -> None:
    for method, names in LOGGED.items():
        tags = sorted({BOARDS[method].tag(name) for name in names})
        count = sum(tag.startswith(SCORES) for tag in tags)
        assert count > 4
        assert all(tag.startswith(SCORES) for tag in tags[:count])


def test_captions_charts_and_record_read_back(tmp_path: Path) -> None:
    record = {"inputs": {"xray": {"file": "/a/x`y.tif", "sha256": "ab" * 32}}, "command": "t <b>"}
    with TensorBoardLog(
        tmp_path, {"a": 1}, board=SEPARATION, text=about(record, "separation")
    ) as log:
        for step in (5, 10):
            log.advanced(step, {"loss": 0.5, f"{SCORES}/sdri_surface": 2.0})
            log.pictures(step, {"surface": np.zeros((2, 2))}, picture_captions(0.25))
    events = EventAccumulator(str(tmp_path)).Reload()
    assert "no evidence" in events.SummaryMetadata("training/loss").summary_description
    assert "dB" in events.SummaryMetadata(f"{SCORES}/sdri_surface [dB]").summary_description
    # Of all steps' captions TensorBoard keeps one: it says nothing of a step.
    caption = events.SummaryMetadata("pictures/surface").summary_description
    assert "Computed hypothesis" in caption
    assert "25% of full scale" in caption
    (event,) = events.Tensors("custom_scalars__config__")
    layout = layout_pb2.Layout.FromString(make_ndarray(event.tensor_proto).item())
    assert [category.title for category in layout.category] == list(SEPARATION.charts)
    (event,) = events.Tensors("about")
    text = make_ndarray(event.tensor_proto).item().decode()
    # A name is a name, whatever Markdown makes of its signs.
    assert "`x'y.tif` (SHA-256 abababab" in text
    assert "`t <b>`" in text


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (None, api_pb2.STATUS_SUCCESS),
        (TrainingDivergedError("no"), api_pb2.STATUS_FAILURE),
        (Interrupted(3), None),
    ],
)
def test_the_board_knows_how_a_run_ended(
    tmp_path: Path, error: Exception | None, status: int | None
) -> None:
    def run() -> None:
        with TensorBoardLog(tmp_path, {"a": 1}) as log:
            log.advanced(3, {"loss": 1.0})
            if error:
                raise error

    if error:
        with pytest.raises(type(error)):
            run()
    else:
        run()
    content = EventAccumulator(str(tmp_path)).Reload().PluginTagToContent("hparams")
    ends = [HParamsPluginData.FromString(content[tag]).session_end_info.status
            for tag in content if tag == "_hparams_/session_end_info"]  # fmt: skip
    assert ends == ([] if status is None else [status])


def test_runs_of_both_methods_share_a_table_in_which_differences_come_first(
    tmp_path: Path, compared: Callable[[Path], tuple[list[str], dict[str, dict[str, float]]]]
) -> None:
    for name, method, settings in (
        ("a", "separation", {"loss.eta1": 0.5, "network.layers": 5}),
        ("b", "separation", {"loss.eta1": 0.1, "network.layers": 5}),
        ("c", "super-resolution", {"downsampling.scale": 4}),
    ):
        record = {"inputs": {"xray": {"file": f"{method}.tif", "sha256": "ab" * 32}}}
        hparams = {**identity(record, method), **settings}
        with TensorBoardLog(tmp_path / name / "tensorboard", hparams) as log:
            for step in (1, 2):
                log.advanced(step, {"loss": 0.5 / step})
    names, metrics = compared(tmp_path)
    assert set(names[:3]) == {"loss.eta1", "method", "painting"}
    assert set(names[3:]) == {"downsampling.scale", "network.layers"}
    # Each run is a row with what it ended with.
    assert metrics == {f"{name}/tensorboard": {"training/loss": 0.25} for name in "abc"}


@pytest.fixture
def compared() -> Callable[[Path], tuple[list[str], dict[str, dict[str, float]]]]:
    """From a folder of runs, the HPARAMS board's columns and its rows' metrics, in order."""

    def read(folder: Path) -> tuple[list[str], dict[str, dict[str, float]]]:
        multiplexer = EventMultiplexer().AddRunsFromDirectory(str(folder))
        multiplexer.Reload()
        provider = MultiplexerDataProvider(multiplexer, str(folder))
        context = Context(base_plugin.TBContext(data_provider=provider))
        request = RequestContext()
        experiment = context.experiment_from_metadata(
            *(request, "", True, context.hparams_metadata(request, ""), []),
        )
        columns = [api_pb2.ColParams(metric=info.name) for info in experiment.metric_infos]
        wanted = api_pb2.ListSessionGroupsRequest(
            start_index=0,
            slice_size=10,
            include_metrics=True,
            col_params=columns,
            allowed_statuses=[api_pb2.STATUS_SUCCESS],
        )
        found = Handler(request, context, "", wanted).run()
        return [info.name for info in experiment.hparam_infos], {
            group.name: {value.name.tag: value.value for value in group.metric_values}
            for group in found.session_groups
        }

    return read
