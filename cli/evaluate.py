"""`tfpaintsep evaluate`: scores and error maps beside layers that are known."""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
import numpy as np

from tfpaintsep.errors import InputError

from . import options


@click.command("evaluate")
@click.argument("run", type=options.PATH)
@click.option(
    "--truth",
    type=options.PATH,
    required=True,
    help="Folder with surface.tif and concealed.tif, or with maps.tif, or the folder above it; any "
    "reference serves, a known truth or another method's result.",
)
def command(run: Path, truth: Path) -> None:
    """Score RUN's layers or maps against a reference and write error maps.

    Of a separation: the MSE of the paper's eq. (16) in units of the gain, the skill over halving
    the mixture, and SDR, SIR (with their improvement over the mixture) and SAR in dB. Of a
    super-resolution: RMSE, PSNR, SSIM, SAM and ERGAS, beside bicubic interpolation without and
    with projection. Writes RUN/evaluation/scores.json and error_*.tif.
    """
    from tfpaintsep.runs.folder import RunFolder
    from tfpaintsep.runs.provenance import method_of

    folder = RunFolder(run)
    method = method_of(folder.read_provenance())
    if method is None:
        raise InputError(
            folder.provenance,
            expected="the record of a separation or super-resolution",
            found="that of something else",
            advice="Give a folder that train-sep, train-sr, separate or upscale has written.",
        )
    folder.check_finished()
    if truth.resolve() == run.resolve():
        raise InputError(
            "--truth",
            expected="another folder than the run's own",
            found=str(truth),
            advice="Give a known truth, or another method's result.",
        )
    if method == "super-resolution":
        from .evaluate_maps import evaluate_maps, table_of_maps

        click.echo(table_of_maps(evaluate_maps(run, truth)))
    else:
        click.echo(table(evaluate_run(run, truth)))
    click.echo(f"Wrote {folder.evaluation}; `tfpaintsep report {run}` brings it to the page")


def evaluate_run(run: Path, truth: Path) -> dict[str, dict[str, float | None]]:
    """Score the run folder of a separation and write the result to its `evaluation/`.

    Raises:
        InputError: If there is no run, no reference, or sizes differ.
    """
    from tfpaintsep.evaluation.metrics import mean_scores, score_layers
    from tfpaintsep.images import write_layer
    from tfpaintsep.images.decoding import decode
    from tfpaintsep.runs.folder import RunFolder
    from tfpaintsep.runs.provenance import stamp, write_json

    folder = RunFolder(run)
    provenance = folder.read_provenance()
    facts = provenance["inputs"]["xray"]
    gain, positive = float(facts["gain"]), facts["polarity"] == "positive"
    # Decoded as they are: what the program has computed may be constant or negative.
    pictures = {
        name: decode(folder.picture(name)).samples
        for name in ("surface", "concealed", "mixture", "residual")
    }
    layers = {name: pictures[name] for name in ("surface", "concealed")}
    mixture = pictures["mixture"] + pictures["residual"]
    reference = read_truth(truth, mixture.shape, gain)

    def depth(values: np.ndarray) -> np.ndarray:
        scaled = np.asarray(values, np.float64) / gain
        return 1 - scaled if positive else scaled

    misfit = depth(reference["surface"]) + depth(reference["concealed"]) - depth(mixture)
    if (rms := float(np.sqrt(np.mean(misfit**2)))) > 0.05:
        click.echo(
            f"Note: the reference layers do not add up to the radiograph (root mean square "
            f"{rms:.0%} of full scale); check their scale and polarity",
            err=True,
        )
    layer_scores = score_layers(
        depth(layers["surface"]),
        depth(layers["concealed"]),
        depth(reference["surface"]),
        depth(reference["concealed"]),
        depth(mixture),
    )
    rows = {name: _finite(asdict(score)) for name, score in layer_scores.items()}
    rows["mean"] = _finite(asdict(mean_scores(layer_scores)))
    folder.evaluation.mkdir(exist_ok=True)
    for name in layers:
        write_layer(
            folder.evaluation / f"error_{name}.tif",
            layers[name] - reference[name],
            resolution=decode(folder.picture(name)).resolution,
            description=stamp(f"error of the {name} layer: estimate minus reference", provenance),
        )
    write_json(
        folder.evaluation / "scores.json",
        {"reference": str(truth.resolve()), "unit": "gain", "gain": gain, "scores": rows},
    )
    return rows


def _finite(row: dict[str, float | None]) -> dict[str, float | None]:
    """JSON has no infinity: the ratio of an exact layer is left undefined."""
    return {n: v if v is not None and np.isfinite(v) else None for n, v in row.items()}


def read_truth(truth: Path, size: tuple[int, ...], gain: float) -> dict[str, np.ndarray]:
    """Read `surface.tif` and `concealed.tif` from a folder or from its `truth/`.

    Raises:
        InputError: If they are not there, or their size or scale differs.
    """
    from tfpaintsep.images import read_grey
    from tfpaintsep.images.checks import check_same_size

    folder = truth if (truth / "surface.tif").is_file() else truth / "truth"
    layers = {}
    for name in ("surface", "concealed"):
        path = folder / f"{name}.tif"
        if not path.is_file():
            raise InputError(
                truth,
                expected="a folder with surface.tif and concealed.tif, or with truth/ in it",
                found=f"no {name}.tif",
                advice="Give the folder that holds the known layers.",
            )
        layers[name] = read_grey(path, gain)
        check_same_size("the radiograph", (size[0], size[1]), str(path), layers[name].shape)
    return layers


def make_judge(truth: Path, radiograph: Any) -> Callable[..., dict[str, float]]:
    """A function that scores layers, in units of the gain, while a network trains."""
    from tfpaintsep.evaluation.metrics import score_layers
    from tfpaintsep.images import Radiograph

    reference = read_truth(truth, radiograph.size, radiograph.gain)
    known = {
        name: Radiograph(
            values, radiograph.gain, radiograph.stored_dtype, radiograph.polarity
        ).normalised()
        for name, values in reference.items()
    }
    mixture = radiograph.normalised()

    def judge(surface: np.ndarray, concealed: np.ndarray) -> dict[str, float]:
        scores = score_layers(surface, concealed, known["surface"], known["concealed"], mixture)
        return {
            f"{metric}_{layer}": value
            for layer, score in scores.items()
            for metric, value in asdict(score).items()
            if metric in ("skill", "sdri", "siri") and value is not None
        }

    return judge


def table(scores: dict[str, dict[str, float | None]]) -> str:
    """The scores as lines of text, halving beside them."""
    names = ("mse", "skill", "sdr", "sdri", "sir", "siri", "sar", "ssim")
    titles = ("MSE (16)", "skill", "SDR", "SDRi", "SIR", "SIRi", "SAR", "SSIM")
    lines = ["layer      " + "".join(f"{title:>10}" for title in titles)]
    for layer, row in scores.items():
        cells = [f"{'-' if row[name] is None else format(row[name], '.4g'):>10}" for name in names]
        lines.append(f"{layer:<11}" + "".join(cells))
    lines.append(
        "SDR, SIR, SAR and improvements in dB; halving the mixture has skill, SDRi, SIRi 0"
    )
    return "\n".join(lines)
