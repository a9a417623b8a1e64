"""The errors a user can meet, each saying what to do next."""


class InputError(ValueError):
    """The user's input or arguments are wrong (exit code 2).

    One message in four parts: where (which file or option), what was expected, what was
    found, and what to do.

    Args:
        where: The file or option at fault.
        expected: What would have been accepted.
        found: What was there instead.
        advice: What the user can do about it.
    """

    def __init__(self, where: object, *, expected: str, found: str, advice: str) -> None:
        self.where = str(where)
        self.expected = expected
        self.found = found
        self.advice = advice
        super().__init__(f"{where}: expected {expected}; found {found}. {advice}")


class TrainingDivergedError(ArithmeticError):
    """A loss term or gradient stopped being finite; the last good checkpoint is kept."""


class WorkerLostError(RuntimeError):
    """Another process that trains with this one is gone; what was saved can be resumed.

    Args:
        name: Which one.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"{name} is gone, and without it the others cannot go on")
