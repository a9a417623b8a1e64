"""Super-resolution of MA-XRF element maps: unfolded sigmoid-LISTA with an adversary, whole.

Equation numbers in this package refer to H. Verinaz-Jadan, S. Yan, C. Higgitt and P. L.
Dragotti, "Adversarial Deep-Unfolding Network for MA-XRF Super-Resolution on Old Master
Paintings Using Minimal Training Data".
"""
