"""SIGKILL, requests to stop, and signals that are not for us."""

import dataclasses
import json
import os
import signal
import time

from .baselines import REPORT
from .case import Case
from .contract import (ending_problems, finished_problems, folder_problems, nameless_files,
                       partial, some_outputs, whole)
from .instances import SLOW_COMPILES, SLOW_LOADS, WORKS
from .process import Launch

REQUESTS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGXCPU)
REPEATABLE = REQUESTS[1:]  # a second SIGINT ends the command


def duration(place, work, outs):
    return place.baselines.of(work, outs.form or "npz").seconds


def some_moment(rng, work, outs):
    """(Function that waits for some moment of a run, in words). At half of them it is writing."""
    share = rng.uniform(0, 1.1)
    if rng.random() < 0.5:
        def wait(running, place):
            baseline = place.baselines.of(work, outs.form or "npz")
            running.wait_for_bytes("wchar", share * baseline.bytes_written)
        return wait, f"after {share:.2f} of its writing"

    def wait(running, place):
        running.wait_until(share * duration(place, work, outs))
    return wait, f"after {share:.2f} of the run"


# --- SIGKILL ----------------------------------------------------------------------------------


def kill(rng, name):
    work = rng.choice(WORKS)
    outs = some_outputs(rng, must=True)
    wait, moment = some_moment(rng, work, outs)

    def during(running, place):
        wait(running, place)
        running.send(signal.SIGKILL)

    def check(place, ending):
        problems = ending_problems(ending, {0, -signal.SIGKILL})
        problems += whole(place, work, outs, required=ending.status == 0)
        # A file is replaced by way of a hidden name, in which moment it is whole.
        hidden = [file for file in os.listdir(place.path) if file.startswith(".wend-")]
        if nameless_files(place.path) and not outs.old and hidden:
            problems.append(f"{hidden} left behind")
        if outs.old:
            ending = dataclasses.replace(ending, err=os.fsencode(" ".join(hidden)))
            problems += finished_problems(place, work, outs, ending)
        return problems + folder_problems(place, new=[*outs.names, *hidden])

    return Case(name, "kill", f"{work.name} {outs.names}, SIGKILL {moment}",
                work.command(*outs.arguments), work.files(), check, setup=outs.setup,
                during=during, known=(work, outs.form or "npz"))


# --- requests to stop -------------------------------------------------------------------------


def stop_case(name, title, work, outs, signals, wait, *, options=(), endless=False):
    """Sends the signals all at once after `wait(running, place)`."""
    def during(running, place):
        wait(running, place)
        place.kept["caught"] = all(running.catches(number) for number in signals)
        place.kept["starting"] = running.starting()
        place.kept["sent"] = [running.send(number) for number in signals][0]
        place.kept["sent after"] = time.monotonic() - running.began

    def check(place, ending):
        # Nobody can have a handler before main() has begun.
        unready = (place.kept["starting"] and not place.kept["caught"]
                   and ending.status in [-number for number in signals])
        allowed = {ending.status} if unready else {130} if endless else {0, 130}
        problems = ending_problems(ending, allowed)
        if place.kept["sent"] is False and ending.status == 130:
            problems.append("status 130 without a signal")
        problems += folder_problems(place, new=outs.names)
        if ending.status == 0:
            return problems + whole(place, work, outs)
        written = outs.written(place)
        if not written and outs.names and (ending.out or ending.err):
            problems.append(f"it wrote nothing, but printed {(ending.out + ending.err)[:100]!r}")
        if written and place.kept["sent after"] < 0.9 * load_seconds(written):
            problems.append(f"the signal came while the instance was loaded, yet it wrote "
                            f"{list(written)}")
        return problems + partial(place, work, outs, known=bool(outs.form) and not endless)

    return Case(name, "stop", title, work.command(*options, *outs.arguments), work.files(), check,
                setup=outs.setup, during=during,
                known=() if endless else (work, outs.form or "npz"))


def load_seconds(written):
    """How long the instance was loaded, as far as the report says."""
    try:
        return json.loads(written[REPORT])["timings"]["load_seconds"]
    except (KeyError, ValueError, TypeError):
        return 0


def a_while(rng):
    seconds = rng.uniform(0, 0.3)
    return lambda running, _place: running.wait_until(seconds)


def names_of(signals):
    return "+".join(number.name for number in signals)


def one_request(rng, name):
    """One signal, or several within microseconds, of which no two are SIGINT."""
    work = rng.choice(WORKS)
    signals = [rng.choice(REQUESTS)]
    if rng.random() < 0.4:
        signals = rng.choice([[signal.SIGTERM] * 3, [signal.SIGHUP] * 3,
                              rng.sample(REQUESTS, 3), rng.sample(REPEATABLE, 3)])
    outs = some_outputs(rng)
    endless = rng.random() < 0.4
    wait, moment = some_moment(rng, work, outs)
    if endless:
        wait, moment = a_while(rng), "in a run of minutes"
    return stop_case(name, f"{work.name} {outs.names}, {names_of(signals)} {moment}",
                     work.longer() if endless else work, outs, signals, wait, endless=endless)


def while_loading(rng, name):
    work = rng.choice(SLOW_LOADS + SLOW_COMPILES)
    number = rng.choice(REQUESTS)
    outs = dataclasses.replace(some_outputs(rng), report=rng.random() < 0.8)
    moment = rng.uniform(0.05, 1.5)

    def wait(running, place):
        running.wait_until(moment * place.baselines.of(work, outs.form or "npz").load_seconds)

    return stop_case(name, f"{work.name} {outs.names}, {number.name} after {moment:.2f} of loading",
                     work, outs, [number], wait)


def twice(rng, name):
    """Two SIGINT, as from somebody who does not want to wait."""
    work = rng.choice(WORKS + SLOW_LOADS * 5)
    outs = some_outputs(rng)
    endless = work in WORKS
    run = work.longer() if endless else work
    delay = rng.uniform(0, 0.3) if endless else rng.uniform(0, 0.1)
    gap = rng.uniform(0.1, 0.2)

    def during(running, _place):
        running.wait_until(delay)
        running.send(signal.SIGINT)
        running.wait_until(delay + gap)
        running.send(signal.SIGINT)

    def check(place, ending):
        problems = ending_problems(ending, {130, -signal.SIGINT} | (set() if endless else {0}))
        if ending.seconds > delay + gap + 3:
            problems.append(f"ended {ending.seconds - delay - gap:.1f} s after the second SIGINT")
        problems += folder_problems(place, new=outs.names)
        if ending.status == 0:
            return problems + whole(place, work, outs)
        return problems + partial(place, run, outs, known=False)

    return Case(name, "stop", f"{work.name} {outs.names}, SIGINT twice, {gap:.2f} s apart",
                run.command(*outs.arguments), run.files(), check, setup=outs.setup, during=during)


def stop_signal(rng, name):
    """--stop-signal USR1 makes that a request as well."""
    work = rng.choice(WORKS)
    outs = some_outputs(rng)
    endless = rng.random() < 0.5
    signals = [signal.SIGUSR1] * rng.choice([1, 1, 3])
    wait, moment = some_moment(rng, work, outs)
    if endless:
        wait, moment = a_while(rng), "in a run of minutes"
    return stop_case(name, f"{work.name} {outs.names}, --stop-signal and {names_of(signals)} "
                     + moment, work.longer() if endless else work, outs, signals, wait,
                     options=("--stop-signal", "USR1"), endless=endless)


def ignored_hangup(rng, name):
    """SIGHUP that was ignored at the start, as nohup does, stays ignored."""
    work = rng.choice(WORKS)
    outs = some_outputs(rng)
    wait, moment = some_moment(rng, work, outs)

    def during(running, place):
        wait(running, place)
        running.send(signal.SIGHUP)

    def check(place, ending):
        return (ending_problems(ending, {0}) + whole(place, work, outs)
                + folder_problems(place, new=outs.names))

    return Case(name, "stop", f"{work.name} {outs.names}, SIGHUP, ignored, {moment}",
                work.command(*outs.arguments), work.files(), check,
                Launch(ignored=(signal.SIGHUP,)), setup=outs.setup, during=during,
                known=(work, outs.form or "npz"))


def stop_estimate(rng, name):
    """`wend estimate` prints what its tours say by then."""
    work = rng.choice([work for work in WORKS if "class" not in work.name])
    number = rng.choice(REQUESTS)
    delay = rng.uniform(0, 0.25)
    as_json = rng.random() < 0.5

    def during(running, place):
        running.wait_until(delay)
        place.kept["lenient"] = running.starting() and not running.catches(number)
        running.send(number)

    def check(place, ending):
        allowed = {130, -number} if place.kept["lenient"] else {130}
        problems = ending_problems(ending, allowed) + folder_problems(place)
        if as_json and ending.out and (not ending.out.startswith(b"{")
                                       or not ending.out.endswith(b"}\n")):
            problems.append("the JSON is cut short")
        return problems

    arguments = ["estimate", "instance.json", "--queries", str(10 ** 12), "--threads", "2"]
    return Case(name, "stop", f"estimate {work.name}, {number.name} after {delay:.2f} s",
                arguments + (["--json"] if as_json else []), work.files(), check, during=during)


def stop(rng, name):
    make = rng.choices([one_request, while_loading, twice, stop_signal, ignored_hangup,
                        stop_estimate], [55, 15, 10, 10, 7, 3])[0]
    return make(rng, name)


FAULTS = {"kill": (300, kill), "stop": (600, stop)}
