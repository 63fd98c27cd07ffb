"""The power of the simulated node: a triangle between two powers, known at every moment of
CLOCK_MONOTONIC. Used by what drives the meters in the guest and by the truth on the host."""

NS = 10**9
LOW_W, HIGH_W = 400.0, 520.0
PERIOD_NS = 16 * NS


def watts(t_ns):
    share = t_ns % PERIOD_NS / PERIOD_NS
    return LOW_W + (HIGH_W - LOW_W) * (1 - abs(2 * share - 1))


def joules_since_zero(t_ns):
    """The integral of watts()."""
    whole, part = divmod(t_ns, PERIOD_NS)
    half_ns = PERIOD_NS // 2
    climbed = min(part, half_ns) ** 2 / PERIOD_NS
    if part > half_ns:
        climbed += half_ns / 2 - (PERIOD_NS - part) ** 2 / PERIOD_NS
    climbed += whole * half_ns
    return (LOW_W * t_ns + (HIGH_W - LOW_W) * climbed) / NS


def joules(begin_ns, end_ns):
    return joules_since_zero(end_ns) - joules_since_zero(begin_ns)


def mean_watts(begin_ns, end_ns):
    return joules(begin_ns, end_ns) * NS / (end_ns - begin_ns)
