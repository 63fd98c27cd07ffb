"""The table of MPI functions, read and checked.

Knows the columns of mpi_functions.tsv and the closed list of byte rules; used by
generate.py and check_headers.py. It does not look at any MPI installation.
"""

import re
from dataclasses import dataclass
from pathlib import Path

COLUMNS = ["name", "arity", "class", "intercept", "hook", "counts", "bytes", "event", "reason"]

# class in the table -> enumerator of the C++ side
CLASSES = {
    "init": "kInit",
    "wait": "kWait",
    "transfer": "kTransfer",
    "rma": "kRma",
    "io": "kIo",
    "comm": "kComm",
    "local": "kLocal",
}

INTERCEPTS = {"yes", "by-hand", "no"}

HOOKS = {
    "-": "kNoHook",
    "init": "kInit",
    "init_thread": "kInitThread",
    "finalize": "kFinalize",
    "session_init": "kSessionInit",
    "session_finalize": "kSessionFinalize",
    "abort": "kAbort",
    "type_free": "kTypeFree",
    "comm_free": "kCommFree",
    "comm_disconnect": "kCommDisconnect",
    "request_free": "kRequestFree",
}

# counts in the table -> element type of a count or of an array of counts
COUNT_TYPES = {"int": "int", "MPI_Count": "std::int64_t"}


@dataclass(frozen=True)
class RuleKind:
    """A byte rule: its C++ type and what each of its argument positions must be.

    Roles: count, counts (array), type, types (array), peer, root, comm, sendbuf,
    partitions, nrequests, request, requests (array). README.md says what each computes.
    """

    cxx: str
    roles: tuple
    has_counts: bool = True


RULES = {
    "count": RuleKind("CountTimesType", ("count", "type")),
    "peer_count": RuleKind("PeerCountTimesType", ("count", "type", "peer")),
    "sendrecv": RuleKind("Sendrecv", ("count", "type", "peer", "count", "type", "peer")),
    "sendrecv_replace": RuleKind("SendrecvReplace", ("count", "type", "peer", "peer")),
    "element": RuleKind("OneElement", ("type", "peer"), has_counts=False),
    "allgather": RuleKind("Allgather", ("sendbuf", "count", "type", "count", "type")),
    "allgatherv": RuleKind("Allgatherv", ("sendbuf", "count", "type", "counts", "type", "comm")),
    "gather": RuleKind("Gather", ("sendbuf", "count", "type", "count", "type", "root", "comm")),
    "gatherv": RuleKind("Gatherv", ("sendbuf", "count", "type", "counts", "type", "root", "comm")),
    "scatter": RuleKind("Scatter", ("count", "type", "count", "type", "root", "comm")),
    "scatterv": RuleKind("Scatterv", ("counts", "type", "count", "type", "root", "comm")),
    "alltoall": RuleKind("Alltoall", ("sendbuf", "count", "type", "count", "type", "comm")),
    "alltoallv": RuleKind("Alltoallv", ("sendbuf", "counts", "type", "counts", "type", "comm")),
    "alltoallw": RuleKind("Alltoallw", ("sendbuf", "counts", "types", "counts", "types", "comm")),
    "reduce_scatter": RuleKind("ReduceScatter", ("counts", "type", "comm")),
    "reduce_scatter_block": RuleKind("ReduceScatterBlock", ("count", "type", "comm")),
    "neighbor": RuleKind("Neighbor", ("count", "type", "comm")),
    "neighborv": RuleKind("Neighborv", ("counts", "type", "comm")),
    "neighborw": RuleKind("Neighborw", ("counts", "types", "comm")),
    "partitioned": RuleKind("Partitioned", ("partitions", "count", "type", "peer")),
    "start": RuleKind("Start", ("request",), has_counts=False),
    "startall": RuleKind("Startall", ("nrequests", "requests"), has_counts=False),
}


@dataclass(frozen=True)
class EventKind:
    """An event rule: its C++ type, the roles of its arguments, and what the call is.

    `operation` is an enumerator of record::OperationKind, `role` of record::EventRole.
    """

    cxx: str
    roles: tuple
    operation: str
    role: str


def event_kinds():
    kinds = {
        "none": EventKind("NoParts", (), "kNone", "kPlain"),
        "other": EventKind("NoParts", (), "kOther", "kPlain"),
        "unfollowed": EventKind("NoParts", (), "kNone", "kUnfollowed"),
        "sendrecv": EventKind("Exchange", ("peer", "tag", "peer", "tag", "comm", "status"),
                              "kExchange", "kBlocking"),
        "receive": EventKind("Reception", ("peer", "tag", "comm", "status"),
                             "kReceive", "kBlocking"),
        "improbe": EventKind("Improbed", ("peer", "tag", "comm", "flag", "status"),
                             "kReceive", "kBlocking"),
        "iprobe": EventKind("Probed", ("flag",), "kNone", "kPlain"),
        "all_new": EventKind("CollectiveAndNew", ("comm", "newcomm"), "kAllToAll", "kBlocking"),
        "new": EventKind("NewCommunicator", ("newcomm",), "kOther", "kPlain"),
        "start": EventKind("StartedOne", ("request",), "kNone", "kStart"),
        "startall": EventKind("StartedAll", ("count", "requests"), "kNone", "kStart"),
        "wait": EventKind("WaitOne", ("request", "status"), "kNone", "kCompletes"),
        "test": EventKind("TestOne", ("request", "flag", "status"), "kNone", "kCompletes"),
        "waitall": EventKind("WaitAll", ("count", "requests", "statuses"), "kNone", "kCompletes"),
        "testall": EventKind("TestAll", ("count", "requests", "flag", "statuses"),
                             "kNone", "kCompletes"),
        "waitany": EventKind("WaitAny", ("count", "requests", "index", "status"),
                             "kNone", "kCompletesFirst"),
        "testany": EventKind("TestAny", ("count", "requests", "index", "flag", "status"),
                             "kNone", "kCompletesFirst"),
        "waitsome": EventKind("WaitSome", ("count", "requests", "outcount", "indices", "statuses"),
                              "kNone", "kCompletesFirst"),
        "testsome": EventKind("TestSome", ("count", "requests", "outcount", "indices", "statuses"),
                              "kNone", "kCompletesFirst"),
    }
    message = ("peer", "tag", "comm")
    for name, operation in (("send", "kSend"), ("ssend", "kSynchronousSend"),
                            ("bsend", "kBufferedSend")):
        kinds[name] = EventKind("Message", message, operation, "kBlocking")
    for name in ("send", "ssend", "bsend", "receive"):
        operation = kinds[name].operation
        kinds["i" + name] = EventKind("RequestedMessage", message + ("request",), operation,
                                      "kRequest")
        kinds["p" + name] = EventKind("RequestedMessage", message + ("request",), operation,
                                      "kPersistent")
    for name, operation, roles, cxx in (
            ("all", "kAllToAll", ("comm",), "Collective"),
            ("from_root", "kFromRoot", ("root", "comm"), "Rooted"),
            ("to_root", "kToRoot", ("root", "comm"), "Rooted")):
        kinds[name] = EventKind(cxx, roles, operation, "kBlocking")
        for prefix, role in (("i", "kRequest"), ("p", "kPersistent")):
            kinds[prefix + name] = EventKind("Requested" + cxx, roles + ("request",), operation,
                                             role)
    return kinds


EVENTS = event_kinds()


# Classes whose calls can wait for another rank; and in them the functions that return at
# once: what only begins, tests or hands over.
WAITING_CLASSES = {"wait", "transfer", "rma", "comm"}
RETURNS_AT_ONCE = re.compile(
    r"MPI_(I(?!ntercomm_)[a-z]\w*|Start|Startall|Pready\w*|Parrived|Test\w*|Request_get_status|Bsend(_c)?"
    r"|R?(put|get|accumulate|get_accumulate)(_c)?|Compare_and_swap|Fetch_and_op"
    r"|Win_(test|post|sync)|Comm_idup\w*)",
    re.IGNORECASE,
)


class TableError(ValueError):
    """A row that does not follow the rules of the table."""


@dataclass(frozen=True)
class Rule:
    """`kind(positions)`; `request` is set for persistent(request,kind(positions))."""

    kind: str
    positions: tuple
    request: int = -1

    def cxx(self, counts):
        if self.kind == "none":
            return "NoBytes"
        rule = RULES[self.kind]
        arguments = [COUNT_TYPES[counts]] if rule.has_counts else []
        arguments += [str(position) for position in self.positions]
        text = f"{rule.cxx}<{', '.join(arguments)}>"
        return text if self.request < 0 else f"Persistent<{self.request}, {text}>"

    def positions_by_role(self):
        """(role, position) of every argument the rule reads."""
        pairs = [] if self.kind == "none" else list(zip(RULES[self.kind].roles, self.positions))
        return pairs if self.request < 0 else pairs + [("request", self.request)]


@dataclass(frozen=True)
class Event:
    """`kind(positions)`: what event mode keeps of a call beside its times."""

    kind: str
    positions: tuple

    @property
    def operation(self):
        return EVENTS[self.kind].operation

    @property
    def role(self):
        return EVENTS[self.kind].role

    def cxx(self):
        name = EVENTS[self.kind].cxx
        return f"{name}<{', '.join(map(str, self.positions))}>" if self.positions else name

    def positions_by_role(self):
        return list(zip(EVENTS[self.kind].roles, self.positions))


@dataclass(frozen=True)
class Function:
    id: int
    name: str
    arity: int
    function_class: str
    intercept: str
    hook: str
    counts: str
    rule: Rule
    event: Event
    reason: str

    def waits(self):
        """Whether its time beyond the least one is a wait for others."""
        return self.function_class in WAITING_CLASSES and not RETURNS_AT_ONCE.fullmatch(self.name)


def parse_rule(text):
    if text == "none":
        return Rule("none", ())
    persistent = re.fullmatch(r"persistent\((\d+),(\w+\([\d,]+\))\)", text)
    if persistent:
        inner = parse_rule(persistent[2])
        return Rule(inner.kind, inner.positions, int(persistent[1]))
    call = re.fullmatch(r"(\w+)\((\d+(?:,\d+)*)\)", text)
    if not call or call[1] not in RULES:
        raise TableError(f"unknown byte rule '{text}'")
    positions = tuple(int(position) for position in call[2].split(","))
    if len(positions) != len(RULES[call[1]].roles):
        raise TableError(f"byte rule '{text}' needs {len(RULES[call[1]].roles)} positions")
    return Rule(call[1], positions)


def parse_event(text):
    call = re.fullmatch(r"(\w+)(?:\((\d+(?:,\d+)*)\))?", text)
    if not call or call[1] not in EVENTS:
        raise TableError(f"unknown event rule '{text}'")
    positions = tuple(int(position) for position in (call[2] or "").split(",") if position)
    if len(positions) != len(EVENTS[call[1]].roles):
        raise TableError(f"event rule '{text}' needs {len(EVENTS[call[1]].roles)} positions")
    return Event(call[1], positions)


def parse_row(number, line):
    fields = line.split("\t")
    if len(fields) != len(COLUMNS):
        raise TableError(f"{len(fields)} columns instead of {len(COLUMNS)}")
    name, arity, function_class, intercept, hook, counts, rule_text, event_text, reason = fields
    if not re.fullmatch(r"MPI_\w+", name):
        raise TableError(f"'{name}' is no MPI name")
    rule = parse_rule(rule_text)
    event = parse_event(event_text)
    if function_class not in CLASSES:
        raise TableError(f"unknown class '{function_class}'")
    if intercept not in INTERCEPTS or (intercept == "yes") != (reason == "-"):
        raise TableError("intercept must be yes, or by-hand or no with a reason")
    if hook not in HOOKS or (hook != "-" and intercept == "no"):
        raise TableError(f"hook '{hook}' is unknown or never called")
    wants_counts = rule.kind != "none" and RULES[rule.kind].has_counts
    if (counts in COUNT_TYPES) != wants_counts or (counts != "-") != wants_counts:
        raise TableError(f"counts '{counts}' does not fit the byte rule")
    if any(position >= int(arity) for _, position in rule.positions_by_role()):
        raise TableError("the byte rule reads an argument that does not exist")
    if any(position >= int(arity) for position in event.positions):
        raise TableError("the event rule reads an argument that does not exist")
    return Function(number, name, int(arity), function_class, intercept, hook, counts, rule, event,
                    reason)


def read(path):
    """All rows in order; the first has id 1. Raises TableError naming the line."""
    functions = []
    lines = Path(path).read_text(encoding="utf-8").splitlines()
    if not lines or lines[0].split("\t") != COLUMNS:
        raise TableError(f"{path}: the first line must name the columns {COLUMNS}")
    for number, line in enumerate(lines[1:], start=1):
        try:
            functions.append(parse_row(number, line))
        except ValueError as error:
            raise TableError(f"{path}:{number + 1}: {error}") from None
    names = [function.name for function in functions]
    if len(set(names)) != len(names):
        raise TableError(f"{path}: a name occurs twice")
    return functions
