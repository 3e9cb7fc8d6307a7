#!/usr/bin/env python3
"""Tests of the benchmark harness: its arithmetic, its verdicts, its formulas; and, where the native libraries are built
(--native), small workloads without peers from end to end. Ends with "N passed, N failed"; scripts/test runs it.
"""

import ctypes
import json
import os
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

try:
    import numpy as np
except ImportError:
    print("skipped: the harness needs NumPy")
    sys.exit(77)

from tsc_bench import namespaces, native, plot, report, stats, targets, timing
from tsc_bench.formula import ConstantsAs, Formula, Input
from tsc_bench.sea_water import EQUATION

FUNCTIONS = {"sqrt": np.sqrt, "log": np.log, "abs": np.abs, "maximum": np.maximum}


class Ulps(unittest.TestCase):
    def test_exact_is_zero(self):
        self.assertEqual(stats.max_ulp(np.float32([1, 2, -3, 0]), [1.0, 2.0, -3.0, 0.0]), 0)

    def test_next_number_is_one(self):
        self.assertEqual(stats.max_ulp(np.nextafter(np.float32([1.0]), np.float32(2)), [1.0]), 1)

    def test_rounding_is_half_at_most(self):
        self.assertLessEqual(stats.max_ulp(np.float32([0.1]), [0.1]), 0.5)
        self.assertGreater(stats.max_ulp(np.float32([0.1]), [0.1]), 0)

    def test_subnormals_count(self):
        smallest = np.float32(2 ** -149)
        self.assertEqual(stats.max_ulp(np.array([0], np.float32), [float(smallest)]), 1)

    def test_special_values(self):
        nan, inf = float("nan"), float("inf")
        self.assertEqual(stats.max_ulp(np.float32([nan, inf, -inf]), [nan, inf, -inf]), 0)
        for got, exact in ((nan, 1.0), (1.0, nan), (inf, 1.0), (1.0, inf), (inf, -inf)):
            self.assertEqual(stats.max_ulp(np.float32([got]), [exact]), inf, (got, exact))

    def test_integers_are_right_or_wrong(self):
        self.assertEqual(stats.max_ulp(np.array([3, 4]), np.array([3, 4])), 0)
        self.assertEqual(stats.max_ulp(np.array([3, 4]), np.array([3, 5])), float("inf"))

    def test_doubles_against_long_doubles(self):
        third = np.longdouble(1) / 3
        self.assertLessEqual(stats.max_ulp(np.array([1 / 3]), [third]), 0.5)

    def test_nothing(self):
        self.assertEqual(stats.max_ulp(np.float32([]), []), 0)


class Numbers(unittest.TestCase):
    def test_spread(self):
        self.assertEqual(stats.median([3, 1, 2]), 2)
        self.assertAlmostEqual(stats.spread([1, 2, 3, 4, 5]), 2 / 3)

    def test_a_slow_moment_does_not_change_a_paired_ratio(self):
        self.assertEqual(stats.paired_ratio([2, 200, 2], [1, 100, 1]), 2)

    def test_best_of_is_by_repetition(self):
        self.assertEqual(stats.best_of([[1, 5], [4, 2]]).tolist(), [1, 2])

    def test_verdicts(self):
        self.assertTrue(stats.verdict(0.9, at_least=0.9).met)
        self.assertEqual(str(stats.verdict(0.72, at_least=0.9)), "missed by 20 %")
        self.assertEqual(str(stats.verdict(5, at_least=20)), "missed by 4.0x")
        self.assertTrue(stats.verdict(200, at_most=200).met)
        self.assertEqual(str(stats.verdict(250, at_most=200)), "missed by 20 %")
        self.assertTrue(stats.verdict(0, at_most=0).met)
        self.assertEqual(str(stats.verdict(1, at_most=0)), "missed")

    def test_calls(self):
        self.assertEqual(timing.calls_for(0.001, 1000), 1000)
        self.assertEqual(timing.calls_for(0.001, 1e9), 1)


class Turns(unittest.TestCase):
    def test_everyone_is_timed_in_every_repetition(self):
        order = []
        runs = {n: (lambda calls, n=n, ns=ns: (order.append(n), calls * ns)[1]) for n, ns in (("a", 1000), ("b", 2000))}
        series = timing.take_turns(runs, 4, seconds=1e-5, rest=lambda: None)
        self.assertEqual(series["a"].ns, [1000] * 4)
        self.assertEqual(series["b"].ns, [2000] * 4)
        late = order[-16:]
        self.assertEqual({tuple(sorted(late[i:i + 4:2])) for i in range(0, 16, 4)}, {("a", "b")})
        self.assertEqual(set(late[::4]), {"a", "b"})  # each is first at times

    def test_a_budget_ends_it_after_three(self):
        series = timing.take_turns({"a": lambda calls: calls * 1e3}, 100, seconds=1e-6, budget=1e-9, rest=lambda: None)
        self.assertEqual(len(series["a"].ns), 3)


class Formulas(unittest.TestCase):
    formula = Formula([Input("x", (5,)), Input("y", (5,))], "a = x * y + 0.5\nr = maximum(a, x)", ["r"], {"n": 5})

    def test_graph(self):
        self.assertEqual(self.formula.graph(), "tsc 1\ninput x: f32[n]\ninput y: f32[n]\na = x * y + 0.5\nr = maximum(a, x)\noutput r\n")

    def test_function(self):
        result, = self.formula.function(FUNCTIONS)(np.arange(5.0), np.ones(5))
        self.assertEqual(result.tolist(), [0.5, 1.5, 2.5, 3.5, 4.5])

    def test_one_expression(self):
        self.assertEqual(self.formula.as_one_expression("r"), "maximum(x * y + 0.5, x)")

    def test_constants_can_be_wrapped(self):
        wrap = self.formula.function({**FUNCTIONS, "real": lambda v: v + 100}, convert=ConstantsAs("real").visit)
        self.assertEqual(wrap(np.zeros(1), np.zeros(1))[0][0], 100.5)

    def test_calls(self):
        self.assertEqual(self.formula.calls(), {"maximum"})

    def test_sea_water_is_the_derivative_of_enthalpy(self):
        text = EQUATION + "\nH = 10000.0 * (plain + half * log1 + q * log2)\n"
        f = Formula([Input(n, (3,)) for n in ("sa", "ct", "p")], text, ["result", "H"]).function(FUNCTIONS)
        wide = np.longdouble
        sa, ct, p, h = np.array([1, 5, 9], wide), np.array([-5, 3, 18], wide), np.array([10, 400, 900], wide), wide(1e-4)
        slope = (f(sa, ct + h, p)[1] - f(sa, ct - h, p)[1]) / (2 * h)
        self.assertLess(float(np.max(np.abs(slope / f(sa, ct, p)[0] - 1))), 1e-6)
        # TEOS-10's check value of enthalpy less cp0 * CT, where its newer expression of 75 terms agrees to 1e-6
        known = 1.1510318135590861e5 - 3991.86795711963 * 28.8099
        self.assertAlmostEqual(float(f(wide(34.7118), wide(28.8099), wide(10))[1]) / known, 1, places=5)


    def test_erfc_of_long_doubles(self):
        known = {"0.5": "0.47950012218695346231725334610803547", "3": "2.20904969985854413727761295823203798e-5",
                 "-1": "1.84270079294971486934122063508260926", "1.5": "0.033894853524689272933873061100428"}
        for x, value in known.items():
            error = namespaces.long_erfc(np.longdouble(x)) / np.longdouble(value) - 1
            self.assertLess(abs(float(error)), 2 ** -57, x)


def row(case="DRAM", workload="W2 chain", **contenders):
    made = {n.replace("_", " "): {"ns": stats.median(s), "iqr": 0.0, "ulp": 1.0, "samples": s} for n, s in contenders.items()}
    return {"workload": workload, "case": case, "level": "", "threads": 1, "absent": {}, "bytes": 16, "contenders": made}


class Targets(unittest.TestCase):
    def figures(self, rows):
        return {j.target.text: j for j in targets.judged(rows)}

    def test_a_ratio_is_to_the_best_of_the_yardsticks(self):
        found = self.figures([row(tsc=[10, 10], copy=[9, 20], memcpy=[20, 9])])
        self.assertAlmostEqual(found["90 % of the best copy's bandwidth"].figure, 0.9)
        self.assertTrue(found["90 % of the best copy's bandwidth"].verdict.met)

    def test_an_absent_peer_is_not_judged(self):
        r = row("n=1", "W1 call", tsc=[100])
        r["absent"] = {"jax": "jax cannot be imported"}
        found = self.figures([r])["a call takes at most 1/20 of jax.jit's"]
        self.assertIsNone(found.verdict)
        self.assertIn("cannot be imported", report.verdict_text(found))

    def test_others_are_those_that_met_it(self):
        for value, words in ((1.0, "met (as do 3 others)"), (0.5, "(met by 3 others)")):
            found = targets.Judged(targets.TARGETS[-1], {}, value, stats.verdict(value, 0.95, None), others=3)
            self.assertIn(words, report.verdict_text(found))

    def test_what_holds_for_all_cases_shows_the_misses(self):
        good, bad = row(tsc=[10], **{"tsc, 1 thread": [20]}), row("L1", tsc=[10], **{"tsc, 1 thread": [5]})
        text = "threads never slower than one thread"
        shown = [j for j in targets.judged([good, bad]) if j.target.text == text]
        self.assertEqual([(j.row["case"], j.verdict.met, j.others) for j in shown], [("L1", False, 1)])
        shown = [j for j in targets.judged([good]) if j.target.text == text]
        self.assertEqual([(j.row["case"], j.verdict.met) for j in shown], [("DRAM", True)])

    def test_every_target_has_a_limit(self):
        for t in targets.TARGETS:
            self.assertEqual((t.at_least is None) + (t.at_most is None), 1, t.text)


class Reports(unittest.TestCase):
    rows = [row(tsc=[10, 11], copy=[9, 9], jax=[30, 31])]

    def test_text(self):
        results = {"short": True, "machine": {"cpu": "a CPU", "threads": 2, "versions": {"jax": "1"}}, "rows": self.rows,
                   "ceilings": [{"what": "copy", "level": "L1", "threads": 1, "figure": 1.0, "unit": "GB/s", "iqr": 0.1}]}
        text = report.markdown(results, plot.all_plots(results) and [("W2", "w2.svg")])
        for expected in ("90 % of the best copy's bandwidth", "missed by 5 %", "![W2](w2.svg)", "| jax ", "1.5 GB/s"):
            self.assertIn(expected, text)
        self.assertEqual(json.loads(report.to_json(results))["rows"][0]["case"], "DRAM")

    def test_plots_are_xml(self):
        from xml.dom import minidom
        for _, name, text in plot.all_plots({"rows": self.rows}):
            self.assertEqual(minidom.parseString(text).documentElement.tagName, "svg", name)


@unittest.skipUnless(native.FOLDER.exists(), "the native libraries are not built")
class Native(unittest.TestCase):
    """Small workloads from end to end, without peers."""

    def test_workloads(self):
        from tsc_bench.measure import measure
        from tsc_bench.workloads import WORKLOADS, Scale
        for name, make in WORKLOADS.items():
            for case in make(Scale(short=True, tiny=True)):
                with self.subTest(workload=case.workload, case=case.name):
                    found = measure(case, 2, True, 3, 1e-5, None, use_peers=False)
                    self.assertFalse(found["absent"])
                    for who, c in found["contenders"].items():
                        if c["ulp"] is not None:
                            error = c["ulp"] if case.ulp_of else c["ulp_of_largest"]
                            self.assertLess(error, 100 if case.ulp_of else 16, who)

    def test_one_thread_is_one_of_blas_as_well(self):
        program = native.Program("tsc 1\ninput x: f32[100, 100]\noutput y = matmul(x, x)\n")
        program.bind([np.ones((100, 100), np.float32)], [np.zeros((100, 100), np.float32)])
        program.timer()(1)
        blas = ctypes.CDLL("libopenblas.so.0", mode=os.RTLD_NOLOAD)
        before = blas.openblas_get_num_threads()
        with native.one_thread_of_blas():
            self.assertEqual(blas.openblas_get_num_threads(), 1)
        self.assertEqual(blas.openblas_get_num_threads(), before)
        with native.one_thread_of_blas(False):
            self.assertEqual(blas.openblas_get_num_threads(), before)

    def test_errors_are_told(self):
        with self.assertRaisesRegex(RuntimeError, "no op|unknown"):
            native.Program("tsc 1\ninput x: f32\noutput y = nonsense(x)\n")
        program = native.Program("tsc 1\ninput x: f32[3]\noutput y = x + 1\n")
        with self.assertRaises(RuntimeError):
            program.bind([np.zeros(4, np.float32)], [np.zeros(4, np.float32)])
            program.timer()(1)
        with self.assertRaisesRegex(RuntimeError, "no yardstick"):
            native.yardstick("nonsense", [], [], 1)(1)


def main():
    if "--native" in sys.argv:
        place = sys.argv.index("--native")
        native.FOLDER = Path(sys.argv.pop(place + 1)).resolve()
        del sys.argv[place]
        Native.__unittest_skip__ = False
    result = unittest.TextTestRunner(verbosity=0, stream=sys.stderr).run(
        unittest.defaultTestLoader.loadTestsFromModule(sys.modules["__main__"]))
    # parts of one test fail as one
    bad = {getattr(test, "test_case", test).id() for test, _ in result.failures + result.errors}
    failed, skipped = len(bad), len(result.skipped)
    for test, why in result.skipped:
        print(f"  skipped {test.id().removeprefix('__main__.')}: {why}")
    print(f"{result.testsRun - failed - skipped} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
