"""What element maps are called: one spelling for every program's names.

**The rule.** A name made of a chemical symbol, a separator (hyphen, underscore, colon or space)
and an X-ray line becomes `symbol-line`, the line as it was given: `Fe_K`, `Fe K` and `Fe-K` are
`Fe-K`, while `Ca Ka` is `Ca-Ka` and `Ca Kα` is `Ca-Kα`. Every other name is kept as it is. Names
count as equal when they differ in nothing but case or in the spelling of a Greek letter.

Fitting programs save more than fitted areas: PyMca puts `s(Fe-K)` (uncertainty), `w(Fe-K)` (mass
fraction), `mM(Fe-K)` (molar concentration) and `chisq` beside `Fe-K`, and shortens `s(Fe-K)` to
`sFe_K` in the name of a file. These are not maps of counts and are never taken for such.
"""

import re
from collections.abc import Sequence
from pathlib import PurePath

SYMBOLS = tuple(
    re.findall(
        r"\w+",
        "H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As "
        "Se Br Kr Rb Sr Y Zr Nb Mo Tc Ru Rh Pd Ag Cd In Sn Sb Te I Xe Cs Ba La Ce Pr Nd Pm Sm Eu "
        "Gd Tb Dy Ho Er Tm Yb Lu Hf Ta W Re Os Ir Pt Au Hg Tl Pb Bi Po At Rn Fr Ra Ac Th Pa U Np "
        "Pu Am",
    )
)

_SYMBOL = f"(?:{'|'.join(SYMBOLS)})"
_LINE = r"[KLMN][1-5]?(?:[-_ ]?(?:alpha|beta|gamma)|[abglABGLαβγ])?[1-9]?(?:,[1-9])?(?:[MNO][1-5])?"
_SEPARATOR = r"[-–_:\s]+"
_PREFIX = r"(?:.*[-_.\s])?"

ELEMENT = re.compile(f"({_SYMBOL}){_SEPARATOR}({_LINE})")
ELEMENT_FILE = re.compile(f"{_PREFIX}({_SYMBOL}){_SEPARATOR}({_LINE})")
DERIVED = re.compile(
    rf"{_PREFIX}(?:(?:s|w|mM)(?:\s*\(.+\)|[-_\s]?{_SYMBOL}{_SEPARATOR}{_LINE}).*|chisq)"
)
IMAGE_SUFFIXES = (".tif", ".tiff", ".edf")


def normalised_name(text: str) -> str:
    """One spelling of a map's name, by the rule at the head of this file.

    Args:
        text: As a file gives it. Of several lines the first one counts, and a file name (which
            ImageJ gives to the slices of an image sequence) is read as `name_of_file` does.

    Returns:
        The name; empty where there is none.
    """
    lines = text.strip().splitlines()
    name = lines[0].strip() if lines else ""
    if name.lower().endswith(IMAGE_SUFFIXES):
        return name_of_file(name)
    match = ELEMENT.fullmatch(name)
    return f"{match[1]}-{match[2]}" if match else name


def name_of_file(path: str | PurePath) -> str:
    """The name of the map in a file of its own: `images_Fe_K.tif` holds `Fe-K`.

    Returns:
        `symbol-line` where the file's name ends so, a lone symbol, or else the name without its
        ending.
    """
    stem = PurePath(path).stem
    match = None if is_derived(stem) else ELEMENT_FILE.fullmatch(stem)
    return f"{match[1]}-{match[2]}" if match else stem


def is_element(name: str) -> bool:
    """Whether a normalised name is a chemical symbol, with or without a line."""
    return name in SYMBOLS or ELEMENT.fullmatch(name) is not None


def names_an_element(names: Sequence[str]) -> bool:
    """Whether any of some names, as a file spells them, is an element's."""
    return any(is_element(normalised_name(name)) for name in names)


def is_derived(name: str) -> bool:
    """Whether a name says uncertainty, mass fraction, molar concentration or quality of fit."""
    return DERIVED.fullmatch(name) is not None


def select_maps(
    names: Sequence[str], *, only_elements: bool = False
) -> tuple[list[int], tuple[str, ...]]:
    """Which of several images are maps.

    Args:
        names: Normalised names.
        only_elements: Leave out names that are no element too, such as `Scatter_Peak000` and
            the background's parameters among the results of a fit.

    Returns:
        The positions of the maps, and a note on each kind of image left out.
    """
    derived = [name for name in names if is_derived(name)]
    other = [n for n in names if only_elements and not is_derived(n) and not is_element(n)]
    kept = [i for i, name in enumerate(names) if name not in derived and name not in other]
    notes = []
    if derived:
        notes.append(
            "uncertainties s(...), mass fractions w(...), concentrations and chisq are no maps "
            f"of counts, left out: {', '.join(derived)}"
        )
    if other:
        notes.append(f"not named by an element, left out: {', '.join(other)}")
    return kept, tuple(notes)


def repeated_names(names: Sequence[str]) -> list[str]:
    """Names that occur again, in whatever spelling of their Greek letters."""
    seen: set[str] = set()
    repeated = []
    for name in names:
        key = name.casefold()
        for greek, word, letter in (("α", "alpha", "a"), ("β", "beta", "b"), ("γ", "gamma", "g")):
            key = key.replace(greek, letter).replace(word, letter)
        if key in seen:
            repeated.append(name)
        seen.add(key)
    return repeated
