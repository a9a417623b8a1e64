"""Separation of mixed X-radiographs: learned coupled ISTA (Pu et al. 2022), whole.

Equation numbers in this package refer to W. Pu et al., "Mixed X-Ray Image Separation for
Artworks with Concealed Designs", IEEE Transactions on Image Processing 31 (2022).
"""
