"""What a campaign found: counts by class, and the first few in words."""

import collections
import threading

# What each finding comes to. All of them break a promise.
CLASS_OF = {
    # acknowledged, and not there
    "lost": "lost", "log_shrank": "lost", "log_id_changed": "lost", "halted": "lost",
    # once too often
    "duplicated": "duplicated", "retry_not_one_effect": "duplicated", "seen_twice": "duplicated",
    # a sequence that is missing
    "sequence_not_dense": "holes", "not_seen": "holes",
    # another answer than the true one
    "digest_differs": "wrongly_served", "commitment_does_not_open": "wrongly_served",
    "section_missing": "wrongly_served", "words_differ": "wrongly_served",
    "header_differs": "wrongly_served", "receipt_differs": "wrongly_served",
    "receipts_disordered": "wrongly_served", "root_differs": "wrongly_served",
    "size_differs": "wrongly_served", "registry_root_differs": "wrongly_served",
    "registry_size_differs": "wrongly_served", "registry_size_in_leaf_differs": "wrongly_served",
    "nobody_sent_it": "wrongly_served", "refused_yet_there": "wrongly_served",
    "history_changed": "wrongly_served", "hub_time_went_back": "wrongly_served",
    # a part of a batch
    "batch_torn": "half_written",
    # an error, or silence, where there was nothing to refuse
    "writes_refused": "refused", "does_not_start": "refused", "not_answered": "refused",
    "wrong_refusal": "refused", "process_ended": "refused", "memory_not_bounded": "refused",
    "taken_despite_the_clock": "refused", "not_refused": "refused",
}
CLASSES = ("lost", "duplicated", "holes", "wrongly_served", "half_written", "refused")
MAX_NOTES = 20


class Findings:
    """Thread-safe."""

    def __init__(self):
        self._lock = threading.Lock()
        self.counts = collections.Counter()  # by name
        self.notes = []

    def expect(self, condition, name, note=""):
        """Counts one finding `name` unless `condition`. Returns the condition."""
        if not condition:
            self.add(name, note)
        return condition

    def add(self, name, note="", count=1):
        if name not in CLASS_OF and name not in CLASSES:
            raise KeyError(f"no finding {name}")
        with self._lock:
            self.counts[name] += count
            if len(self.notes) < MAX_NOTES:
                self.notes.append(f"{name}: {note}" if note else name)

    def merge(self, other):
        with self._lock:
            self.counts += other.counts
            self.notes = (self.notes + other.notes)[:MAX_NOTES]

    def by_class(self):
        classes = dict.fromkeys(CLASSES, 0)
        for name, count in self.counts.items():
            classes[CLASS_OF.get(name, name)] += count
        return classes

    @property
    def clean(self):
        return not self.counts
