"""What a flood costs those who behave at one hub: an event that is published at a well-behaved hub
until a subscriber here has it, and a publish here."""

import statistics
import time

from victim import until


def one_round(there, here, arrivals, seconds, pause_s, timeout_s):
    """Seconds of each of the two, of as many events as fit. `there` and `here` say something for an
    audience, and tell the digest and how long it took. AssertionError where one does not arrive."""
    end = time.monotonic() + seconds
    published, local = {}, []
    while time.monotonic() < end:
        digest, _ = there.say("good/public")
        published[digest] = time.monotonic()
        local.append(here.say("igf/public")[1])
        time.sleep(pause_s)
    if not until(lambda: published.keys() <= arrivals.at.keys(), timeout_s):
        raise AssertionError("what the well-behaved hub published did not arrive")
    return [arrivals.at[d] - at for d, at in published.items()], local


def rises(away, there):
    """Of the two medians, from the rounds with the flood away to those with it. Prints both."""
    found = []
    for what, a, b in zip(("from the well-behaved hub", "published here"), away, there):
        a, b = statistics.median(a), statistics.median(b)
        found.append(b / a)
        print(f"{what}: median {a * 1000:.1f} ms with the flood away, {b * 1000:.1f} ms with it, "
              f"rises to {b / a:.2f}; {len(away[0])} and {len(there[0])} events", flush=True)
    return found
