"""Whether a registration that was found is more than chance."""

from dataclasses import dataclass

CLARITY = 1.5
"""How many times as high as chance the correlation must be; by chance it is about 1."""
STANDS_OUT = 2.0
"""By how many standard deviations mutual information must exceed that of displaced pictures."""
AGREEING = 3
"""Of the starts, how many must end on one spot."""
STARTS = 5
"""From which mutual information is maximised."""


@dataclass(frozen=True)
class Evidence:
    """Why an automatic result is believed, or not.

    Attributes:
        clarity: Height of the correlation of structure, over what mirrored pictures reach.
        mutual_information: At the end, nats.
        displaced: Mean of the mutual information at displacements of 4 to 10% of the shorter side.
        stands_out: By how many of their standard deviations the first exceeds the second.
        agreeing: How many of five starts ended on the same spot.
        drift: How far the corners moved from what the search had found, pixels of the result.
        drift_allowed: How far they may have moved, likewise.
    """

    clarity: float
    mutual_information: float
    displaced: float
    stands_out: float
    agreeing: int
    drift: float
    drift_allowed: float

    def doubts(self) -> list[str]:
        """What speaks against the result, in words; nothing where it can be believed."""
        found = []
        if self.clarity < CLARITY:
            found.append(
                f"the two pictures' structures fit only {self.clarity:.1f} times as well as "
                f"those of a mirrored picture ({CLARITY:g} needed)"
            )
        if self.agreeing < AGREEING:
            found.append(f"only {self.agreeing} of {STARTS} starts end on one spot")
        if self.drift >= self.drift_allowed:
            found.append(
                f"mutual information moves the picture by {self.drift:.1f} px from where its "
                f"structures fit ({self.drift_allowed:g} allowed)"
            )
        if self.stands_out < STANDS_OUT:
            found.append(
                f"mutual information stands {self.stands_out:.1f} standard deviations above that "
                f"of displaced pictures ({STANDS_OUT:g} needed)"
            )
        return found
