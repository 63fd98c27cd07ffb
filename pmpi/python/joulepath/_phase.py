"""Phases: with joulepath.phase("solve"), or @joulepath.phase("solve")."""

import contextlib

from joulepath import _api


class phase(contextlib.ContextDecorator):
    """Time and energy of the block, or of each call of the decorated function, go to the
    phase `name`; phases nest. As a decorator it is for plain functions: of a generator or
    a coroutine it would only see the creation. One object may be used again and nested."""

    def __init__(self, name):
        # Kept with this object, so that the library meets the same address again.
        self._name = str(name).encode("utf-8", "replace").split(b"\0")[0]

    def __enter__(self):
        if _api.table is not None:
            _api.table.phase_begin(self._name)
        return self

    def __exit__(self, *exception):
        if _api.table is not None:
            _api.table.phase_end()
        return False
