"""How long `tfpaintsep train-sep` takes from the command to the end of its first step.

    python benchmarks/start.py [--size 512] [--repetitions 3] [--other FOLDER]

On a simulated painting with the default preset, one step in a call. Imports are timed in processes
of their own; the rest is reading and checking, the first guess, tracing the step and running it.

FOLDER holds another state of the package (`pip install --no-deps --target FOLDER CHECKOUT`): its
first steps are timed in turns with this one's. On a shared machine nothing else can be compared.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from tfpaintsep.simulation import simulate
from tfpaintsep.simulation.writing import write_painting

COMMAND = [sys.executable, "-c", "from tfpaintsep.cli.main import main; main()"]
TENSORFLOW = "from tfpaintsep.cli.tensorflow import load_quietly; load_quietly()"
IMPORTS = {
    "TensorFlow and Keras imported": TENSORFLOW,
    "all that `train-sep` imports": f"{TENSORFLOW}; import tfpaintsep.separation.pipeline",
}


def main() -> None:
    """Print Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--other", type=Path, metavar="FOLDER")
    a = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        write_painting(simulate(size=(a.size, a.size), seed=1), folder / "painting")
        seconds = {
            title: [imported(program) for _ in range(a.repetitions)]
            for title, program in IMPORTS.items()
        }
        last = f"the first step of {a.size} x {a.size} px ended"
        states = [(last, None)] + ([(f"{last}, in the other state", a.other)] if a.other else [])
        for number in range(a.repetitions):
            for title, packages in states:
                run = folder / f"run-{number}-{title}"
                seconds.setdefault(title, []).append(first_step(folder / "painting", run, packages))
    print("| from the command until | s | lowest | highest |")
    print("| --- | ---: | ---: | ---: |")
    for title, taken in seconds.items():
        cells = (f"{value:.1f}" for value in (median(taken), min(taken), max(taken)))
        print(f"| {title} | " + " | ".join(cells) + " |")


def imported(program: str) -> float:
    """Seconds of a Python that does no more than this."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", program], check=True)
    return time.perf_counter() - began


def first_step(painting: Path, run: Path, packages: Path | None) -> float:
    """Seconds until the history has a line, of the package found first in a folder, if named."""
    arguments = [
        *("train-sep", "--xray", painting / "xray.tif", "--rgb", painting / "rgb.tif"),
        *("--out", run, "--set", "training.steps_per_call=1"),
    ]
    began = time.perf_counter()
    process = subprocess.Popen(
        [*COMMAND, *map(str, arguments)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **({"PYTHONPATH": str(packages)} if packages else {})},
    )
    history = run / "history.csv"
    while process.poll() is None:
        if history.exists() and history.read_text().count("\n") > 1:
            break
        time.sleep(0.02)
    else:
        raise SystemExit("train-sep ended before its first step")
    seconds = time.perf_counter() - began
    process.terminate()
    process.wait()
    return seconds


if __name__ == "__main__":
    main()
