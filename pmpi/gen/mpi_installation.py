"""What an installed MPI really offers: prototypes from its mpi.h, names its library exports.

Asks the MPI's own compiler wrapper, so no path of any system is written down here. Needs
`nm` and `ldd`. Reads declarations only: it is no C parser.
"""

import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Parameter:
    """One argument: its type without const and name, and whether it is an array or pointer."""

    type: str
    name: str
    array: bool
    pointer: bool
    const: bool


@dataclass(frozen=True)
class Prototype:
    result: str
    parameters: tuple


@dataclass(frozen=True)
class Installation:
    product: str  # "MPICH" or "Open MPI"
    version: str  # "4.0.2"
    prototypes: dict
    exported: frozenset


# Open MPI declares what MPI-3 removed, and its library still exports, only on request.
WITH_REMOVED_FUNCTIONS = "-DOMPI_OMIT_MPI1_COMPAT_DECLS=0"


class ProbeError(RuntimeError):
    """The compiler wrapper or a tool beside it failed."""


def run(command):
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise ProbeError(f"{' '.join(map(str, command))} failed: {result.stderr.strip()}")
    return result.stdout


def parse_parameter(text):
    array = "[" in text
    text = re.sub(r"\[[^\]]*\]", "", text)
    if text.strip() == "...":
        return Parameter("...", "", False, False, False)
    words = re.findall(r"\w+|\*", text.replace("restrict", ""))
    const = "const" in words
    pointer = "*" in words
    names = [word for word in words if word not in ("const", "*")]
    name = names.pop() if len(names) > 1 and words[-1] != "*" else ""
    return Parameter(" ".join(names), name, array, pointer, const)


def parse_prototypes(preprocessed):
    """Every declaration `result MPI_Name(parameters)`, PMPI_ ones left out."""
    text = re.sub(r"^#.*$", "", preprocessed, flags=re.M)
    prototypes = {}
    declaration = r"\b([A-Za-z_]\w*)\s*(?:\*\s*)?\b(MPI_\w+)\s*\(([^()]*(?:\([^()]*\)[^()]*)*)\)"
    for match in re.finditer(declaration, text):
        result, name, inside = match.groups()
        if result in ("typedef", "return", "define"):
            continue
        inside = " ".join(inside.split())
        parts = [] if inside in ("", "void") else inside.split(",")
        prototypes[name] = Prototype(result, tuple(parse_parameter(part) for part in parts))
    return prototypes


def parse_exported(nm_output):
    """MPI_* and PMPI_* functions of `nm -D --defined-only`."""
    names = set()
    for line in nm_output.splitlines():
        fields = line.split()
        if len(fields) == 3 and fields[1] in "TWi" and re.match(r"P?MPI_", fields[2]):
            names.add(fields[2].split("@")[0])
    return frozenset(names)


def version_of(macros):
    found = dict(re.findall(r"^#define (\w+) (.+)$", macros, flags=re.M))
    if "MPICH_VERSION" in found:
        return "MPICH", found["MPICH_VERSION"].strip('"')
    if "OMPI_MAJOR_VERSION" in found:
        parts = (found[f"OMPI_{part}_VERSION"] for part in ("MAJOR", "MINOR", "RELEASE"))
        return "Open MPI", ".".join(parts)
    return "unknown MPI", ""


def library_of(compiler, folder):
    """The library that defines MPI_Init for a program linked with this wrapper."""
    source = Path(folder) / "probe.c"
    program = Path(folder) / "probe"
    source.write_text("#include <mpi.h>\nint main(void) { return MPI_Finalize(); }\n")
    run([compiler, str(source), "-o", str(program)])
    candidates = re.findall(r"^\s*libmpi\S*\s+=>\s+(\S+)", run(["ldd", str(program)]), flags=re.M)
    for candidate in candidates:
        if "MPI_Finalize" in parse_exported(run(["nm", "-D", "--defined-only", candidate])):
            return candidate
    raise ProbeError(f"{compiler} links no shared library that exports MPI_Finalize")


def probe(compiler):
    with tempfile.TemporaryDirectory() as folder:
        header = Path(folder) / "header.c"
        header.write_text("#include <mpi.h>\n")
        prototypes = parse_prototypes(run([compiler, "-E", WITH_REMOVED_FUNCTIONS, str(header)]))
        product, version = version_of(run([compiler, "-E", "-dM", str(header)]))
        library = library_of(compiler, folder)
        exported = parse_exported(run(["nm", "-D", "--defined-only", library]))
    return Installation(product, version, prototypes, exported)
