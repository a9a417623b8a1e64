"""What TensorBoard says of a super-resolution.

Reference: Verinaz-Jadan et al.; equation numbers are the paper's.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from tfpaintsep.training.board import COMPUTED, SCORES, Board

_SCALED = "with every map scaled to about 0 to 1"

BOARD = Board(
    captions={
        "loss": "The generator's loss (11), weights included; of the second stage with its "
        "adversarial term, so the curve may jump where that stage begins. No unit.",
        "loss/xrf": f"Mean squared error of the maps, {_SCALED}: brought down to the measured "
        "resolution, or against the measured maps one scale down.",
        "loss/rgb": "Mean squared error of the photograph (0 to 1) as the codes reproduce it, "
        "before its weight `loss.alpha1`.",
        "loss/augmented": f"The same loss on the pair one scale down, {_SCALED}. First stage only.",
        "loss/adversarial": "The generator's adversarial loss (12), before its weight "
        "`loss.alpha2`. Second stage only, no unit.",
        "loss/discriminator": "The discriminator's loss (13). Second stage only, no unit.",
        "misclassified/": "Share of patches on the wrong side of the discriminator's margin, from "
        "0 to 1: only these drive the adversarial losses.",
        "gradient_norm": "Norm of the generator's gradient. No unit.",
        "gradient_norm/": "Norm of the discriminator's gradient. No unit.",
        "learning_rate": "The optimizer's step size. No unit.",
        f"{SCORES}/rmse": "Root mean square error against the maps given by `--truth`, in units of "
        "each known map's range. Lower is better.",
        f"{SCORES}/psnr": "Peak signal-to-noise ratio in dB, all maps pooled, against the maps "
        "given by `--truth`. Higher is better.",
        f"{SCORES}/ssim": "Structural similarity to the maps given by `--truth`; 1 is perfect.",
        f"{SCORES}/sam": "Mean spectral angle to the maps given by `--truth`, in degrees. Lower is "
        "better.",
        f"{SCORES}/ergas": "Relative error against the maps given by `--truth` (ERGAS, no unit). "
        "Lower is better.",
    },
    units={f"{SCORES}/psnr": "dB", f"{SCORES}/sam": "°"},
    charts={
        "How good (only with --truth)": {
            "PSNR, dB": [f"{SCORES}/psnr"],
            "RMSE, of each map's range": [f"{SCORES}/rmse"],
            "SSIM": [f"{SCORES}/ssim"],
            "Spectral angle, °": [f"{SCORES}/sam"],
        },
        "Loss": {
            "Loss (11)": ["loss"],
            "Terms, unweighted": ["loss/xrf", "loss/rgb", "loss/augmented"],
            "Adversary": ["loss/adversarial", "loss/discriminator"],
            "Misclassified patches": ["misclassified/"],
        },
        "Optimizer": {
            "Gradient norm": ["gradient_norm", "gradient_norm/"],
            "Learning rate": ["learning_rate"],
        },
    },
)
"""Captions, units and charts."""


def picture_captions(
    names: Sequence[str], low: np.ndarray, high: np.ndarray, unit: str | None
) -> Mapping[str, str]:
    """The captions of the maps; they hold at every step, for TensorBoard keeps one of each.

    Args:
        names: The maps.
        low: Of each map the value shown black.
        high: Of each map the value shown white.
        unit: Unit of the maps, if it is known.
    """
    of = f" {unit}" if unit else ""
    return {
        name: f"{name}, super-resolved. {COMPUTED} From {a:,.4g} (black) to {b:,.4g}{of} (white), "
        f"what was measured there. Central region."
        for name, a, b in zip(names, low.tolist(), high.tolist(), strict=False)
    }
