"""All methods of the comparison that separate a mixed radiograph, in the table's order."""

from tfpaintsep.evaluation.methods import Budget, Image, Layers, Method, Separate

from .fast_ica import fast_ica
from .guided_filter import guided_filter
from .lcista import SOURCE, lcista
from .robust_pca import robust_pca
from .trivial import halving

# What needs TensorFlow is imported when it is run, so that the names are known at once.


def _remainder_concealed(xray: Image, rgb: Image, budget: Budget) -> Layers:
    from .colour_regression import remainder_concealed

    return remainder_concealed(xray, rgb, budget)


def _remainder_split(xray: Image, rgb: Image, budget: Budget) -> Layers:
    from .colour_regression import remainder_split

    return remainder_split(xray, rgb, budget)


def _connected_autoencoder(xray: Image, rgb: Image, budget: Budget) -> Layers:
    from .connected_autoencoder import connected_autoencoder

    return connected_autoencoder(xray, rgb, budget)


def _cista(xray: Image, rgb: Image, budget: Budget) -> Layers:
    from .cista import cista

    return cista(xray, rgb, budget)


_METHODS: tuple[Method[Separate], ...] = (
    Method("halving", "Halving, x/2", halving, "trivial"),
    Method(
        "colour-regression",
        "Colour regression, remainder concealed",
        _remainder_concealed,
        "trivial",
        note="each layer has half of the mixture's mean",
    ),
    Method(
        "colour-regression-split",
        "Colour regression, remainder split",
        _remainder_split,
        "trivial",
        note="the first guess of `fast`, untrained",
    ),
    Method(
        "guided-filter",
        "Guided filter",
        guided_filter,
        "He et al. 2013, section 3.5",
        note="radius 60 px; each layer has half of the mixture's mean",
    ),
    Method(
        "fast-ica",
        "FastICA",
        fast_ica,
        "Hyvärinen and Oja 2000",
        note="of x, red, green and blue; what the photograph shows least is concealed",
    ),
    Method(
        "robust-pca",
        "Robust PCA",
        robust_pca,
        "Candès et al. 2011",
        note="of joint patches of x and photograph; the sparse part is concealed",
    ),
    Method(
        "connected-autoencoder",
        "Connected auto-encoder",
        _connected_autoencoder,
        f"[19] of {SOURCE}, as its section II describes it",
        learned=True,
        note="widths, weights of the loss and optimiser are ours: the description has none",
    ),
    Method(
        "cista",
        "CISTA, not learned",
        _cista,
        f"{SOURCE}, eq. (7)-(9), (14)",
        note="random nearly tight dictionary; start: luminance, as published",
    ),
    lcista(
        {},
        "paper",
        name="lcista-paper",
        title="LCISTA, preset `paper`",
        note="the published protocol, cut off when the time is up",
    ),
    lcista({}, name="lcista-fast", title="LCISTA, preset `fast`"),
    lcista(
        {"network.shrinkage": "hard"},
        name="lcista-l0",
        title="LCISTA `fast`, l0",
        source=f"{SOURCE}, Fig. 19, row 2",
        note="thresholds constant",
    ),
    lcista(
        {"network.shrinkage": "none"},
        name="lcista-no-sparsity",
        title="LCISTA `fast`, no sparsity",
        source=f"{SOURCE}, Fig. 19, row 3",
    ),
    lcista(
        {"network.exclusion_prior": False, "loss.eta2": 0.0},
        name="lcista-no-exclusion",
        title="LCISTA `fast`, no exclusion",
        source=f"{SOURCE}, Fig. 19, row 4",
        note="neither in the iterations nor in the loss",
    ),
    lcista(
        {"start.kind": "luminance"},
        name="lcista-luminance-start",
        title="LCISTA `fast`, luminance as first guess",
        source=f"{SOURCE}, Fig. 18",
    ),
    lcista(
        {"start.kind": "given"},
        name="lcista-given-start",
        title="LCISTA `fast`, given first guess",
        source=f"{SOURCE}, Fig. 17",
        note="given: the surface layer of colour-regression, in place of a restorer's image",
    ),
)

SEPARATION: dict[str, Method[Separate]] = {method.name: method for method in _METHODS}
