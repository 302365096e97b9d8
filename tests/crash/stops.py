"""SIGSTOP under load: the hub is there and says nothing, then goes on as if nothing had been."""

import signal
import time

from hub_rounds import HubRounds
from load import GONE

import grpc

WRITERS = 6
CALL_TIMEOUT_S = 0.4  # shorter than the hub is stopped
KILLED_WHILE_STOPPED = 0.2


def silent(code, _):
    return code in (grpc.StatusCode.DEADLINE_EXCEEDED, *GONE)


class Stops(HubRounds):
    name = "sigstop"
    what = "SIGSTOP under load until every call's deadline has run out, then SIGCONT"
    counted = "stops"
    goal = 200
    share = 2

    def round(self, life):
        # The stub's deadline runs over a whole stream, which must not end before the stop.
        load_s = self.rng.uniform(0.02, 0.3)
        writers = life.writers(self.rng, WRITERS, timeout_s=CALL_TIMEOUT_S + load_s)
        for writer in writers:
            writer.start()
        time.sleep(load_s)
        life.hub.signal(signal.SIGSTOP)
        life.counts["stops"] += 1
        life.join(writers, silent)
        if self.rng.random() < KILLED_WHILE_STOPPED:
            life.hub.kill()
            life.counts["killed_while_stopped"] += 1
            if not life.start():
                return
            life.verify()
            life.send_again(life.oracle.unknown())
            return
        life.hub.signal(signal.SIGCONT)
        # At once: what was sent before may still be under way, and meets its retry.
        life.counts["unknown_batches"] += len(life.oracle.unknown())
        life.send_again(life.oracle.unknown(), alone=False)
        life.verify()
