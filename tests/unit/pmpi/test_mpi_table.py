#!/usr/bin/env python3
"""The header check finds each kind of mistake in the table, and generate.py writes what
pmpi/gen/README.md promises. Needs no MPI: the installation is written down here."""

import sys
import tempfile
import unittest
from pathlib import Path

GEN = Path(__file__).resolve().parents[3] / "pmpi" / "gen"
REAL_TABLE = GEN / "mpi_functions.tsv"
sys.path.insert(0, str(GEN))

import check_headers  # noqa: E402
import function_table  # noqa: E402
import generate  # noqa: E402
import mpi_installation  # noqa: E402

HEADER = """
typedef int (MPI_Delete_function)(MPI_Comm comm, int keyval, void *value, void *state);
__attribute__((visibility("default"))) int MPI_Send(const void *buf, int count,
    MPI_Datatype datatype, int dest, int tag, MPI_Comm comm) __attribute__((weak));
int MPI_Sendrecv(const void *sendbuf, int sendcount, MPI_Datatype sendtype, int dest, int sendtag,
    void *recvbuf, int recvcount, MPI_Datatype recvtype, int source, int recvtag, MPI_Comm comm,
    MPI_Status *status);
int MPI_Alltoallv_c(const void *sendbuf, const MPI_Count sendcounts[], const MPI_Aint sdispls[],
    MPI_Datatype sendtype, void *recvbuf, const MPI_Count recvcounts[], const MPI_Aint rdispls[],
    MPI_Datatype recvtype, MPI_Comm comm);
int MPI_Send_init(const void *buf, int count, MPI_Datatype datatype, int dest, int tag,
    MPI_Comm comm, MPI_Request *request);
int MPI_Finalize(void);
double MPI_Wtime(void);
int MPI_Pcontrol(const int level, ...);
"""

ROWS = {
    "MPI_Alltoallv_c": "9\ttransfer\tyes\t-\tMPI_Count\talltoallv(0,1,3,5,7,8)\tall(8)\t-",
    "MPI_Finalize": "0\tinit\tyes\tfinalize\t-\tnone\tnone\t-",
    "MPI_Pcontrol": "2\tlocal\tby-hand\t-\t-\tnone\tnone\ttakes variable arguments",
    "MPI_Send": "6\ttransfer\tyes\t-\tint\tpeer_count(1,2,3)\tsend(3,4,5)\t-",
    "MPI_Send_init": "7\tlocal\tyes\t-\tint\tpersistent(6,peer_count(1,2,3))\tpsend(3,4,5,6)\t-",
    "MPI_Sendrecv": "12\ttransfer\tyes\t-\tint\tsendrecv(1,2,3,6,7,8)\tsendrecv(3,4,8,9,10,11)\t-",
    "MPI_Wtime": "0\tlocal\tno\t-\t-\tnone\tnone\treturns double",
}


def table(folder, **changes):
    rows = ROWS | changes
    path = Path(folder) / "table.tsv"
    lines = ["\t".join(function_table.COLUMNS)]
    lines += [f"{name}\t{rest}" for name, rest in rows.items() if rest is not None]
    path.write_text("\n".join(lines) + "\n")
    return path


def installation(product="MPICH", version="4.0.2", without=(), extra=()):
    names = set(ROWS) | set(extra)
    exported = names | {"P" + name for name in names}
    return mpi_installation.Installation(
        product, version, mpi_installation.parse_prototypes(HEADER),
        frozenset(exported - set(without)))


class HeaderCheck(unittest.TestCase):
    def findings(self, installations=None, **changes):
        with tempfile.TemporaryDirectory() as folder:
            functions = function_table.read(table(folder, **changes))
        mpis = installations or [installation(), installation("Open MPI", "4.1.4")]
        return check_headers.table_findings(functions, mpis)

    def assert_error(self, fragment, **changes):
        errors, _ = self.findings(**changes)
        self.assertTrue(any(fragment in error for error in errors), errors)

    def test_a_correct_table_has_no_errors(self):
        self.assertEqual(self.findings(), ([], []))

    def test_wrong_arity(self):
        self.assert_error("arity 5", MPI_Send="5\ttransfer\tyes\t-\tint\tpeer_count(1,2,3)\tnone\t-")

    def test_tag_taken_for_the_peer(self):
        self.assert_error("'int tag', not a peer",
                          MPI_Send="6\ttransfer\tyes\t-\tint\tpeer_count(1,2,4)\tnone\t-")

    def test_count_width(self):
        self.assert_error("not a count",
                          MPI_Send="6\ttransfer\tyes\t-\tMPI_Count\tpeer_count(1,2,3)\tnone\t-")
        self.assert_error("not a counts",
                          MPI_Alltoallv_c="9\ttransfer\tyes\t-\tint\talltoallv(0,1,3,5,7,8)\tnone\t-")

    def test_displacements_taken_for_counts(self):
        self.assert_error(
            "sdispls', not a counts",
            MPI_Alltoallv_c="9\ttransfer\tyes\t-\tMPI_Count\talltoallv(0,2,3,5,7,8)\tnone\t-")

    def test_sides_swapped(self):
        self.assert_error("mixes sides",
                          MPI_Sendrecv="12\ttransfer\tyes\t-\tint\tsendrecv(6,7,3,1,2,8)\tnone\t-")
        self.assert_error("its peers",
                          MPI_Sendrecv="12\ttransfer\tyes\t-\tint\tsendrecv(1,2,8,6,7,3)\tnone\t-")

    def test_moves_data_without_a_rule(self):
        self.assert_error("exactly when it moves data",
                          MPI_Send="6\ttransfer\tyes\t-\t-\tnone\tnone\t-")

    def test_persistent_rule_missing(self):
        self.assert_error("must be persistent",
                          MPI_Send_init="7\tlocal\tyes\t-\tint\tpeer_count(1,2,3)\tnone\t-")

    def test_functions_that_cannot_be_generated(self):
        self.assert_error("returns double", MPI_Wtime="0\tlocal\tyes\t-\t-\tnone\tnone\t-")
        self.assert_error("no integer or pointer", MPI_Pcontrol="2\tlocal\tyes\t-\t-\tnone\tnone\t-")

    def test_event_arguments(self):
        self.assert_error("'int tag', not an event's peer",
                          MPI_Send="6\ttransfer\tyes\t-\tint\tpeer_count(1,2,3)\tsend(4,3,5)\t-")
        self.assert_error(
            "'int recvtag', not an event's comm", MPI_Sendrecv="12\ttransfer\tyes\t-\tint\t"
            "sendrecv(1,2,3,6,7,8)\tsendrecv(3,4,8,9,9,11)\t-")

    def test_row_missing(self):
        self.assert_error("MPI_Send is not in the table", MPI_Send=None)

    def test_row_of_no_mpi(self):
        self.assert_error("MPI_Sned is in the table", MPI_Sned="0\tlocal\tyes\t-\t-\tnone\tnone\t-")

    def test_profiling_name_missing(self):
        mpis = [installation(without={"PMPI_Send"}), installation("Open MPI", "4.1.4")]
        errors, _ = self.findings(mpis)
        self.assertEqual(errors, ["MPICH 4.0.2: MPI_Send has no PMPI_Send"])

    def test_newer_mpi_may_export_more(self):
        newer = [installation(version="4.2.0", extra=("MPI_Get_hw_resource_info",))]
        errors, notices = self.findings(newer)
        self.assertEqual(errors, [])
        self.assertEqual(notices, ["MPICH 4.2.0: MPI_Get_hw_resource_info is not in the table"])


class Table(unittest.TestCase):
    def assert_refused(self, fragment, **changes):
        with tempfile.TemporaryDirectory() as folder:
            with self.assertRaisesRegex(function_table.TableError, fragment):
                function_table.read(table(folder, **changes))

    def test_bad_rows_are_refused_with_their_line(self):
        self.assert_refused(r"table.tsv:9: .*unknown byte rule",
                            MPI_X="1\tlocal\tyes\t-\t-\tsum(0)\tnone\t-")
        self.assert_refused("unknown class", MPI_X="1\tdata\tyes\t-\t-\tnone\tnone\t-")
        self.assert_refused("with a reason", MPI_X="1\tlocal\tno\t-\t-\tnone\tnone\t-")
        self.assert_refused("hook", MPI_X="1\tlocal\tyes\tfree\t-\tnone\tnone\t-")
        self.assert_refused("does not exist", MPI_X="2\tlocal\tyes\t-\tint\tcount(1,2)\tnone\t-")
        self.assert_refused("positions", MPI_X="3\tlocal\tyes\t-\tint\tcount(1)\tnone\t-")
        self.assert_refused("counts", MPI_X="3\tlocal\tyes\t-\t-\tcount(1,2)\tnone\t-")
        self.assert_refused("unknown event rule", MPI_X="3\tlocal\tyes\t-\t-\tnone\tseen(1)\t-")
        self.assert_refused("needs 3 positions", MPI_X="3\tlocal\tyes\t-\t-\tnone\tsend(1)\t-")
        self.assert_refused("event rule reads an argument",
                            MPI_X="3\tlocal\tyes\t-\t-\tnone\tsend(1,2,3)\t-")
        self.assert_refused("columns", MPI_X="3\tlocal")


class Generate(unittest.TestCase):
    def generate(self, folder):
        output = Path(folder) / "out"
        self.assertEqual(generate.main([str(table(folder)), str(output)]), 0)
        return output

    def test_files(self):
        with tempfile.TemporaryDirectory() as folder:
            output = self.generate(folder)
            names = (output / "function_table.inc").read_text()
            wrappers = (output / "wrappers.inc").read_text()
            exported = (output / "exported_names.map").read_text()
        self.assertIn('JOULEPATH_FUNCTION(4, "MPI_Send", kTransfer, kSend, kBlocking, true)\n', names)
        self.assertIn('JOULEPATH_FUNCTION(7, "MPI_Wtime", kLocal, kNone, kPlain, false)\n', names)
        self.assertIn(
            "JOULEPATH_WRAP(Send, 4, 6, kNoHook, kWaits, (PeerCountTimesType<int, 1, 2, 3>), "
            "(Message<3, 4, 5>))\n",
            wrappers)
        self.assertIn("JOULEPATH_WRAP(Finalize, 2, 0, kFinalize, kNeverWaits, (NoBytes), (NoParts))\n",
                      wrappers)
        self.assertIn("(Persistent<6, PeerCountTimesType<int, 1, 2, 3>>), (RequestedMessage<3, 4, 5, 6>))", wrappers)
        self.assertIn("(Alltoallv<std::int64_t, 0, 1, 3, 5, 7, 8>)", wrappers)
        self.assertIn("JOULEPATH_BY_HAND(Pcontrol, 3)\n", wrappers)
        self.assertNotIn("Wtime", wrappers + exported)
        self.assertIn("    MPI_Pcontrol; PMPI_Pcontrol;\n", exported)

    def test_who_waits(self):
        """Of the table itself: calls that return at once, or talk to nobody, never wait."""
        rows = {row.name: row.waits() for row in function_table.read(REAL_TABLE)}
        for name in ("Recv", "Send", "Ssend", "Bcast", "Allreduce", "Allreduce_c", "Wait",
                     "Waitall", "Barrier", "Probe", "Mprobe", "Win_fence", "Win_lock", "Win_wait",
                     "Comm_split", "Comm_dup", "Intercomm_create", "Mrecv", "Sendrecv"):
            self.assertTrue(rows["MPI_" + name], name)
        for name in ("Isend", "Irecv_c", "Ibarrier", "Iallreduce", "Imrecv", "Iprobe", "Improbe",
                     "Test", "Testall", "Start", "Startall", "Pready", "Pready_list", "Parrived",
                     "Request_get_status", "Bsend", "Put", "Rput", "Get", "Rget_accumulate_c",
                     "Accumulate", "Fetch_and_op", "Win_post", "Win_test", "Comm_idup",
                     "Comm_rank", "Send_init", "Init", "Finalize", "Pcontrol"):
            self.assertFalse(rows["MPI_" + name], name)

    def test_unchanged_files_are_not_touched(self):
        with tempfile.TemporaryDirectory() as folder:
            output = self.generate(folder)
            before = {path: path.stat().st_mtime_ns for path in output.iterdir()}
            self.generate(folder)
            after = {path: path.stat().st_mtime_ns for path in output.iterdir()}
        self.assertEqual(before, after)


if __name__ == "__main__":
    unittest.main()
