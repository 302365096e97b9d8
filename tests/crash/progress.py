"""One line for each kind, for a person who waits."""

import sys
import time

QUIET_S = 30  # between two lines about one kind, where lines cannot be written over


class Progress:
    def __init__(self, kinds, out=sys.stderr):
        self._out = out
        self._over = out.isatty()
        self._lines = {kind.name: f"{kind.name:12} waits" for kind in kinds}
        self._drawn = False
        self._said_s = {}

    def report(self, kind, seconds, last=False):
        found = {name: count for name, count in kind.findings.by_class().items() if count}
        verdict = ", ".join(f"{count} {name}" for name, count in found.items()) or "nothing broken"
        pace = f", {60 * kind.rounds / seconds:.0f} a minute" if seconds > 1 else ""
        text = f"{kind.rounds} of {kind.goal} {kind.counted}{pace}; {verdict}"
        self._say(kind, text, last or self._over or self._is_due(kind))

    def say(self, kind, text):
        self._say(kind, text, True)

    def _is_due(self, kind):
        now_s = time.monotonic()
        if now_s - self._said_s.setdefault(kind.name, now_s) < QUIET_S:
            return False
        self._said_s[kind.name] = now_s
        return True

    def _say(self, kind, text, due):
        line = f"{kind.name:12} {text}"
        if not due or line == self._lines[kind.name]:
            return
        self._lines[kind.name] = line
        if not self._over:
            print(self._lines[kind.name], file=self._out, flush=True)
            return
        if self._drawn:
            self._out.write(f"\x1b[{len(self._lines)}A")
        for line in self._lines.values():
            self._out.write(f"\x1b[2K{line[:118]}\n")
        self._out.flush()
        self._drawn = True

    def close(self):
        self._out.flush()
