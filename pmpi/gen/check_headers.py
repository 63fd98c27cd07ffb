#!/usr/bin/env python3
"""Holds mpi_functions.tsv against installed MPIs: names, arities, and what stands where.

check_headers.py TABLE COMPILER_WRAPPER...   such as mpicc.openmpi mpicc.mpich
Exit codes: 0 all agree; 1 they do not, each difference on a line; 77 nothing disagrees,
but an MPI was not there to be asked. Versions beyond the reference ones below may export
functions that the table lacks: that is said, and is no error.
"""

import re
import shutil
import sys

import function_table
import mpi_installation

# The table is complete for these; from both together every row must come.
REFERENCE_SERIES = {"MPICH": "4.0.", "Open MPI": "4.1."}
EXIT_SKIPPED = 77

# Rules with a send and a receive side, in this order.
TWO_SIDED = {
    "sendrecv", "allgather", "allgatherv", "gather", "gatherv", "scatter", "scatterv",
    "alltoall", "alltoallv", "alltoallw",
}
PEER_NAMES = {"dest", "source", "target_rank", "root"}
REGISTER_TYPES = {"int", "MPI_Aint", "MPI_Count", "MPI_Offset", "MPI_Fint", "size_t"}


def is_value(parameter, type_name):
    return parameter.type == type_name and not parameter.array and not parameter.pointer


def is_vector(parameter, type_name):
    return parameter.type == type_name and (parameter.array or parameter.pointer)


def role_fits(role, parameter, counts):
    """Type and name of a parameter are those that the role of a byte rule asks for."""
    name = parameter.name
    checks = {
        "count": lambda: is_value(parameter, counts) and re.fullmatch(
            r"(send|recv|origin_|result_)?count", name),
        "counts": lambda: is_vector(parameter, counts) and parameter.const and re.fullmatch(
            r"(send|recv)counts", name),
        "type": lambda: is_value(parameter, "MPI_Datatype") and name != "target_datatype",
        "types": lambda: is_vector(parameter, "MPI_Datatype") and parameter.const,
        "peer": lambda: is_value(parameter, "int") and name in PEER_NAMES,
        "root": lambda: is_value(parameter, "int") and name == "root",
        "comm": lambda: is_value(parameter, "MPI_Comm") and name == "comm",
        "sendbuf": lambda: is_vector(parameter, "void") and parameter.const and name == "sendbuf",
        "partitions": lambda: is_value(parameter, "int") and name == "partitions",
        "nrequests": lambda: is_value(parameter, "int") and name == "count",
        "request": lambda: is_vector(parameter, "MPI_Request") and name == "request",
        "requests": lambda: is_vector(parameter, "MPI_Request") and name == "array_of_requests",
    }
    return bool(checks[role]())


def is_pointer_to(parameter, type_name, name):
    return is_vector(parameter, type_name) and re.fullmatch(name, parameter.name)


def event_role_fits(role, parameter):
    """The same for the role of an event rule."""
    name = parameter.name
    checks = {
        "peer": lambda: is_value(parameter, "int") and name in ("dest", "source"),
        "root": lambda: is_value(parameter, "int") and name == "root",
        "tag": lambda: is_value(parameter, "int") and name.endswith("tag"),
        "comm": lambda: is_value(parameter, "MPI_Comm") and name in ("comm", "comm_old", "old_comm"),
        "newcomm": lambda: is_pointer_to(
            parameter, "MPI_Comm", r"newcomm|new_comm|comm_new|comm_cart|comm_graph"
            r"|comm_dist_graph|newintercomm|newintracomm"),
        "request": lambda: is_pointer_to(parameter, "MPI_Request", "request"),
        "requests": lambda: is_pointer_to(parameter, "MPI_Request", r"(array_of_)?requests"),
        "status": lambda: is_pointer_to(parameter, "MPI_Status", "status"),
        "statuses": lambda: is_pointer_to(parameter, "MPI_Status", r"(array_of_)?statuses"),
        "count": lambda: is_value(parameter, "int") and name in ("count", "incount"),
        "outcount": lambda: is_pointer_to(parameter, "int", "outcount"),
        "index": lambda: is_pointer_to(parameter, "int", r"index|indx"),
        "indices": lambda: is_pointer_to(parameter, "int", r"array_of_(indices|indexes)"),
        "flag": lambda: is_pointer_to(parameter, "int", "flag"),
    }
    return bool(checks[role]())


def event_errors(function, parameters):
    return [
        f"argument {position} is '{parameters[position].type} {parameters[position].name}',"
        f" not an event's {role}"
        for role, position in function.event.positions_by_role()
        if not event_role_fits(role, parameters[position])
    ]


def side(name):
    """send, recv, origin, result or nothing: which side a count or datatype belongs to."""
    found = re.match(r"(send|recv|origin|result)", name)
    return found[1] if found else ""


def side_errors(function, parameters):
    sides = [
        side(parameters[position].name)
        for role, position in function.rule.positions_by_role()
        if role in ("count", "counts", "type", "types")
    ]
    peers = [parameters[position].name
             for role, position in function.rule.positions_by_role() if role == "peer"]
    if len(peers) == 2 and peers != ["dest", "source"]:
        return [f"the byte rule takes its peers as {peers}"]
    if function.rule.kind in TWO_SIDED:
        expected = ["send", "send", "recv", "recv"]
    elif function.rule.kind in ("reduce_scatter", "reduce_scatter_block"):
        expected = ["recv", ""]
    else:
        expected = sides[:1] * len(sides)
        if "recv" in sides:
            return [f"the byte rule counts the receive side {sides}"]
    return [] if sides == expected else [f"the byte rule mixes sides {sides}"]


def rule_errors(function, prototype):
    parameters = prototype.parameters
    errors = [
        f"argument {position} is '{parameters[position].type} {parameters[position].name}',"
        f" not a {role}"
        for role, position in function.rule.positions_by_role()
        if not role_fits(role, parameters[position], function.counts)
    ]
    has_type = any(parameter.type == "MPI_Datatype" for parameter in parameters)
    has_count = any(
        re.fullmatch(r"(send|recv|origin_)?counts?", parameter.name)
        and (parameter.const or not parameter.pointer) for parameter in parameters)
    creates_request = function.name.removesuffix("_c").endswith("_init") and has_type
    moves_data = has_type and (
        function.function_class in ("transfer", "rma") or creates_request
        or function.function_class == "io" and has_count)
    if moves_data != (function.rule.kind not in ("none", "start", "startall")):
        errors.append("a function has a byte rule exactly when it moves data")
    if creates_request != (function.rule.request >= 0):
        errors.append("the byte rule must be persistent(...) exactly for an *_init function")
    return errors or side_errors(function, parameters)


def fits_registers(parameter):
    """The wrappers pass every argument on as one integer of a pointer's width."""
    by_value = not parameter.array and not parameter.pointer
    opaque = re.fullmatch(r"MPI_\w+|MPIO_Request", parameter.type) and (
        parameter.type not in ("MPI_Status", "MPI_F08_status"))
    return not by_value or parameter.type in REGISTER_TYPES or bool(opaque)


def function_errors(function, prototype):
    parameters = prototype.parameters
    if len(parameters) != function.arity:
        return [f"arity {function.arity}, but mpi.h has {len(parameters)}"]
    if function.intercept == "no":
        return []
    errors = [] if prototype.result == "int" else [f"it returns {prototype.result}, not int"]
    if function.intercept == "yes":
        errors += [f"argument {position} of type '{parameter.type}' is no integer or pointer"
                   for position, parameter in enumerate(parameters)
                   if not fits_registers(parameter)]
    return errors + rule_errors(function, prototype) + event_errors(function, parameters)


def installation_findings(functions, mpi):
    """(errors, notices) of one MPI against the whole table."""
    errors, notices = [], []
    label = f"{mpi.product} {mpi.version}"
    complete = mpi.version.startswith(REFERENCE_SERIES.get(mpi.product, "never"))
    known = {function.name: function for function in functions}
    for name in sorted(mpi.exported):
        if name.startswith("MPI_") and name not in known:
            (errors if complete else notices).append(f"{label}: {name} is not in the table")
    for function in functions:
        if function.name not in mpi.exported:
            continue
        if function.intercept != "no" and "P" + function.name not in mpi.exported:
            errors.append(f"{label}: {function.name} has no P{function.name}")
        prototype = mpi.prototypes.get(function.name)
        if prototype is None:
            if function.intercept != "no":
                errors.append(f"{label}: {function.name} is exported but not in mpi.h")
            continue
        errors += [f"{label}: {function.name}: {error}"
                   for error in function_errors(function, prototype)]
    return errors, notices


def table_findings(functions, installations):
    """All errors and notices; rows that no MPI exports count once every reference is there."""
    errors, notices = [], []
    for mpi in installations:
        more_errors, more_notices = installation_findings(functions, mpi)
        errors += more_errors
        notices += more_notices
    present = {mpi.product for mpi in installations
               if mpi.version.startswith(REFERENCE_SERIES.get(mpi.product, "never"))}
    if present == set(REFERENCE_SERIES):
        exported = frozenset().union(*(mpi.exported for mpi in installations))
        errors += [f"{function.name} is in the table, but no MPI exports it"
                   for function in functions if function.name not in exported]
    return errors, notices


def main(arguments):
    if len(arguments) < 2:
        print("usage: check_headers.py TABLE COMPILER_WRAPPER...", file=sys.stderr)
        return 2
    compilers = [compiler for compiler in arguments[1:] if shutil.which(compiler)]
    missing = [compiler for compiler in arguments[1:] if compiler not in compilers]
    try:
        functions = function_table.read(arguments[0])
        installations = [mpi_installation.probe(compiler) for compiler in compilers]
    except (OSError, function_table.TableError, mpi_installation.ProbeError) as error:
        print(f"check_headers.py: {error}")
        return 1
    errors, notices = table_findings(functions, installations)
    for line in notices:
        print(f"note: {line}; calls of it are not seen until a row is appended")
    for line in errors:
        print(f"error: {line}")
    for mpi in installations:
        exported = sum(function.name in mpi.exported for function in functions)
        print(f"{mpi.product} {mpi.version}: {exported} of {len(functions)} rows exported")
    for compiler in missing:
        print(f"skipped: {compiler} is not installed, its MPI was not compared")
    if errors:
        return 1
    return EXIT_SKIPPED if missing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
