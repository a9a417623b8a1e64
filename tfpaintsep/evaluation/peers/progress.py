"""From a training's steps to the share of a budget that is spent."""

import time

from tfpaintsep.evaluation.methods import Budget


class BudgetObserver:
    """Tells the budget how far a training is, as an observer of the loop.

    Args:
        budget: Is told, first of all now, when the training begins.
        steps: Of the whole training, if time allows for them.
    """

    def __init__(self, budget: Budget, steps: int) -> None:
        self._budget = budget
        self._steps = steps
        self._began = time.monotonic()
        budget.report(0.0, "step 0")

    def advanced(self, step: int, values: dict[str, float]) -> None:
        """`step` steps are done."""
        spent = (time.monotonic() - self._began) / max(self._budget.seconds, 1e-9)
        share = min(max(spent, step / self._steps), 1.0)
        self._budget.report(share, f"step {step}, loss {values['loss']:.4g}")
