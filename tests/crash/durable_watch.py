"""What a durable subscriber saw, and the six promises of a watch that etcd's robustness tests name.

A history is one subscriber's list of steps, in its own order:

  ("begin", generation, after)            it was made, or sought elsewhere
  ("got", generation, sequence, attempt, digest)
  ("back", generation, sequence)          it was released: its attempt does not count
  ("acked", generation, sequence)         the hub said OK
  ("gone", generation, sequence)          said ALREADY_SETTLED to a repeated acknowledgement
  ("lost", generation)                    the line broke, and perhaps what was on it is lost
  ("left", generation)                    it let go of its stream, and of what was on its way to it
  ("at", generation, position, counts)    GetSubscription, while nothing of it was under way here;
                                          counts: outstanding + waiting + dead letters
  ("drained", generation)                 it has settled everything up to the end

The record is {sequence: (digest, batch)} of everything that was published for it, by receipts.
"""

import collections

VALIDATORS = {}


def validator(function):
    VALIDATORS[function.__name__] = function
    return function


def generations(history):
    """(start, steps) of each generation."""
    found = collections.OrderedDict()
    for step in history:
        if step[0] == "begin":
            found[step[1]] = (step[2], [])
        elif step[1] in found:
            found[step[1]][1].append(step)
        else:
            found.setdefault(step[1], (None, []))[1].append(step)
    return found


@validator
def ordered(history, record):
    """What is delivered for the first time comes in the order of the log. What a stream did not get
    that was left may come behind what was handed out before the hub knew of it: once, and together.
    """
    for generation, (_, steps) in generations(history).items():
        last, back = 0, {s[2] for s in steps if s[0] == "back"}
        came_before, may_step_back = 0, False
        for step in steps:
            if step[0] == "left":
                came_before, may_step_back = max(came_before, last), True
            if step[0] != "got" or step[3] != 1 or (step[2] < last and step[2] in back):
                continue
            if step[2] < last and not (may_step_back and step[2] > came_before):
                yield f"generation {generation}: {step[2]} came after {last}"
            may_step_back &= step[2] > last
            last = step[2]


@validator
def unique(history, record):
    """No event is acknowledged twice, and no attempt is made twice."""
    for generation, (_, steps) in generations(history).items():
        acked = collections.Counter(s[2] for s in steps if s[0] == "acked")
        for sequence, times in acked.items():
            if times > 1:
                yield f"generation {generation}: {sequence} acknowledged {times} times"
        back = {s[2] for s in steps if s[0] == "back"}
        attempts = collections.Counter(
            (s[2], s[3]) for s in steps if s[0] == "got" and s[2] not in back)
        for (sequence, attempt), times in attempts.items():
            if times > 1:
                yield f"generation {generation}: attempt {attempt} of {sequence} came {times} times"


@validator
def atomic(history, record):
    """What was published together is there together, and is what was published."""
    batches = collections.defaultdict(list)
    for sequence, (_, batch) in record.items():
        batches[batch].append(sequence)
    for batch, sequences in batches.items():
        sequences.sort()
        if sequences != list(range(sequences[0], sequences[0] + len(sequences))):
            yield f"batch {batch} was torn: {sequences}"
    for generation, (start, steps) in generations(history).items():
        for step in steps:
            if step[0] == "got" and step[4] != record.get(step[2], (None,))[0]:
                yield f"generation {generation}: {step[2]} is not what was published"
        if not any(s[0] == "drained" for s in steps):
            continue
        seen = {s[2] for s in steps if s[0] in ("acked", "gone")}
        for batch, sequences in batches.items():
            after = [s for s in sequences if start is None or s > start]
            some = [s for s in after if s in seen]
            if some and len(some) != len(after):
                yield f"generation {generation}: of batch {batch} only {some}"


@validator
def bookmarkable(history, record):
    """A position says that everything up to it is settled, out, waiting or laid aside."""
    for generation, (start, steps) in generations(history).items():
        done = set()
        for step in steps:
            if step[0] in ("acked", "gone"):
                done.add(step[2])
            elif step[0] == "at" and start is not None:
                owed = [s for s in record if start < s <= step[2] and s not in done]
                if len(owed) != step[3]:
                    yield (f"generation {generation}: at {step[2]} {len(owed)} are not settled, "
                           f"and {step[3]} are accounted for")


@validator
def reliable(history, record):
    """In the end nothing is missing."""
    for generation, (start, steps) in generations(history).items():
        if not any(s[0] == "drained" for s in steps) or start is None:
            continue
        seen = {s[2] for s in steps if s[0] in ("acked", "gone")}
        missing = sorted(s for s in record if s > start and s not in seen)
        if missing:
            yield f"generation {generation}: {len(missing)} never came, from {missing[0]}"


@validator
def resumable(history, record):
    """Sought to a place, it begins with the first event behind it, and never before."""
    for generation, (start, steps) in generations(history).items():
        if start is None:
            continue
        early = [s[2] for s in steps if s[0] == "got" and s[2] <= start]
        if early:
            yield f"generation {generation}: {early[0]} came, which is not after {start}"
        first = next((s[2] for s in steps if s[0] == "got"), None)
        expected = min((s for s in record if s > start), default=None)
        # Its first delivery may have been lost with the hub; then it comes again when its lease is
        # over, unless the subscriber has sought elsewhere by then.
        again = any(s[0] == "got" and s[2] == expected and s[3] > 1 for s in steps)
        began = next((i for i, s in enumerate(steps) if s[0] == "got"), None)
        lost = any(s[0] == "lost" for s in steps[:began])
        drained = any(s[0] == "drained" for s in steps)
        if first is not None and first != expected and not again and (drained or not lost):
            yield f"generation {generation}: began with {first} and not with {expected}"


def violations(history, record):
    return [f"{name}: {what}" for name, validate in VALIDATORS.items()
            for what in validate(history, record)]
