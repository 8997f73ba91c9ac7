"""What is refused, and in which words."""

from contextlib import contextmanager

import pytest
from jaxtyping import TypeCheckError


@contextmanager
def refuses(words, error=ValueError):
    """Under beartype its own error may come first."""
    with pytest.raises((error, TypeCheckError)) as caught:
        yield
    if caught.type is not TypeCheckError:
        caught.match(words)
