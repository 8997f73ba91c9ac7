"""Sequence models in NumPy, written to be read beside the book."""

__version__ = "0.1.0"
