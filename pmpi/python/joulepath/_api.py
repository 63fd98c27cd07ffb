"""The preloaded library's table of functions (joulepath/joulepath.h), or None."""

import ctypes

ENERGY_J = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int, *[ctypes.POINTER(ctypes.c_double)] * 3)


class Table(ctypes.Structure):
    """struct joulepath_api of joulepath.h, version 1."""

    _fields_ = [
        ("version", ctypes.c_uint),
        ("bytes", ctypes.c_uint),
        ("phase_begin", ctypes.CFUNCTYPE(None, ctypes.c_char_p)),
        ("phase_end", ctypes.CFUNCTYPE(None)),
        ("energy_j", ENERGY_J),
        ("energy_provenance", ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int)),
    ]


def find():
    """Looks in what the process has loaded: preloaded libraries are among it."""
    try:
        return Table.in_dll(ctypes.CDLL(None), "joulepath_api_1")
    except (OSError, TypeError, ValueError):
        return None


table = find()
