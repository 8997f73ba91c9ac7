"""For teachers: the masters in ``source/``, their releases, and the grader of a class. Needs the extra ``teach``."""
