"""What each part of the super-resolution brings: peers, the published form, and `fast` in parts.

    python benchmarks/super_resolution.py [--data DIR ...] [--only TEXT]

Each DIR is in the layout that `tfpaintsep degrade` writes. Without any, two paintings are
simulated. Prints Markdown: PSNR in dB over the whole cube, each map by the known one's range, with
and without the projection (10); seconds of the training on this machine.
"""

import argparse
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tensorflow as tf

from tfpaintsep.cli.configuration import load_configuration
from tfpaintsep.cli.evaluate_maps import read_known_maps
from tfpaintsep.evaluation.peers.interpolation import bicubic, project
from tfpaintsep.evaluation.stack_metrics import score_stack
from tfpaintsep.images import read_element_maps, read_photograph
from tfpaintsep.runs.folder import RunFolder
from tfpaintsep.simulation import demo_painting, write_painting
from tfpaintsep.superresolution.config import SuperResolutionConfig
from tfpaintsep.superresolution.one_scale_down import fit_enlargement
from tfpaintsep.superresolution.painting import ScannedPainting
from tfpaintsep.superresolution.pipeline import SuperResolutionRun
from tfpaintsep.superresolution.scaling import MapScaling

SHORT = [
    *("generator.initialiser=glorot", "pretraining.steps=1000"),
    *("pretraining.learning_rate=5e-3", "pretraining.schedule=cosine"),
    *("pretraining.sampling=blocks", "pretraining.batch=2048", "adversarial.sampling=crops"),
]
"""The published form with a start and a schedule for minutes, all else as in the paper."""

FULL = "enlargement.trust=full"
UNGUIDED = ["enlargement.guide=none"]
ADVERSARY = ["adversarial.steps=300"]
PLAIN = [*ADVERSARY, "loss.misclassified_only=false"]

VARIANTS: dict[str, tuple[str, list[str]]] = {
    "published form, pretraining alone": ("paper", [*SHORT, "adversarial.steps=0"]),
    "+ adversary": ("paper", [*SHORT, *ADVERSARY]),
    "+ the second stage with alpha2 = 0": ("paper", [*SHORT, *ADVERSARY, "loss.alpha2=0"]),
    "+ adversary, without the misclassification filter": ("paper", [*SHORT, *PLAIN]),
    "`fast`": ("fast", []),
    "`fast`, another seed": ("fast", ["training.seed=1"]),
    "`fast`, no guide": ("fast", UNGUIDED),
    "`fast`, guide trusted in full": ("fast", [FULL]),
    "`fast`, Lanczos interpolation in full": ("fast", ["enlargement.sharpness=full"]),
    "`fast`, no noise added": ("fast", ["pretraining.noisy=false"]),
    "`fast`, photograph not displaced": ("fast", ["pretraining.displaced=0"]),
    "`fast`, strength 1": ("fast", ["pretraining.strength=1"]),
    "`fast`, Glorot's start": ("fast", ["generator.initialiser=glorot"]),
    "`fast`, maps instead of a correction": ("fast", ["generator.residual=false"]),
    "`fast` + adversary": ("fast", ADVERSARY),
    "`fast` + adversary, alpha2 = 1e-3": ("fast", [*ADVERSARY, "loss.alpha2=1e-3"]),
}


@dataclass(frozen=True)
class Case:
    """A painting whose fine maps are known."""

    name: str
    painting: ScannedPainting
    known: np.ndarray
    scale: int

    def psnr(self, maps: np.ndarray) -> float:
        """PSNR of maps in their own units, dB."""
        names = self.painting.maps.names
        return float(score_stack(self.known, maps, names, self.scale).pooled.psnr or np.inf)


def read_case(folder: Path) -> Case:
    """Read what `degrade` or the simulation has written."""
    painting = ScannedPainting(
        read_element_maps(folder / "maps.tif"), read_photograph(folder / "rgb.tif")
    )
    known = read_known_maps(folder, painting.maps.names, painting.photograph.size)
    return Case(folder.name, painting, known, painting.photograph.size[0] // painting.maps.size[0])


def configure(case: Case, preset: str, settings: list[str]) -> SuperResolutionConfig:
    """A preset with settings, at the case's scale."""
    scale = f"downsampling.scale={case.scale}"
    return load_configuration(
        SuperResolutionConfig, "superresolution", preset, settings=[*settings, scale]
    )


def peers(case: Case) -> Iterator[tuple[str, str]]:
    """PSNR of what needs no training."""
    coarse, rgb = case.painting.maps.values, case.painting.photograph.values
    plain = bicubic(coarse, case.scale)
    projected = case.psnr(project(plain, coarse, case.scale))
    yield "bicubic", f"{case.psnr(plain):.2f} / {projected:.2f}"
    for title, settings in (
        ("interpolation of `fast`", UNGUIDED),
        ("interpolation of `fast`, Lanczos in full", [*UNGUIDED, "enlargement.sharpness=full"]),
        ("guided filter, Gaussian window of 12 coarse px", [FULL, "enlargement.window=12"]),
        ("guided filter, window 3", [FULL, "enlargement.window=3"]),
        ("guided filter, window 0.7", [FULL]),
        ("guided as far as tested: the start of `fast`", []),
    ):
        config = configure(case, "fast", settings)
        scaling = MapScaling.of(coarse, config.scaling.headroom)
        scaled = scaling.scale(coarse)
        enlarge, _ = fit_enlargement(config, scaled, rgb)
        enlarged = enlarge(tf.constant(scaled[None]), tf.constant(rgb[None]))[0].numpy()
        fine = scaling.unscale(enlarged)
        after = case.psnr(project(fine, coarse, case.scale))
        yield title, f"{case.psnr(fine):.2f} / {after:.2f}"


def trained(case: Case, preset: str, settings: list[str]) -> str:
    """PSNR of a trained network without and with the projection, and the seconds it took."""
    config = configure(case, preset, settings)
    with tempfile.TemporaryDirectory() as temporary:
        begun = time.perf_counter()
        run = SuperResolutionRun(case.painting, config, RunFolder(Path(temporary)))
        maps = run.compute()
        seconds = time.perf_counter() - begun
        raw = run.scaling.unscale(run.network(run.pair.images)["maps"][0].numpy())
    return f"{case.psnr(raw):.2f} / {case.psnr(maps):.2f} ({seconds:.0f} s)"


def main() -> None:
    """Run everything and print Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, nargs="*", default=[])
    parser.add_argument(
        "--only", default="", help="Networks whose title contains this; none for '-'."
    )
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folders = arguments.data
        for seed in () if folders else (10, 11):
            folder = Path(temporary) / f"painting {seed}"
            write_painting(demo_painting(size=(256, 256), seed=seed), folder)
            folders = [*folders, folder]
        cases = [read_case(folder) for folder in folders]
    print("| without / with projection |", " | ".join(case.name for case in cases), "|")
    print(f"| --- |{' --- |' * len(cases)}", flush=True)
    for rows in zip(*(peers(case) for case in cases), strict=True):
        print(f"| {rows[0][0]} |", " | ".join(text for _, text in rows), "|", flush=True)
    for title, (preset, settings) in VARIANTS.items():
        if arguments.only in title:
            cells = [trained(case, preset, settings) for case in cases]
            print(f"| {title} |", " | ".join(cells), "|", flush=True)


if __name__ == "__main__":
    main()
