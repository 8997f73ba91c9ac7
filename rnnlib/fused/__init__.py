"""The loss and gradients of ``model``, the same numbers, fast; and text drawn fast.

What makes it fast: only the recurrence stays in the loop over time. Everything else, input projection, readout, loss
and all weight gradients, is one operation over all T * B tokens. Buffers are made once and used again.
"""

from rnnlib.fused.sampling import draw_tokens
from rnnlib.fused.step import lm_loss_and_grads
from rnnlib.fused.workspace import Workspace

__all__ = ["Workspace", "draw_tokens", "lm_loss_and_grads"]
