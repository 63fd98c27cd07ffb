"""Looks at trace files as a user would, with plain h5py and h5dump.

usage: check_h5py.py h5py|document|h5dump|h5clear FOLDER format.md [h5dump] [h5clear]
Exit code 77: what the check needs is not installed.
"""
import os
import re
import shutil
import subprocess
import sys

SKIP = 77
NODE_TABLES = {"sensors", "processes", "lanes", "cells", "counters", "ticks", "samples", "activity",
               "cpu", "counts", "gpu_use", "cpu_use", "marks", "clock", "health"}


def skip(reason):
    print("skipped:", reason)
    sys.exit(SKIP)


def check_columns(group):
    """Every dataset has units and long_name; the columns of a table are equally long."""
    columns = {name: group[name][:] for name in group}
    assert columns, group.name
    assert len({len(column) for column in columns.values()}) == 1, group.name
    for name in group:
        for attribute in ("units", "long_name"):
            assert group[name].attrs[attribute], (group.name, name, attribute)
        assert group[name].ndim == 1
    return columns


def check_file(h5py, path, nodes, **options):
    with h5py.File(path, "r", **options) as trace:
        assert trace.attrs["schema_version"] == 8
        assert trace.attrs["creator"].startswith(b"joulepath ")
        assert set(trace) == {"meta", "phases", "functions", "health_kinds", "nodes"}
        for name in ("meta", "phases", "functions", "health_kinds"):
            check_columns(trace[name])
        assert set(trace["nodes"]) == {str(n) for n in range(nodes)}
        for node in trace["nodes"].values():
            assert set(node) == NODE_TABLES | {"topology_xml"}
            assert bytes(node["topology_xml"][:]) == b"<topology/>"
            assert node.attrs["period_ns"] == 10_000_000
            assert node.attrs["cpu_model"].decode() == "Prozessor für Tests"
            tables = {name: check_columns(node[name]) for name in NODE_TABLES}
            assert len(tables["ticks"]["tick"]) == 250
            assert len(tables["samples"]["raw"]) == 500
            assert tables["samples"]["raw"].dtype == "uint64"
            assert tables["activity"]["ns"].sum(dtype="uint64") == 4 * sum(
                2_500_000 + tick for tick in range(250))
            assert list(tables["sensors"]["id"]) == [b"powercap:intel-rapl:0",
                                                     b"powercap:intel-rapl:1"]
            compressed = node["activity/ns"].compression
            assert compressed == "gzip", compressed


def check_h5py(h5py, folder):
    check_file(h5py, folder + "/node-a.h5", 1)
    check_file(h5py, folder + "/trace.h5", 2)
    check_file(h5py, folder + "/killed.h5", 1, libver="latest", swmr=True)
    try:
        h5py.File(folder + "/killed.h5", "r")
    except OSError:
        return
    raise AssertionError("docs/format.md says that a plain open is refused here")


def check_document(document, folder):
    """Runs the Python example of docs/format.md beside a trace."""
    with open(document, encoding="utf-8") as text:
        example = re.search(r"```python\n(.*?)```", text.read(), re.S).group(1)
    os.chdir(folder)
    exec(compile(example, document, "exec"), {})


def check_h5dump(h5dump, folder):
    for name in ("node-a.h5", "trace.h5"):
        out = subprocess.run([h5dump, "-H", folder + "/" + name], check=True, text=True,
                             stdout=subprocess.PIPE).stdout
        assert "H5T_STD_U64LE" in out and 'DATASET "raw"' in out
        assert "H5T_CSET_UTF8" in out and "STRPAD H5T_STR_NULLPAD" in out


def check_h5clear(h5py, h5clear, folder):
    cleared = folder + "/cleared.h5"
    shutil.copy(folder + "/killed.h5", cleared)
    subprocess.run([h5clear, "-s", cleared], check=True)
    check_file(h5py, cleared, 1)


def main():
    what, folder, document = sys.argv[1:4]
    tools = [tool for tool in sys.argv[4:] if not tool.endswith("-NOTFOUND")]
    named = {os.path.basename(tool): tool for tool in tools}
    if what == "h5dump":
        return check_h5dump(named.get("h5dump") or skip("no h5dump"), folder)
    try:
        import h5py
    except ImportError:
        skip("no Python interpreter here has h5py")
    if what == "h5py":
        check_h5py(h5py, folder)
    elif what == "document":
        check_document(document, folder)
    elif what == "h5clear":
        check_h5clear(h5py, named.get("h5clear") or skip("no h5clear"), folder)


if __name__ == "__main__":
    main()
