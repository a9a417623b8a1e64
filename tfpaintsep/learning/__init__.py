"""How the weights that come with the package were made: from simulated paintings alone.

`python -m tfpaintsep.learning --help` says how to make them again.
"""
