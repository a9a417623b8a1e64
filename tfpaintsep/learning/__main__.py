"""The command that makes the prior's weights."""

from pathlib import Path

import click
import numpy as np

from tfpaintsep.files import replacing

from .paintings import paint

RATES = (1.5e-3, 5e-4)
"""Learning rates of the two parts."""


@click.command()
@click.option("--work", type=click.Path(path_type=Path), required=True)
@click.option(
    "--seeds",
    nargs=2,
    type=int,
    multiple=True,
    default=[(10000, 10244), (20000, 20318), (30000, 30526)],
)
@click.option("--mixtures", type=click.IntRange(1), default=2400, show_default=True)
@click.option(
    "--steps", nargs=2, type=click.IntRange(1), default=(3000, 2500), show_default="3000 2500"
)
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("--out", type=click.Path(path_type=Path), required=True)
def main(
    work: Path,
    seeds: tuple[tuple[int, int], ...],
    mixtures: int,
    steps: tuple[int, int],
    seed: int,
    out: Path,
) -> None:
    """Learn the prior: about 20 minutes on two cores for each of four things.

    Paintings are simulated, of all SEEDS from first to last; the network learns from any mixtures
    of them; MIXTURES that are like those of real radiographs are drawn; it goes on with these.
    WORK keeps the first three, and what is there is not made again. OUT is the file of weights,
    `tfpaintsep/separation/prior/weights.npz` for those that come with the package.
    """
    painted = paint(work / "paintings", [s for low, high in seeds for s in range(low, high + 1)])

    from tfpaintsep.separation.prior.network import initial_weights

    from .mixing import mix, shuffled
    from .mixtures import draw_mixtures
    from .prior import learn

    rng = np.random.default_rng(seed)
    first = work / "any-mixtures.npz"
    if not first.exists():
        drawn = draw_mixtures(painted, rng)
        start = initial_weights(seed)
        _write(first, learn(drawn, start, rate=RATES[0], steps=steps[0], seed=seed))
    with np.load(first) as stored:
        start = [stored[name].astype(np.float32) for name in stored.files]
    likely = shuffled(mix(work / "mixtures", painted, mixtures), rng)
    _write(out, learn(likely, start, rate=RATES[1], steps=steps[1], seed=seed))


def _write(file: Path, weights: list[np.ndarray]) -> None:
    with replacing(file) as part, part.open("wb") as stream:
        np.savez(stream, *weights)


if __name__ == "__main__":
    main()
