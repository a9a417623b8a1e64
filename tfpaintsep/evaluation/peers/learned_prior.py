"""The learned prior by itself, with nothing trained on the painting."""

from tfpaintsep.evaluation.methods import Budget, Image, Layers
from tfpaintsep.separation.config import StartConfig
from tfpaintsep.separation.start import make_start


def learned_prior(xray: Image, rgb: Image, budget: Budget, *, colour: bool = True) -> Layers:
    """Guess the surface layer, as the preset `fast` does before it trains.

    Args:
        xray: x, (h, w), in units of the gain.
        rgb: r, (h, w, 3), in [0, 1].
        budget: Not spent.
        colour: Whether what colour explains around each place has a say.
    """
    _, surface = make_start(StartConfig(kind="prior", colour=colour), xray, rgb)
    return Layers(surface, xray - surface)
