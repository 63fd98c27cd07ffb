#!/usr/bin/env python3
"""A real run's trace, opened with h5py and h5dump instead of our code: every column has
its unit and its length, keys lead somewhere, and the numbers are those of the report."""

import collections
import re
import unittest

import joulepath_runs as runs

try:
    import h5py
except ImportError:
    h5py = None

FORMAT = (runs.SOURCE / "docs/format.md").read_text()


def documented_tables():
    """{table: {column: (type, units)}} out of docs/format.md."""
    schema = FORMAT[FORMAT.index("<!-- schema begins -->"):]
    tables = {}
    for part in re.split(r"^### ", schema, flags=re.M)[1:]:
        name = re.match(r"(Attributes of )?`(.*?)`", part)
        rows = re.findall(r"^\| `(\w+)` \| ([^|]+) \| ([^|]+) \|", part, flags=re.M)
        tables[name.group(0)] = {column: (kind, units) for column, kind, units in rows}
    return tables


@unittest.skipIf(h5py is None, "h5py is not installed for this Python")
class Readable(runs.Case):
    def setUp(self):
        super().setUp()
        for mpi in runs.MPIS:
            try:
                command = runs.mpi_command(mpi, 4, runs.program(mpi, "ring"))
                break
            except unittest.SkipTest:
                continue
        self.assertEqual(self.record(command, "--events").code, 0)  # which has all tables

    def test_every_column_as_documented(self):
        tables = documented_tables()
        self.assertGreater(len(tables), 10)
        with h5py.File(self.trace, "r") as trace:
            self.assertEqual(trace.attrs["schema_version"], 8)
            self.assertEqual(trace.attrs["schema_version"].dtype, "int32")
            for title, columns in tables.items():
                path = title.split("`")[1].replace("<n>", "0")
                with self.subTest(table=path):
                    if title.startswith("Attributes"):
                        self.assertEqual(set(trace[path].attrs), set(columns))
                    else:
                        self.check_table(trace[path], columns)

    def check_table(self, table, columns):
        self.assertEqual(set(table), set(columns))
        lengths = {dataset.shape for dataset in table.values()}
        self.assertEqual(len(lengths), 1, lengths)
        self.assertEqual(len(lengths.pop()), 1, "one dimension")
        for name, (kind, units) in columns.items():
            attributes = table[name].attrs
            self.assertEqual(self.text(attributes["units"]), units, name)
            self.assertTrue(self.text(attributes["long_name"]), name)
            width = re.match(r"char\[(\d+)\]", kind)
            self.assertEqual(table[name].dtype, f"S{width.group(1)}" if width else kind, name)

    @staticmethod
    def text(value):
        return value.decode() if isinstance(value, bytes) else str(value)

    def test_keys_and_sums(self):
        report = self.report()
        with h5py.File(self.trace, "r") as trace:
            functions = [name.decode() for name in trace["functions/name"][:]]
            phases = trace["phases/name"][:]
            node = trace["nodes/0"]
            tables = {name: {key: column[:] for key, column in node[name].items()}
                      for name in ("cells", "lanes", "processes", "ticks", "activity", "sensors",
                                   "samples", "health")}
        for key, table in (("cells", "cell"), ("lanes", "lane"), ("processes", "process"),
                           ("sensors", "sensor")):
            self.assertEqual(tables[key][table].tolist(), list(range(len(tables[key][table]))))
        self.assertIn("MPI_Sendrecv", functions)
        self.assertGreaterEqual(len(phases), 1)
        self.assertEqual(len(tables["processes"]["rank"]), 4)
        self.assertTrue((tables["lanes"]["process"] < 4).all())
        self.assertTrue((tables["samples"]["t_hi"] >= tables["samples"]["t_lo"]).all())
        ticks = tables["ticks"]
        self.assertTrue((ticks["t_begin"][1:] > ticks["t_begin"][:-1]).all())
        self.assertTrue((ticks["t_lanes"] >= ticks["t_begin"]).all())
        calls, moved = collections.Counter(), collections.Counter()
        function_of = tables["cells"]["function"]
        activity = tables["activity"]
        for cell, count, size in zip(*(activity[key].tolist()
                                       for key in ("cell", "calls", "bytes"))):
            calls[functions[function_of[cell]]] += count
            moved[functions[function_of[cell]]] += size
        self.assertEqual({name: {"calls": calls[name], "bytes": moved[name]}
                          for name in calls if name.startswith("MPI_")},
                         runs.calls_and_bytes(report))

    def test_example_of_the_documentation(self):
        """The Python in docs/format.md does what it says."""
        code = re.search(r"```python\n(.*?)```", FORMAT, re.S).group(1)
        outcome = self.run_program(["/usr/bin/python3", "-c",
                                    code.replace('"trace.h5"', repr(str(self.trace)))])
        self.assertEqual((outcome.code, outcome.err), (0, ""))
        self.assertRegex(outcome.out, r"(?m)^\S+ [0-9.]+ J$")
        self.assertRegex(outcome.out, r"(?m)^MPI_Sendrecv [0-9.e-]+ s$")

    def test_h5dump(self):
        runs.need("h5dump")
        outcome = self.run_program(["h5dump", "-H", self.trace])
        self.assertEqual((outcome.code, outcome.err), (0, ""))
        for name in ("/meta", "sensors", "samples", "activity"):
            self.assertIn(f'GROUP "{name.strip("/")}"', outcome.out)
        units = self.run_program(["h5dump", "-a", "/nodes/0/activity/ns/units", self.trace])
        self.assertIn('"ns"', units.out)


if __name__ == "__main__":
    runs.main()
