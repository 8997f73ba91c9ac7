"""Right answers in many styles, a module for each topic: ANSWERS (exercise, answer); ARRAYS and NUMBERS name the
exercises whose answer is a function that returns an array or a number, and may come in any dtype and layout."""

from importlib import import_module
from pkgutil import iter_modules

MODULES = [
    import_module(f"{__name__}.{found.name}") for found in iter_modules(__path__)
]
ANSWERS = [answer for module in MODULES for answer in module.ANSWERS]
ARRAYS = [name for module in MODULES for name in module.ARRAYS]
NUMBERS = [name for module in MODULES for name in module.NUMBERS]
