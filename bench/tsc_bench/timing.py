"""Taking turns: every contender runs once in each repetition, so that all of them see the same machine."""

import random
import time
from dataclasses import dataclass, field

LOOK_SECONDS = 0.002
QUIET_SHARE = 0.1  # of one CPU
LONGEST_REST = 0.25


@dataclass
class Series:
    ns: list = field(default_factory=list)  # a call, one item for each repetition
    calls: int = 1


def calls_for(seconds, one_call_ns, most=1_000_000):
    return int(min(most, max(1, seconds * 1e9 / max(one_call_ns, 1.0))))


def rest():
    """Until the threads of the contender before have ceased to spin: some do for tens of milliseconds, on CPUs that the next
    one needs."""
    start = time.monotonic()
    while time.monotonic() - start < LONGEST_REST:
        wall, busy = time.monotonic(), time.process_time()
        time.sleep(LOOK_SECONDS)
        if time.process_time() - busy < QUIET_SHARE * (time.monotonic() - wall):
            return


def take_turns(contenders, repetitions, seconds=0.005, budget=None, rest=rest):
    """contenders: {name: time(calls) -> nanoseconds of all calls}. Gives {name: Series}. `seconds`: for one contender in
    one repetition; `budget`: for everything, after which it ends once there are 3 repetitions. Each repetition has an order of
    its own, so that nobody always follows the same one; it is the same in every run."""
    series = {}
    for name, run in contenders.items():
        run(1)
        one = run(1)
        series[name] = Series(calls=calls_for(seconds, min(one, run(calls_for(seconds / 4, one)) / calls_for(seconds / 4, one))))
    start, orders = time.monotonic(), random.Random(0)
    for repetition in range(repetitions):
        if budget and repetition >= 3 and time.monotonic() - start > budget:
            break
        for name in orders.sample(list(contenders), len(contenders)):
            rest()
            run, calls = contenders[name], series[name].calls
            run(max(1, calls // 8))  # its caches, its threads
            series[name].ns.append(run(calls) / calls)
    return series


def python_timer(call):
    """time(calls) of a Python callable, with the loop's own cost in it (some 20 ns)."""
    def run(calls):
        start = time.perf_counter_ns()
        for _ in range(calls):
            call()
        return time.perf_counter_ns() - start
    return run
