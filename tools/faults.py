#!/usr/bin/env python3
"""Runs the command thousands of times, each time under a fault, and looks whether what
docs/reliability.md promises holds.

Called by `./dev faults`. Which runs are made, and when in them the fault comes, depends on --seed;
`--only CASE` makes one of them again. It needs the command and Python alone, some faults root as
well, or a terminal; those that cannot be made here are counted as not applicable.

Exit status: 0 if nothing was found, else 1; 2 for wrong usage.
"""

import argparse
import json
import os
import pathlib
import re
import signal
import sys
import tempfile
import time

from faultlib import runner


def parse():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--command", required=True, help="the built command")
    parser.add_argument("--runs", type=int, default=2400, help="default %(default)s")
    parser.add_argument("--seed", type=int, default=1, help="default %(default)s")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="default one a core")
    parser.add_argument("--only", metavar="CASE", action="append",
                        help="this case alone; may be given several times")
    parser.add_argument("--repeat", type=int, default=1, metavar="N",
                        help="with --only: so many times, since a moment is not hit each time")
    parser.add_argument("--keep", metavar="DIR", help="keep the folders of cases with findings")
    parser.add_argument("--json", metavar="FILE", help="write a JSON record")
    args = parser.parse_args()
    args.command = os.path.abspath(args.command)
    args.keep = args.keep and os.path.abspath(args.keep)
    if not os.access(args.command, os.X_OK):
        parser.error(f"--command: {args.command} is not a program")
    for name in args.only or []:
        if not re.fullmatch(f"({'|'.join(f.replace(' ', '-') for f in runner.FAULTS)})-[0-9]+",
                            name):
            parser.error(f"--only: there is no case {name}")
    if args.runs < 1 or args.jobs < 1 or args.repeat < 1:
        parser.error("--runs, --jobs and --repeat must be at least 1")
    return args


def run_all(args):
    """Verdicts of all cases, printing what is found."""
    names = args.only or runner.choose(args.runs)
    found = []
    if args.keep:
        os.makedirs(args.keep, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="wend-faults-") as folder:
        for again in range(args.repeat if args.only else 1):
            part = os.path.join(folder, str(again))
            os.makedirs(part)
            os.chmod(folder, 0o755)
            for verdict in runner.verdicts(names, min(args.jobs, len(names)), command=args.command,
                                           seed=args.seed, folder=part, keep=args.keep):
                found.append(verdict)
                for finding in verdict.findings:
                    print(f"{verdict.id}: {verdict.title}: {finding}", flush=True)
                if sys.stderr.isatty():
                    print(f"\r{len(found)} runs", end="\r", file=sys.stderr, flush=True)
    return found


def table(found):
    """Rows: fault, runs, passed, with findings, not applicable."""
    rows = []
    for fault in runner.FAULTS:
        ours = [verdict for verdict in found if verdict.fault == fault]
        away = sum(bool(verdict.not_applicable) for verdict in ours)
        wrong = sum(bool(verdict.findings) for verdict in ours)
        if ours:
            rows.append((fault, len(ours), len(ours) - away - wrong, wrong, away))
    return [*rows, ("all", *(sum(row[column] for row in rows) for column in range(1, 5)))]


def reasons(found):
    """Why cases were not applicable, and how many: by fault and reason."""
    counts = {}
    for verdict in found:
        if verdict.not_applicable:
            key = (verdict.fault, verdict.not_applicable)
            counts[key] = counts.get(key, 0) + 1
    return counts


def show(args, found, seconds):
    print(f"\n{'fault':<18}{'runs':>7}{'passed':>8}{'findings':>10}{'not applicable':>16}")
    for fault, *numbers in table(found):
        print("{:<18}{:>7}{:>8}{:>10}{:>16}".format(fault, *numbers))
    for (fault, reason), count in sorted(reasons(found).items()):
        print(f"not applicable, {fault}: {reason} ({count})")
    wrong = [verdict for verdict in found if verdict.findings]
    print(f"seed {args.seed}, {args.jobs} at a time, {seconds:.0f} s")
    if wrong:
        print(f"again: tools/faults.py --command {args.command} --seed {args.seed} "
              f"--only {wrong[0].id}")


def record(args, found, seconds):
    return {
        "command": args.command, "seed": args.seed, "runs": len(found), "jobs": args.jobs,
        "seconds": round(seconds, 1),
        "table": [dict(zip(("fault", "runs", "passed", "findings", "not_applicable"), row))
                  for row in table(found)],
        "not_applicable": [{"fault": fault, "reason": reason, "runs": count}
                           for (fault, reason), count in sorted(reasons(found).items())],
        "findings": [{"case": verdict.id, "title": verdict.title, "findings": verdict.findings}
                     for verdict in sorted(found, key=lambda verdict: verdict.id)
                     if verdict.findings]}


def main():
    args = parse()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # not without taking away the folders
    began = time.monotonic()
    found = run_all(args)
    seconds = time.monotonic() - began
    show(args, found, seconds)
    if args.json:
        text = json.dumps(record(args, found, seconds), indent=1)
        pathlib.Path(args.json).write_text(text + "\n", encoding="utf-8")
    return 1 if any(verdict.findings for verdict in found) else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
