"""A prior learned from simulated paintings: which detail of a mixture is whose.

`evidence` measures on the painting at hand how its colours and its radiograph go together,
`maps` shows that to a small network (`network`), whose weights `learning` made from paintings of
`tfpaintsep.simulation` and nothing else. Where colour goes with fine detail, `local_colour` has a
say beside it. docs/decisions/0020-learned-prior.md says why.
"""
