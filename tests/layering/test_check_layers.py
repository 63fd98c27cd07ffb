#!/usr/bin/env python3
"""Plants forbidden and allowed includes in a temporary tree and sees check_layers.py
find the first and pass the second."""
import tempfile
import unittest
from pathlib import Path

import check_layers


class CheckLayers(unittest.TestCase):
    def faults(self, path, *lines, others=()):
        """Faults of a tree with one file of these lines, and empty others."""
        with tempfile.TemporaryDirectory() as folder:
            for other in others:
                (Path(folder) / other).parent.mkdir(parents=True, exist_ok=True)
                (Path(folder) / other).write_text("")
            file = Path(folder) / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text("\n".join(lines) + "\n")
            return check_layers.check(folder)[1]

    def assert_caught(self, path, line, **tree):
        faults = self.faults(path, "// first line", line, **tree)
        self.assertEqual(len(faults), 1, f"{path}: {line} was not caught")
        self.assertTrue(faults[0].startswith(f"{path}:2: "), faults[0])

    def assert_passes(self, path, *lines, **tree):
        self.assertEqual(self.faults(path, *lines, **tree), [])

    def test_upward_includes_are_caught(self):
        for path, target in [
            ("core/base/a.cpp", "core/record/rows.hpp"),
            ("core/record/a.hpp", "core/trace/gather.hpp"),
            ("core/trace/a.cpp", "core/analysis/attribution.hpp"),
            ("core/analysis/a.cpp", "core/trace/gather.hpp"),
            ("sensors/nvml/a.cpp", "core/trace/gather.hpp"),
            ("sensors/nvml/a.cpp", "core/analysis/attribution.hpp"),
            ("pmpi/src/a.cpp", "sensors/api/source.hpp"),
            ("slurm/spank/a.cpp", "core/trace/gather.hpp"),
            ("slurm/spank/a.cpp", "tools/cli/main.hpp"),
            ("tools/cli/a.cpp", "pmpi/src/shim.hpp"),
            ("core/base/a.cpp", "tools/cli/main.hpp"),
            ("core/base/a.cpp", "joulepath/joulepath.h"),
            ("tools/demo/a.c", "core/base/result.hpp"),
        ]:
            with self.subTest(path=path, target=target):
                self.assert_caught(path, f'#include "{target}"')
                self.assert_caught(path, f"#  include <{target}>")

    def test_an_upward_include_by_a_relative_path_is_caught(self):
        self.assert_caught(
            "core/base/a.cpp", '#include "../record/rows.hpp"', others=["core/record/rows.hpp"]
        )

    def test_libraries_are_caught_where_the_application_runs(self):
        for area in ["core/base", "core/record", "pmpi/src"]:
            for name in ["hdf5.h", "hwloc.h", "fmt/core.h", "toml++/toml.h", "nlohmann/json.hpp",
                         "CLI/CLI.hpp", "mpi.h"]:
                with self.subTest(area=area, name=name):
                    self.assert_caught(f"{area}/a.cpp", f"#include <{name}>")
                    self.assert_caught(f"{area}/a.cpp", f'#include "{name}"')

    def test_hdf5_is_caught_outside_trace(self):
        for path in ["tools/export/a.cpp", "core/analysis/a.cpp", "sensors/nvml/a.cpp"]:
            self.assert_caught(path, "#include <hdf5.h>")
            self.assert_caught(path, "#include <H5public.h>")

    def test_a_library_in_a_header_is_caught(self):
        self.assert_caught("tools/report/a.hpp", "#include <nlohmann/json.hpp>")
        self.assert_caught("core/trace/a.hpp", "#include <hdf5.h>")

    def test_mpi_is_caught_outside_the_demonstration(self):
        self.assert_caught("tools/cli/a.cpp", "#include <mpi.h>")
        self.assert_passes("tools/demo/a.c", "#include <mpi.h>")

    def test_a_file_outside_every_layer_is_caught(self):
        self.assertEqual(len(self.faults("core/misc/a.cpp", "#include <vector>")), 1)

    def test_allowed_includes_pass(self):
        self.assert_passes("core/base/a.cpp", "#include <vector>", "#include <sys/mman.h>",
                           "#include <unistd.h>", "#include <linux/perf_event.h>",
                           "#include <x86intrin.h>", '#include "core/base/result.hpp"')
        self.assert_passes("core/record/a.hpp", '#include "core/base/result.hpp"')
        self.assert_passes("core/trace/a.cpp", "#include <hdf5.h>",
                           '#include "core/record/rows.hpp"')
        self.assert_passes("sensors/nvml/a.cpp", '#include "sensors/api/source.hpp"',
                           '#include "core/record/signal.hpp"', "#include <dlfcn.h>")
        self.assert_passes("tools/cli/a.cpp", '#include "core/trace/gather.hpp"',
                           '#include "sensors/api/source.hpp"', "#include <fmt/core.h>",
                           '#include "core/analysis/attribution.hpp"')
        self.assert_passes("pmpi/src/a.cpp", '#include "core/record/channel.hpp"',
                           '#include "pmpi/generated/wrappers.inc"',
                           "#include <joulepath/joulepath.h>", '#include "wrappers.inc"')
        self.assert_passes("pmpi/src/b.cpp", '#include "shim.hpp"', others=["pmpi/src/shim.hpp"])

    def test_a_comment_is_no_include(self):
        self.assert_passes("core/base/a.cpp", '// #include "tools/cli/main.hpp"')


if __name__ == "__main__":
    unittest.main()
