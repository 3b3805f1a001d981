#!/usr/bin/env python3
"""Runs what must run on a machine with a GPU and writes one JSON record of it.

Called by `./dev gpu`. It needs the programs of a finished build folder, the GPU's driver and this
file: no compiler, no GoogleTest, no CMake. The record is rewritten after every step, so that a run
that is cut off leaves what it found, marked `"complete": false`. It says what the device was:
`"device_is": "real"`, or `"emulated"` where the programs were built so, which then run their tests
and parity alone.

Exit status: 0 if everything passed, 1 if something failed, 2 for programs that do not fit kernels/.
"""

import argparse
import csv
import datetime
import hashlib
import io
import json
import math
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
# Tests and benchmarks that use the GPU have one of these in their names.
# Not those that hide it, nor what compute-sanitizer cannot let through: it runs one stream's work
# after the other's, and the test holds one of them.
CUDA_TESTS = ("*cuda*:*Cuda*:*CUDA*:*gpu*:*Gpu*:*GPU*"
              "-WithoutCuda.*:*EngineLeavesTheDefaultStreamAlone")
CUDA_BENCHES = "[Cc][Uu][Dd][Aa]"
# Of benchmarks, for a person to read.
RATES = ("steps/s", "updates/s")
NCU_METRICS = {
    "gpu__time_duration.sum": "nanoseconds",
    "sm__throughput.avg.pct_of_peak_sustained_elapsed": "sm_percent",
    "l1tex__throughput.avg.pct_of_peak_sustained_active": "l1_percent",
    "lts__throughput.avg.pct_of_peak_sustained_elapsed": "l2_percent",
    "dram__throughput.avg.pct_of_peak_sustained_elapsed": "dram_percent",
    "sm__inst_executed_pipe_alu.avg.pct_of_peak_sustained_active": "alu_percent",
    "sm__warps_active.avg.pct_of_peak_sustained_active": "occupancy_percent",
    "launch__registers_per_thread": "registers",
}


def run(command, seconds, **more):
    """(exit status or None if out of time, stdout and stderr, seconds taken)."""
    began = time.monotonic()
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              errors="replace", timeout=seconds, check=False, **more)
        status, output = done.returncode, done.stdout
    except subprocess.TimeoutExpired as late:
        output = (late.stdout or b"").decode(errors="replace")
        status = None
    return status, output, round(time.monotonic() - began, 2)


def last_lines(output, count=15):
    return output.strip().splitlines()[-count:]


def kernels_digest():
    """What `cd kernels && find * -type f | sort | xargs sha256sum | sha256sum` prints in the C
    locale."""
    kernels = ROOT / "kernels"
    files = sorted(path.relative_to(kernels).as_posix()
                   for path in kernels.rglob("*") if path.is_file())
    lines = "".join(f"{hashlib.sha256((kernels / file).read_bytes()).hexdigest()}  {file}\n"
                    for file in files)
    return hashlib.sha256(lines.encode()).hexdigest()


def is_emulated(args):
    status, output, _ = run([str(args.programs / "wend"), "--version"], 60)
    if status != 0:
        sys.exit(f"gpu_record: wend --version: {output.strip()}")
    return "emulated" in output


def device_facts(emulated):
    if emulated:
        return {"name": "cuda (emulated)"}
    fields = "name,driver_version,memory.total,compute_cap,clocks.max.sm,clocks.max.memory"
    _, output, _ = run(["nvidia-smi", f"--query-gpu={fields}", "--format=csv,noheader"], 60)
    values = [value.strip() for value in output.splitlines()[0].split(",")]
    return dict(zip(fields.split(","), values))


def run_test(command, seconds):
    """One GoogleTest program: its counts, and its last lines where it failed."""
    with tempfile.TemporaryDirectory() as folder:
        report_file = pathlib.Path(folder, "report.json")
        status, output, took = run([*command, f"--gtest_output=json:{report_file}"], seconds)
        result = {"status": status, "seconds": took, "passed": 0, "failed": 0, "skipped": 0}
        if report_file.exists():
            for suite in json.loads(report_file.read_text())["testsuites"]:
                for test in suite["testsuite"]:
                    if test.get("failures"):
                        result["failed"] += 1
                    elif test.get("result") == "SKIPPED":
                        result["skipped"] += 1
                    else:
                        result["passed"] += 1
    # A test that is skipped here, where there is a GPU, has shown nothing.
    result["ok"] = status == 0 and result["failed"] == 0 and result["skipped"] == 0
    if not result["ok"]:
        result["output"] = last_lines(output, 40)
    return result


def tests_step(args, names):
    results = {name: run_test([str(args.programs / name)], args.limit) for name in names}
    return {"ok": all(r["ok"] for r in results.values()) and
                  any(r["passed"] for r in results.values()), "programs": results}


def sanitizer_step(args, names, tool):
    """The CUDA tests under one of compute-sanitizer's tools."""
    if not shutil.which("compute-sanitizer"):
        return {"ok": False, "why": "no compute-sanitizer on the PATH"}
    results = {}
    for name in names:
        program = str(args.programs / name)
        _, listed, _ = run([program, "--gtest_list_tests", f"--gtest_filter={CUDA_TESTS}"], 60)
        if not re.search(r"^  \S", listed, re.MULTILINE):
            continue  # it names no test after the GPU
        result = run_test(["compute-sanitizer", "--tool", tool, "--error-exitcode", "9",
                           # Some tests make calls that fail.
                           *(["--report-api-errors", "no"] if tool == "memcheck" else []),
                           program, f"--gtest_filter={CUDA_TESTS}"], args.limit)
        results[name] = result
    return {"ok": all(r["ok"] for r in results.values()) and
                  any(r["passed"] for r in results.values()), "programs": results}


def write_tree(folder):
    """A tree whose estimates are wrong by up to 2, beside the instances of examples/."""
    masses = [1 + (7 * i) % 13 for i in range(2 ** 12)]
    path = pathlib.Path(folder, "tree.json")
    path.write_text(json.dumps({
        "wend": 1, "kind": "tree", "alphabet": 2, "horizon": 12, "leaf_mass": masses,
        "estimate": {"kind": "noise", "model": "iid", "kappa": 2, "seed": 7}}))
    return path


def arrays(path):
    with zipfile.ZipFile(path) as archive:
        return {name: hashlib.sha256(archive.read(name)).hexdigest()
                for name in sorted(archive.namelist())}


def parity_step(args):
    """The command on both backends: every array of the .npz, counters included, byte for byte."""
    results = {}
    with tempfile.TemporaryDirectory() as folder:
        instances = [write_tree(folder)]
        for path in sorted((ROOT / "examples").glob("*.json")):
            content = json.loads(path.read_text())
            if isinstance(content, dict) and content.get("wend") == 1:
                instances.append(path)
        walks = {"jerrum-sinclair": ["--visits", "20", "--chains", "1000"],
                 "lifted": ["--visits", "20", "--chains", "1000"],
                 "sequential": ["--correct", "weight", "--chains", "1000"]}
        for path in instances:
            kind = json.loads(path.read_text())["kind"]
            of_class = kind == "class"
            # A network takes longer over an evaluation than tables over a draw.
            samples = "20" if kind == "neural" else "10000"
            for algorithm, rule in ({"class-elimination": []} if of_class else walks).items():
                if kind == "neural":
                    rule = [{"20": "2", "1000": "10"}.get(word, word) for word in rule]
                outputs, statuses, lines = [], [], []
                for backend in ("cpu", "cuda"):
                    output = pathlib.Path(folder, f"{backend}.npz")
                    output.unlink(missing_ok=True)
                    status, text, _ = run(
                        [str(args.programs / "wend"), "sample", str(path), "--algorithm", algorithm,
                         *rule, "--samples", samples, "--seed", "1", "--backend", backend,
                         "--output", str(output), "--quiet"], args.limit)
                    statuses.append(status)
                    lines += last_lines(text, 2)
                    outputs.append(arrays(output) if output.exists() else None)
                same = statuses == [0, 0] and outputs[0] == outputs[1]
                entry = {"ok": same, "arrays": sorted(outputs[0] or {})}
                if not same:
                    entry.update(status=statuses, output=lines, differ=[
                        name for name in outputs[0] or {}
                        if (outputs[1] or {}).get(name) != outputs[0][name]])
                results[f"{path.stem} {algorithm}"] = entry
    return {"ok": all(r["ok"] for r in results.values()), "runs": results}


def bench_programs(args):
    return sorted(path for path in args.programs.glob("bench_*") if os.access(path, os.X_OK))


def bench_step(args):
    results, ok = {}, True
    for program in bench_programs(args):
        with tempfile.TemporaryDirectory() as folder:
            out = pathlib.Path(folder, "bench.json")
            command = [str(program), f"--benchmark_filter={CUDA_BENCHES}",
                       f"--benchmark_out={out}", "--benchmark_out_format=json"]
            if args.quick:
                command.append("--benchmark_min_time=0.05")
            status, output, took = run(command, args.limit)
            entry = {"status": status, "seconds": took}
            try:
                entry["benchmarks"] = json.loads(out.read_text())["benchmarks"]
            except (OSError, ValueError, KeyError):
                entry["benchmarks"] = []
            errors = [b["name"] for b in entry["benchmarks"] if b.get("error_occurred")]
            if status != 0 and "Failed to match any benchmarks" not in output or errors:
                entry["output"] = last_lines(output)
                ok = False
            results[program.name] = entry
    return {"ok": ok and any(r["benchmarks"] for r in results.values()), "programs": results}


def ncu_kernel(output):
    """The metrics of the last kernel in what `ncu --csv --page raw` printed."""
    start = re.search(r'^"ID"', output, re.MULTILINE)
    if not start:
        return None
    rows = list(csv.DictReader(io.StringIO(output[start.start():])))
    if len(rows) < 2:  # the row below the header holds the units
        return None
    kernel = {"kernel": rows[-1].get("Kernel Name", "")[:160]}
    for metric, name in NCU_METRICS.items():
        value = rows[-1].get(metric, "").replace(",", "")
        if value:
            kernel[name] = float(value)
        if metric == "gpu__time_duration.sum" and value:
            scale = {"us": 1e3, "usecond": 1e3, "ms": 1e6, "msecond": 1e6, "s": 1e9}
            kernel[name] = float(value) * scale.get(rows[0].get(metric), 1)
    return kernel if all(not isinstance(v, float) or math.isfinite(v)
                         for v in kernel.values()) else None


def ncu_step(args, benches):
    """Hardware counters of one launch of each CUDA benchmark, as far as `--ncu` goes."""
    if not shutil.which("ncu"):
        return {"ok": True, "why": "no ncu on the PATH"}
    results, failed = {}, {}
    for program, names in benches.items():
        for name in names:
            if len(results) + len(failed) >= args.ncu:
                break
            # Not re.escape(), which escapes hyphens too: POSIX knows no such escape.
            pattern = re.sub(r"([][.()*+?{}|^$\\])", r"\\\1", name)
            _, output, _ = run(
                ["ncu", "--csv", "--page", "raw", "--metrics", ",".join(NCU_METRICS),
                 "--clock-control", "none", "--launch-skip", "4", "--launch-count", "1",
                 "--kill", "yes",
                 str(args.programs / program), f"--benchmark_filter=^{pattern}$"],
                min(args.limit, 60))
            kernel = ncu_kernel(output)
            if kernel:
                results[name] = kernel
            else:
                failed[name] = last_lines(output, 4)
    # A virtual machine may refuse the hardware counters: that is no fault of the programs.
    return {"ok": True, "kernels": results, "not_read": failed}


def table(record):
    """The benchmarks as a person reads them."""
    for program, entry in record["steps"].get("bench", {}).get("programs", {}).items():
        for bench in entry["benchmarks"]:
            for counter in RATES:
                if counter in bench:
                    print(f"  {program:<12} {bench['name']:<68} "
                          f"{bench[counter] / 1e9:10.3f} G {counter}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--programs", type=pathlib.Path, default=ROOT / "build-gpu/bin")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "bench/records")
    parser.add_argument("--quick", action="store_true", help="short benchmarks")
    parser.add_argument("--limit", type=int, default=240, help="seconds that one program may take")
    parser.add_argument("--ncu", type=int, default=12, help="most benchmarks to profile")
    parser.add_argument("--steps", help="which of these, with commas (default: all that the "
                        "device has): tests,memcheck,racecheck,parity,bench,ncu")
    args = parser.parse_args()
    args.programs = args.programs.resolve()

    built = json.loads((args.programs / "build_info.json").read_text())
    digest = kernels_digest()
    if built["kernels_sha256"] != digest:
        print("gpu_record: the programs were built from other kernels/ than these; build "
              "gpu_programs again", file=sys.stderr)
        return 2
    names = (args.programs / "cuda_tests.txt").read_text().split()
    now = datetime.datetime.now(datetime.timezone.utc)
    emulated = is_emulated(args)
    if emulated:  # which has one device, whatever this machine's are
        os.environ.pop("CUDA_VISIBLE_DEVICES", None)
    device = device_facts(emulated)
    every_step = "tests,parity" if emulated else "tests,memcheck,racecheck,parity,bench,ncu"
    steps = (args.steps or every_step).split(",")
    record = {"wend_gpu_record": 1, "complete": False, "date": now.isoformat(timespec="seconds"),
              "device_is": "emulated" if emulated else "real", "device": device, "command": "./dev gpu " + " ".join(sys.argv[1:]), "built": built,
              "kernels_sha256": digest, "steps": {}}
    args.out.mkdir(parents=True, exist_ok=True)
    slug = re.sub(r"[^a-z0-9]+", "-", device["name"].lower()).strip("-")
    path = args.out / f"{now:%Y%m%dT%H%M%SZ}-{slug}.json"

    def benches():
        return {program: [b["name"] for b in entry["benchmarks"]] for program, entry in
                record["steps"].get("bench", {}).get("programs", {}).items()}

    run_step = {
        "tests": lambda: tests_step(args, names),
        "memcheck": lambda: sanitizer_step(args, names, "memcheck"),
        "racecheck": lambda: sanitizer_step(args, names, "racecheck"),
        "parity": lambda: parity_step(args),
        "bench": lambda: bench_step(args),
        "ncu": lambda: ncu_step(args, benches()),
    }
    for step in steps:
        print(f"==> {step}", flush=True)
        began = time.monotonic()
        result = run_step[step]()
        result["seconds"] = round(time.monotonic() - began, 1)
        record["steps"][step] = result
        print(f"    {'ok' if result['ok'] else 'FAILED'} in {result['seconds']} s", flush=True)
        if not result["ok"]:
            print(json.dumps(result, indent=1)[-4000:], flush=True)
        record["complete"] = step == steps[-1]
        path.write_text(json.dumps(record, indent=1) + "\n")
    table(record)
    print(f"record: {path}")
    return 0 if all(result["ok"] for result in record["steps"].values()) else 1


if __name__ == "__main__":
    sys.exit(main())
