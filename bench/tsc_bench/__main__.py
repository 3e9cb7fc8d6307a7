"""Runs workloads, each in a process of its own, and writes what they gave. scripts/bench calls it."""

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from importlib import metadata
from pathlib import Path

from . import ceilings, plot, report, worker

# Memory that was freed is kept, however large: no contender's new arrays cost page faults. (The C library's threshold for
# separate mappings ends at 32 MiB, so there are none.)
KEEP_MEMORY = {"MALLOC_ARENA_MAX": "1", "MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": str(1 << 40), "MALLOC_TOP_PAD_": str(1 << 26)}
TIME_LIMIT = 3600


def environment(threads, scratch):
    same = ("TSC_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS", "NUMEXPR_NUM_THREADS",
            "NUMEXPR_MAX_THREADS", "MKL_NUM_THREADS")
    return {**os.environ, **KEEP_MEMORY, **dict.fromkeys(same, str(threads)), "TSC_CACHE": "on", "TSC_CACHE_DIR": str(scratch / "tsc-cache"),
            "TORCHINDUCTOR_CACHE_DIR": str(scratch / "inductor"), "JAX_PLATFORMS": "cpu", "CUDA_VISIBLE_DEVICES": "",
            "PYTENSOR_FLAGS": f"base_compiledir={scratch / 'pytensor'}", "PYTHONPATH": str(Path(__file__).resolve().parent.parent),
            "PYTHONWARNINGS": "ignore", "TF_CPP_MIN_LOG_LEVEL": "3", "TQDM_DISABLE": "1"}


def run_worker(workload, options, rows):
    command = [sys.executable, "-m", "tsc_bench.worker", workload, "--threads", str(options.threads)]
    command += ["--short"] * options.short + ["--tiny"] * options.tiny + ["--no-peers"] * (not options.peers)
    command += ["--case", options.case] if options.case else []
    command += ["--repetitions", str(options.repetitions)] if options.repetitions else []
    print(f"{workload}", file=sys.stderr, flush=True)
    with open(options.scratch / f"{workload}.log", "w") as log:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True, env=environment(options.threads, options.scratch))
        for line in process.stdout:
            if line.startswith("ROW "):
                rows.append(json.loads(line[4:]))
                print(f"  {rows[-1]['workload']}, {rows[-1]['case']}", file=sys.stderr, flush=True)
        code = process.wait(TIME_LIMIT)
    if code:
        tail = Path(log.name).read_text().strip().splitlines()[-1:]
        print(f"bench: {workload} ended with exit code {code}: {' '.join(tail)}", file=sys.stderr)
    return code


def cpu_name():
    for line in Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else ():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def versions():
    found = {}
    for name in ("jax", "torch", "numba", "numexpr", "pytensor", "onnxruntime", "numpy"):
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            pass
    return found


def main():
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("workloads", nargs="*", metavar="WORKLOAD", help=", ".join(worker.names()))
    parser.add_argument("--short", action="store_true", help="fewer cases and repetitions: within 10 minutes")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)), help="for everyone; all CPUs by default")
    parser.add_argument("--case", default="", help="only cases with this text in their name")
    parser.add_argument("--repetitions", type=int)
    parser.add_argument("--no-peers", dest="peers", action="store_false", help="tsc and the yardsticks alone")
    parser.add_argument("--tiny", action="store_true", help="small arrays, to try the harness itself")
    parser.add_argument("--output", type=Path, required=True, help="a folder for results.json, results.md and the plots")
    parser.add_argument("--scratch", type=Path, required=True, help="a folder for caches and logs")
    options = parser.parse_args()
    if unknown := [w for w in options.workloads if w not in worker.names()]:
        parser.error(f"no workload {unknown[0]}; there are {', '.join(worker.names())}")
    options.scratch.mkdir(parents=True, exist_ok=True)
    os.environ.update(environment(options.threads, options.scratch))

    start = time.monotonic()
    results = {"short": options.short, "machine": {"cpu": cpu_name(), "threads": options.threads, "versions": versions()}}
    print("ceilings", file=sys.stderr, flush=True)
    results["ceilings"] = ceilings.measure(options.threads, 5 if options.short else 11, 0.01 if options.short else 0.05)
    results["rows"] = rows = []
    failures = sum(run_worker(w, options, rows) != 0 for w in options.workloads or worker.names())

    options.output.mkdir(parents=True, exist_ok=True)
    (options.output / "results.json").write_text(report.to_json(results))
    plots = plot.all_plots(results)
    for _, file, text in plots:
        (options.output / file).write_text(text)
    (options.output / "results.md").write_text(report.markdown(results, [(title, file) for title, file, _ in plots]))
    print(report.ceiling_table(results["ceilings"]))
    print(report.target_table(rows))
    print(f"{time.monotonic() - start:.0f} s; everything stands in {options.output}/results.md")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
