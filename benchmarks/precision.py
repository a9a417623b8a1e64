"""Mixed precision and XLA: what they do to the scores and to the time of a step.

Trains the preset `fast` to its end, on the cases given and on simulated ones, with the same seed
and steps each time, and prints Markdown. Times are of one run: compare them with each other only.
"""

import argparse
import itertools
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from tfpaintsep.cli.configuration import load_configuration
from tfpaintsep.evaluation.benchmark.case import Case, Task
from tfpaintsep.evaluation.benchmark.cases import given_cases, simulated_case
from tfpaintsep.evaluation.metrics import mean_scores, score_layers
from tfpaintsep.images import ElementStack, Photograph, Radiograph
from tfpaintsep.runs.folder import RunFolder

WAYS = {
    "float32": (),
    "mixed precision": ("training.mixed_precision=true",),
    "XLA": ("training.xla=true",),
}
"""By title the settings that are changed."""


def separated(case: Case, settings: tuple[str, ...]) -> tuple[str, float]:
    """Scores of a separation as text, and seconds per step."""
    from tfpaintsep.separation.config import SeparationConfig
    from tfpaintsep.separation.painting import Painting
    from tfpaintsep.separation.pipeline import SeparationRun

    config = load_configuration(SeparationConfig, "separation", "fast", None, settings)
    xray, rgb = case.images["xray"], case.images["rgb"]
    painting = Painting(
        Radiograph(xray, gain=1.0, stored_dtype=np.dtype(np.float32)), Photograph(rgb)
    )
    clock = _Clock()
    with tempfile.TemporaryDirectory() as temporary:
        run = SeparationRun(painting, config, RunFolder(Path(temporary)))
        run.observers = (clock,)
        layers = run.compute()
    truth = (case.images["surface"], case.images["concealed"])
    mean = mean_scores(score_layers(layers.surface, layers.concealed, *truth, xray))
    return f"{mean.skill:.3f} / {mean.sdri:.2f} / {mean.siri:.2f}", clock.seconds_per_step


def super_resolved(case: Case, settings: tuple[str, ...]) -> tuple[str, float]:
    """PSNR of super-resolved maps as text, and seconds per step."""
    from tfpaintsep.evaluation.stack_metrics import score_stack
    from tfpaintsep.superresolution.config import SuperResolutionConfig
    from tfpaintsep.superresolution.painting import ScannedPainting
    from tfpaintsep.superresolution.pipeline import SuperResolutionRun

    settings = (*settings, f"downsampling.scale={case.scale}")
    config = load_configuration(SuperResolutionConfig, "superresolution", "fast", None, settings)
    maps = ElementStack(case.images["maps"], case.names)
    clock = _Clock()
    with tempfile.TemporaryDirectory() as temporary:
        painting = ScannedPainting(maps, Photograph(case.images["rgb"]))
        run = SuperResolutionRun(painting, config, RunFolder(Path(temporary)))
        run.observers = (clock,)
        fine = run.compute()
    scores = score_stack(case.images["truth"], fine, case.names, case.scale)
    return f"{scores.pooled.psnr:.2f}", clock.seconds_per_step


class _Clock:
    """Takes the time of the later half of the steps: compilation lies in the first."""

    def __init__(self) -> None:
        self.times: list[tuple[int, float]] = []

    def advanced(self, step: int, values: dict[str, float]) -> None:
        self.times.append((step, time.perf_counter()))

    @property
    def seconds_per_step(self) -> float:
        half = self.times[len(self.times) // 2 :]
        rates = [(t2 - t1) / (s2 - s1) for (s1, t1), (s2, t2) in itertools.pairwise(half)]
        return float(np.median(rates))


def rows(cases: list[Case], ways: list[str]) -> Iterator[str]:
    """Lines of the table."""
    for case in cases:
        reference = None
        for way in ways:
            compute = separated if case.task == "sep" else super_resolved
            scores, seconds = compute(case, WAYS[way])
            reference = reference or seconds
            yield f"| {case.name} | {way} | {scores} | {seconds:.3f} | {seconds / reference:.2f} |"


def main() -> None:
    """Run everything and print Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sep", type=Path, nargs="*", default=[], help="folders of separations")
    parser.add_argument("--sr", type=Path, nargs="*", default=[], help="folders of scans")
    parser.add_argument("--simulated", type=int, default=1, help="simulated paintings of each kind")
    parser.add_argument("--crop", type=int, default=256, help="side in pixels")
    parser.add_argument("--ways", nargs="*", choices=list(WAYS), default=list(WAYS))
    arguments = parser.parse_args()
    tasks: tuple[tuple[Task, list[Path]], ...] = (("sep", arguments.sep), ("sr", arguments.sr))
    cases = [
        case.cropped(arguments.crop)
        for task, folders in tasks
        for case in [
            *(given_cases(task, folders) if folders else []),
            *(simulated_case(task, 100 + n) for n in range(arguments.simulated)),
        ]
    ]
    print("| case | way | skill / SDRi / SIRi, or PSNR | s / step | ratio |")
    print("| --- | --- | --- | --- | --- |")
    for row in rows(cases, arguments.ways):
        print(row, flush=True)


if __name__ == "__main__":
    main()
