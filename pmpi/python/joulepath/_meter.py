"""Joules of an interval, with bounds."""

import ctypes
import time
from dataclasses import dataclass
from typing import Optional

from joulepath import _api

# Scopes and error numbers of joulepath.h.
NODE = 0
OWN = 1
REASONS = {
    1: "not recorded: run the program under `joulepath run`",
    2: "this node has no such socket or scope",
    3: "the recorder has not answered in time",
    4: "nothing readable counts this energy: `joulepath sensors` says why",
    5: "a counter was reset, jumped or is stuck: the sum since the start is not known",
    6: "a sensor there gives power, no energy: see the report",
}
NOT_RECORDED = 1
PROVENANCES = {0: "measured", 1: "device-averaged", 2: "estimated"}


def socket(number):
    """The scope of one CPU socket (physical package id, 0 to 7)."""
    number = int(number)
    if not 0 <= number < 8:
        raise ValueError("sockets are numbered 0 to 7")
    return 2 + number


@dataclass(frozen=True)
class Energy:
    """Joules in [lo, hi], best guess `value`; all three None, with a reason, where they are
    not known. `provenance` is "measured", "device-averaged" or "estimated"."""

    value: Optional[float] = None
    lo: Optional[float] = None
    hi: Optional[float] = None
    seconds: float = 0.0
    provenance: Optional[str] = None
    reason: str = ""

    def __str__(self):
        if self.value is None:
            return f"unknown: {self.reason}"
        note = "" if self.provenance == "measured" else f", {self.provenance}"
        return f"{self.value:.3f} J [{self.lo:.3f}, {self.hi:.3f}] in {self.seconds:.3f} s{note}"


def energy(scope=NODE):
    """Energy since the recording began. The first call waits for the recorder, a sampling
    period and at most a second. `seconds` is not known then, and 0."""
    if _api.table is None:
        return Energy(reason=REASONS[NOT_RECORDED])
    value, lo, hi = ctypes.c_double(), ctypes.c_double(), ctypes.c_double()
    error = _api.table.energy_j(scope, value, lo, hi)
    if error != 0:
        return Energy(reason=REASONS.get(error, f"error {error}"))
    provenance = PROVENANCES.get(_api.table.energy_provenance(scope))
    return Energy(value.value, lo.value, hi.value, 0.0, provenance)


class Meter:
    """Measures from start() to stop(), or over a with block; then `energy` holds what
    stop() has returned."""

    def __init__(self, scope=NODE):
        self.scope = scope
        self.energy = Energy(reason="the meter was not started")
        self._began = None

    def start(self):
        self._began = energy(self.scope), time.monotonic()
        return self

    def stop(self):
        """The energy since start(); may be called again for a longer interval."""
        if self._began is None:
            return self.energy
        before, began_s = self._began
        after, seconds = energy(self.scope), time.monotonic() - began_s
        if before.value is None or after.value is None:
            self.energy = Energy(seconds=seconds, reason=before.reason or after.reason)
        else:
            lo = max(0.0, after.lo - before.hi)
            hi = max(lo, after.hi - before.lo)
            value = min(max(after.value - before.value, lo), hi)
            self.energy = Energy(value, lo, hi, seconds, after.provenance)
        return self.energy

    def __enter__(self):
        return self.start()

    def __exit__(self, *exception):
        self.stop()
        return False
