"""How long `tfpaintsep train-sep` takes from the command to the end of its first step.

    python benchmarks/start.py [--size 512] [--repetitions 3]

On a simulated painting with the default preset, one step in a call. Imports are timed in processes
of their own; the rest is reading and checking, the first guess, tracing the step and running it.
"""

import argparse
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
    a = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        write_painting(simulate(size=(a.size, a.size), seed=1), folder / "painting")
        seconds = {
            title: [imported(program) for _ in range(a.repetitions)]
            for title, program in IMPORTS.items()
        }
        last = f"the first step of {a.size} x {a.size} px ended"
        seconds[last] = [first_step(folder, number) for number in range(a.repetitions)]
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


def first_step(folder: Path, number: int) -> float:
    """Seconds until the history has a line."""
    painting, run = folder / "painting", folder / f"run-{number}"
    arguments = [
        *("train-sep", "--xray", painting / "xray.tif", "--rgb", painting / "rgb.tif"),
        *("--out", run, "--set", "training.steps_per_call=1"),
    ]
    began = time.perf_counter()
    process = subprocess.Popen(
        [*COMMAND, *map(str, arguments)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
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
