"""Array types: NumPy arrays whose axes are named in the signature.

``Float[Array, "T I"]`` reads: a floating-point array with T rows (time) and I columns (inputs). The letters are those
of the book's notation page. The test suite runs once with every signature checked against the arrays that really pass.
"""

from jaxtyping import Bool, Float, Inexact, Integer
from numpy import ndarray as Array

__all__ = ["Array", "Bool", "Float", "Inexact", "Integer"]
