"""What a check found: counts, faults by their names, and the words for both."""

import dataclasses
import datetime

MAX_FAULTS_KEPT = 200


def printable(text):
    """On one line, and nothing in it that a terminal obeys: strangers chose the names in a file."""
    return "".join(c if c.isprintable() else f"<U+{ord(c):04X}>" for c in str(text))


@dataclasses.dataclass
class Fault:
    name: str  # one of BUNDLE.md's table
    where: str
    what: str


class Report:
    """Grows while a file is checked."""

    def __init__(self):
        self.origin = ""
        self.checkpoint = None
        self.signers = []  # (name, time or None)
        self.registry = {"size": 0, "organisations": 0, "keys": 0}
        self.first = self.last = 0
        self.events = self.hidden = 0
        self.signatures = {"verified": 0, "attested": 0, "of_another_hub": 0}
        self.sections = {"opened": 0, "erased_with_authority": 0, "missing": 0, "not_included": 0}
        self.still_here = []  # (sequence, section) present although a redaction names it
        self.foreign = {"shown": 0, "not_checked": 0}
        self.older = []  # sizes of earlier checkpoints that this one goes on from
        self.evidence = None  # that the log signed two histories, where the check found it
        self.faults = []
        self.fault_count = 0

    @property
    def valid(self):
        return self.fault_count == 0

    def fault(self, name, where, what):
        self.fault_count += 1
        if len(self.faults) < MAX_FAULTS_KEPT:
            self.faults.append(Fault(name, where, str(what)))

    def to_json(self):
        checkpoint = self.checkpoint and {
            "size": self.checkpoint.size, "root": self.checkpoint.root.hex(),
            "signed_by": [{"name": name, "time": time} for name, time in self.signers]}
        return {
            "valid": self.valid, "origin": self.origin, "checkpoint": checkpoint,
            "older_checkpoints": self.older, "registry": self.registry,
            "first": self.first, "last": self.last, "events": self.events, "hidden": self.hidden,
            "signatures": self.signatures, "sections": self.sections,
            "still_here_after_redaction": [
                {"sequence": at, "section": section} for at, section in self.still_here],
            "foreign": self.foreign, "two_histories": self.evidence is not None,
            "fault_count": self.fault_count,
            "faults": [dataclasses.asdict(fault) for fault in self.faults],
        }

    def to_text(self):
        lines = []
        if self.checkpoint is not None:
            lines += self._about_the_whole()
            lines += self._about_events()
        for fault in self.faults:
            lines.append(f"FAULT {fault.name}: {fault.where}: {fault.what}")
        if self.fault_count > len(self.faults):
            lines.append(f"... and {self.fault_count - len(self.faults)} faults more")
        if self.evidence is not None:
            lines.append("TWO HISTORIES: the log has signed checkpoints that cannot both be true. "
                         "--evidence-file FILE keeps the evidence; show it to others.")
        if self.valid:
            lines.append("VALID: everything in this file is as the log signed it.")
        else:
            lines.append(f"INVALID: {self.fault_count} fault"
                         f"{'' if self.fault_count == 1 else 's'}. Do not rely on this file.")
        return "\n".join(map(printable, lines))

    def _about_the_whole(self):
        whole = self.first == 1 and self.last == self.checkpoint.size
        events = (f"all {self.last} events" if whole else
                  f"events {self.first} to {self.last} of {self.checkpoint.size}"
                  if self.last >= self.first else "no events")
        lines = [f"log         {self.origin}, {events}",
                 f"checkpoint  size {self.checkpoint.size}, "
                 f"root {self.checkpoint.root.hex()[:16]}..."]
        for name, time in self.signers:
            lines.append(f"            signed by {name}" if time is None else
                         f"            seen by the witness {name} on {to_date(time)}")
        lines += [f"            goes on from the checkpoint of size {size}" for size in self.older]
        lines.append(f"registry    {self.registry['size']} entries, which are all: "
                     f"{self.registry['organisations']} organisations, "
                     f"{self.registry['keys']} keys")
        return lines

    def _about_events(self):
        signed, sections = self.signatures, self.sections
        lines = [f"events      {self.events} to be read, {self.hidden} that whoever made this file "
                 "may not read",
                 f"signatures  {signed['verified']} by their authors, {signed['attested']} events "
                 "attested by the hub"
                 + (f", {signed['of_another_hub']} by keys of another hub's registry"
                    if signed["of_another_hub"] else ""),
                 f"sections    {sections['opened']} opened, {sections['erased_with_authority']} "
                 f"erased with authority, {sections['missing']} missing, "
                 f"{sections['not_included']} not included"]
        if self.foreign["shown"] or self.foreign["not_checked"]:
            lines.append(f"relayed     {self.foreign['shown']} shown to be in their own hub's log, "
                         f"{self.foreign['not_checked']} not checked (no key of that hub given)")
        for sequence, section in self.still_here[:10]:
            lines.append(f"NOTE: this file still holds the {section} of event {sequence}, which "
                         "has been erased since: delete the file, or export again")
        return lines


def to_date(seconds):
    try:
        time = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
        return time.strftime("%Y-%m-%d %H:%M:%S UTC")
    except (OverflowError, ValueError, OSError):
        return f"second {seconds}"
