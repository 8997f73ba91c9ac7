"""Deeper and wider: cells made of cells, and layers that read whole sequences, in one direction or both."""

from rnnlib.stacking.cells import DeepStep, deep_transition, stack
from rnnlib.stacking.sequences import Layer, bidirectional, deep, recurrent

__all__ = [
    "DeepStep",
    "Layer",
    "bidirectional",
    "deep",
    "deep_transition",
    "recurrent",
    "stack",
]
