"""The topic radar and the gaps a second time, the slow and obvious way: from the events that one
reader gets, and from nothing else. It shares no code with the hub, and knows what the contract
says.

How counts weigh: of n organisations of one kind in one region log2(1 + n) count, and all
initiatives are of one kind; x of these bring x / (x + half) of a part's weight.
"""

import collections
import math

from contract import bodies, types
from radar_recount import RadarRecount, group_of
from recount import (ADOPTED, COMPLETED, CONSULTED, IN_PROGRESS, INCOMPLETE, PROPOSED, is_within)

# Days are as 2027-03-31, both included; empty is open.
Window = collections.namedtuple("Window", "cycle first last", defaults=("", "", ""))
# Something said: an input that was raised, or a position on one.
Said = collections.namedtuple("Said", "what sequence who independent as_ topics asks")
As = collections.namedtuple("As", "kind group region")

GROUPS = ("government", "intergovernmental", "civil_society", "technical_community",
          "private_sector")
UN_REGIONS = ("african", "asia_pacific", "eastern_european", "grulac", "weog")
PARTS = ("organisations", "regions", "stakeholder_groups", "nris", "actions", "support", "change",
         "breadth", "existing_work", "missing_voices")
USUAL_WEIGHTS = dict(zip(PARTS, (3, 3, 2, 3, 1, 1, 1, 2, 0, 0)))
HALF_OF_ORGANISATIONS, HALF_OF_OTHERS, HALF_OF_WORK = 8, 4, 2
NAMED_ORGANISATIONS = 10
CANDIDATES = 10
CANDIDATE_EVENTS = 5
TAKEN = {bodies.POSITION_KIND_SUPPORT: "supports", bodies.POSITION_KIND_RESERVE: "reserves",
         bodies.POSITION_KIND_OBJECT: "objects"}
NOBODY, PROPOSES, WORKS = 1, 2, 3  # GapState


def group_column(group):
    return types.StakeholderGroup.Name(group).removeprefix("STAKEHOLDER_GROUP_").lower()


def region_column(region):
    return types.Region.Name(region).removeprefix("REGION_").lower()


def is_nri(as_):
    return "_NRI_" in types.OrganisationKind.Name(as_.kind)


def cell(as_):
    kind = types.OrganisationKind.Name(as_.kind).removeprefix("ORGANISATION_KIND_").lower()
    return f"{'nri' if is_nri(as_) else kind}, {region_column(as_.region)}"


def pair(as_):
    return f"{group_column(as_.group)}, {region_column(as_.region)}"


def damped(voices):
    return sum(math.log2(1 + n) for n in collections.Counter(cell(v.as_) for v in voices).values())


def saturated(amount, half):
    return max(0, amount) / (max(0, amount) + half)


class Voice:
    """What one of them said; it is what the latest of that has it as."""

    def __init__(self, name):
        self.name = name
        self.latest = 0
        self.as_ = As(0, 0, 0)
        self.events = collections.defaultdict(set)

    def hear(self, said):
        self.events[said.what].add(said.sequence)
        if said.asks:
            self.events["asked"].add(said.sequence)
        if said.sequence >= self.latest:
            self.latest, self.as_ = said.sequence, said.as_

    def first(self, what, most):
        return sorted(self.events[what])[:most]


class Tally:
    """All that was said on any of these topics, by who said it."""

    def __init__(self, said, topics, is_registered):
        self.organisations, self.unregistered, self.individuals = {}, {}, {}
        for one in said:
            if not topics & one.topics:
                continue
            if not one.independent:
                key, voices = one.as_, self.individuals
            elif is_registered(one.who):
                key, voices = one.independent, self.organisations
            else:
                key, voices = one.independent, self.unregistered
            voices.setdefault(key, Voice(key)).hear(one)

    def who(self, what):
        """Organisations, in order of their names."""
        return [voice for _, voice in sorted(self.organisations.items()) if voice.events[what]]


class TopicRecount(RadarRecount):
    def __init__(self, exported, organisation, today):
        super().__init__(exported, organisation, today)
        self.days = {one.sequence: one.hub_time.ToDatetime().date().isoformat()
                     for one in exported}
        self.decided = [(one, self.decision(one), self.decision_facts(one))
                        for one in self.chains(types.EVENT_TYPE_DECISION)
                        if one.digest not in self.retracted]

    def decision_facts(self, root):
        """What a version leaves empty stays as it was: (owner, steward)."""
        said = [one.header.decision for one in self.chain(root)
                if one.type == types.EVENT_TYPE_DECISION]
        return tuple(([""] + [value for value in (getattr(one, name) for one in said) if value])[-1]
                     for name in ("outcome_owner", "steward"))

    # --- what is said ----------------------------------------------------------------------------

    def speaker(self, root):
        """(name, the independent organisation, what it is); names of an individual are empty."""
        header = self.version(root).header
        if header.recorded_for.HasField("individual"):
            one = header.recorded_for.individual
            return "", "", As(0, one.stakeholder_group, one.region)
        independent = self.counts_for(root)
        name = header.recorded_for.organisation or header.author
        if not is_within(name, independent):
            name = header.author
        facts = self.facts.get(name)
        if facts is None or facts.retired:
            facts = self.facts.get(independent)
        return name, independent, As(facts.kind, group_of(facts), facts.region) \
            if facts else As(0, 0, 0)

    def is_registered(self, name):
        """Now: itself, or the organisation that it is a desk of."""
        return any(super(TopicRecount, self).is_registered(one)
                   for one in (name, "/".join(name.split("/")[:2])))

    def inputs_in(self, window):
        return [one for one in self.heard(window.cycle)
                if (not window.first or self.days[one.sequence] >= window.first)
                and (not window.last or self.days[one.sequence] <= window.last)]

    def said_in(self, window):
        rows = []
        for one in self.inputs_in(window):
            asks = self.version(one).header.topic_signal.purpose == types.PURPOSE_ACTION
            rows.append(Said("raised", one.sequence, *self.speaker(one), self.topics_of(one), asks))
        return rows

    def positions_in(self, window):
        """The current ones, but for those of who agrees with themselves."""
        rows = []
        for target in self.inputs_in(window):
            own = {self.whose(target), self.counts_for(target)}
            for latest in self.positions(target).values():
                what = TAKEN[latest.header.position.kind]
                name, independent, as_ = self.speaker(self.root(latest))
                if independent and any(is_within(one, independent) for one in own
                                       if isinstance(one, str)):
                    continue
                rows.append(Said(what, latest.sequence, name, independent, as_,
                                 self.topics_of(target), False))
        return rows

    # --- radar -----------------------------------------------------------------------------------

    def cycle_before(self, cycle):
        """The one that began last of those that began before."""
        latest = {one.header.cycle_facts.cycle_id: one.header.cycle_facts
                  for one in self.of_type(types.EVENT_TYPE_CYCLE)}
        begins = {name: min(phase.starts_on for phase in facts.phases)
                  for name, facts in latest.items()}
        return max(((day, name) for name, day in begins.items()
                    if cycle in begins and day < begins[cycle]), default=("", ""))[1]

    def compared(self, topic):
        """The topic, and the codes that say of themselves that it is wider."""
        latest = {}
        for one in self.of_type(types.EVENT_TYPE_CROSSWALK):
            facts = one.header.crosswalk
            latest[facts.from_scheme, facts.to_scheme] = facts.entries
        topics = {topic}
        for (before, after), entries in latest.items():
            for entry in entries:
                narrow, wide = (self.names.get(name, name) for name in (
                    self.topic(before, entry.from_code), self.topic(after, entry.to_code)))
                if entry.match == bodies.CODE_MATCH_NARROWER:
                    narrow, wide = wide, narrow
                if entry.match in (bodies.CODE_MATCH_NARROWER, bodies.CODE_MATCH_BROADER) \
                        and wide == topic:
                    topics.add(narrow)
        return topics

    def radar(self, window, previous="", weights=None, stopped=(), limit=3):
        """(topics with all that is told of each, best first, the previous cycle)"""
        inputs = self.said_in(window)
        previous = previous or (self.cycle_before(window.cycle) if window.cycle else "")
        before = self.said_in(Window(previous)) if previous else None
        said = inputs + self.positions_in(window)
        stopped = {"unspecified"} | {self.names.get(topic, topic) for topic in stopped}
        topics = set().union(*(one.topics for one in inputs)) - stopped
        rows = [RadarTopic(self, topic, said, before, weights or USUAL_WEIGHTS, limit).told
                for topic in topics]
        return sorted(rows, key=lambda row: (-row["score"], row["topic"])), previous

    # --- gaps ------------------------------------------------------------------------------------

    def on(self, topic, *states):
        """Decisions that are in one of these states and bear the topic, of all cycles."""
        return [row for row in self.decided
                if row[1].state in states and topic in self.topics_of(row[0])]

    def gaps(self, window):
        """Most raised first, those that nobody works on before the others."""
        said = self.said_in(window) + self.positions_in(window)
        topics = set().union(*(one.topics for one in said))
        topics |= {topic for one, now, _ in self.decided for topic in self.topics_of(one)
                   if now.state in (PROPOSED, CONSULTED, ADOPTED, INCOMPLETE, IN_PROGRESS)}
        rows = [self.gap(topic, Tally(said, {topic}, self.is_registered))
                for topic in sorted(topics - {"unspecified"})]
        return sorted(rows, key=lambda row: (row["state"] != NOBODY, -row["organisations"],
                                             -row["individuals"]))

    def gap(self, topic, tally):
        work = self.on(topic, PROPOSED, CONSULTED, ADOPTED, INCOMPLETE, IN_PROGRESS)
        state = max((PROPOSES if now.state in (PROPOSED, CONSULTED) else WORKS
                     for _, now, _ in work), default=NOBODY)
        others = [*tally.individuals.values(), *tally.unregistered.values()]
        return {"topic": topic, "label": self.labels.get(topic, ""), "state": state,
                "organisations": len(tally.who("raised")),
                "individuals": sum(len(voice.events["raised"]) for voice in others),
                "work": [{"decision": {"sequence": one.sequence}, "state": now.state,
                          "owner": owner, "steward": steward}
                         for one, now, (owner, steward) in work],
                "could": self.candidates(topic, tally, {owner for _, _, (owner, _) in work})}

    def candidates(self, topic, tally, at_work):
        """Who has done it before, then who raised it, then who supports it, the first first."""
        could = [(owner, [one.sequence]) for one, _, (owner, _) in self.on(topic, COMPLETED)]
        for what in ("raised", "supports"):
            could += [(voice.name, voice.first(what, CANDIDATE_EVENTS)) for voice in
                      sorted(tally.who(what), key=lambda voice: min(voice.events[what]))]
        seen, rows = {"/".join(owner.split("/")[:2]) for owner in at_work}, []
        for organisation, sequences in could:
            independent = "/".join(organisation.split("/")[:2])
            if organisation and independent not in seen:
                seen.add(independent)
                rows.append({"organisation": organisation, "sequences": sequences})
        return rows[:CANDIDATES]


def evidence(counted_as, voices=(), events=0, sequences=(), total=None):
    names = [voice if isinstance(voice, str) else voice.name for voice in voices]
    return {"counted_as": counted_as, "organisations": names[:NAMED_ORGANISATIONS],
            "total_organisations": len(names) if total is None else total, "events": events,
            "sequences": list(sequences)}


class RadarTopic:
    """`told` is all that the radar says of one topic, but for its sentences."""

    def __init__(self, recount, topic, said, before, weights, limit):
        self.recount, self.topic, self.limit = recount, topic, limit
        self.now, self.before, self.weights = said, before, weights
        self.tally = Tally(said, {topic}, recount.is_registered)
        self.raised = self.tally.who("raised")
        missing = [[column for column in columns if column not in {of(v) for v in self.raised}]
                   for columns, of in ((GROUPS, lambda v: group_column(v.as_.group)),
                                       (UN_REGIONS, lambda v: region_column(v.as_.region)))]
        compared = sorted(recount.compared(topic)) if before is not None else []
        parts = [*self.counted(), *self.voiced(), self.change(compared), self.breadth(),
                 self.work(), self.missing(sum(missing, []))]
        names = set(recount.names) | {topic}
        self.told = {
            "topic": topic, "label": recount.labels.get(topic, ""),
            "score": sum(part["points"] for part in parts),
            **{name: parts[n]["count"] for n, name in enumerate(PARTS[:4])},
            "events": sum(len(voice.events["raised"]) for voice in self.raised), "parts": parts,
            "contributors": [{"organisation": voice.name, "kind": voice.as_.kind,
                              "stakeholder_group": voice.as_.group, "region": voice.as_.region,
                              "events": len(voice.events["raised"]),
                              "sequences": voice.first("raised", limit)} for voice in self.raised],
            "reserves": self.one_by_one("reserves"), "objects": self.one_by_one("objects"),
            "individuals": self.individuals(), "missing_stakeholder_groups": missing[0],
            "missing_regions": missing[1], "compared_with": compared,
            "also": sorted(name for name in names - {topic} if recount.names.get(name) == topic)}

    def part(self, name, count, weighs_as, of_full, rows):
        points = 100 * self.weights[name] * of_full / sum(self.weights.values())
        return {"part": name, "count": count, "weighs_as": weighs_as, "of_full": of_full,
                "points": points, "evidence": rows}

    def together(self, voices, of):
        by_column = collections.defaultdict(list)
        for voice in voices:
            by_column[of(voice.as_)].append(voice)
        return [evidence(column, some, sum(len(voice.events["raised"]) for voice in some))
                for column, some in sorted(by_column.items())]

    def one_by_one(self, what):
        voices = sorted(self.tally.who(what), key=lambda voice: (cell(voice.as_), voice.name))
        return [evidence(cell(voice.as_), [voice], len(voice.events[what]),
                         voice.first(what, self.limit)) for voice in voices]

    def counted(self):
        """Who raised it, by what they are."""
        weight = damped(self.raised)
        yield self.part("organisations", len(self.raised), weight,
                        saturated(weight, HALF_OF_ORGANISATIONS), self.together(self.raised, cell))
        for name, of, columns in (("regions", lambda as_: region_column(as_.region), UN_REGIONS),
                                  ("stakeholder_groups", lambda as_: group_column(as_.group),
                                   GROUPS)):
            some = [voice for voice in self.raised if of(voice.as_) in columns]
            count = len({of(voice.as_) for voice in some})
            yield self.part(name, count, count, count / len(columns), self.together(some, of))
        nris = [voice for voice in self.raised if is_nri(voice.as_)]
        yield self.part("nris", len(nris), damped(nris), saturated(damped(nris), HALF_OF_OTHERS),
                        self.together(nris, cell))

    def voiced(self):
        for name, what in (("actions", "asked"), ("support", "supports")):
            weight = damped(self.tally.who(what))
            yield self.part(name, len(self.tally.who(what)), weight,
                            saturated(weight, HALF_OF_OTHERS), self.one_by_one(what))

    def change(self, compared):
        if self.before is None:
            return self.part("change", 0, 0, 0, [])
        sides, rows = [], []
        for period, said in (("before", self.before), ("now", self.now)):
            voices = Tally(said, set(compared), self.recount.is_registered).who("raised")
            itself = {voice.name for voice in
                      Tally(said, {self.topic}, self.recount.is_registered).who("raised")}
            sides.append(voices)
            for counted_as, some in (
                    (period, [v for v in voices if v.name in itself]),
                    (f"{period}, on what it is compared with",
                     [v for v in voices if v.name not in itself])):
                if some:
                    rows.append(evidence(
                        counted_as, some, sum(len(v.events["raised"]) for v in some),
                        sorted(s for v in some for s in v.first("raised", self.limit))))
        then, now = sides
        weight = damped(now) - damped(then)
        return self.part("change", len(now) - len(then), weight, saturated(weight, HALF_OF_OTHERS),
                         rows)

    def breadth(self):
        """Entropy over pairs of group and region, as a share of what all evenly would have."""
        counts = collections.Counter(pair(voice.as_) for voice in self.raised).values()
        entropy = sum(n / sum(counts) * math.log(sum(counts) / n) for n in counts)
        breadth = min(1, entropy / math.log(len(GROUPS) * len(UN_REGIONS)))
        return self.part("breadth", breadth, breadth, breadth, self.together(self.raised, pair))

    def work(self):
        rows = [evidence("in progress", [owner], 1, [one.sequence])
                for one, _, (owner, _) in self.recount.on(self.topic, IN_PROGRESS)]
        return self.part("existing_work", len(rows), len(rows), saturated(len(rows), HALF_OF_WORK),
                         rows)

    def missing(self, columns):
        return self.part("missing_voices", len(columns), len(columns),
                         1 - len(columns) / (len(GROUPS) + len(UN_REGIONS)),
                         [evidence(column) for column in columns])

    def individuals(self):
        apart = [*self.tally.individuals.values(), *self.tally.unregistered.values()]
        groups, regions = collections.Counter(), collections.Counter()
        for voice in apart:
            groups[group_column(voice.as_.group)] += len(voice.events["raised"])
            regions[region_column(voice.as_.region)] += len(voice.events["raised"])
        names = [v for v in self.tally.unregistered.values() if v.events["raised"]]
        raised = sorted(s for voice in apart for s in voice.events["raised"])
        return {"events": len(raised),
                "asked_action": sum(len(voice.events["asked"]) for voice in apart),
                "supports": sum(len(voice.events["supports"]) for voice in apart),
                "by_stakeholder_group": dict(+groups), "by_region": dict(+regions),
                "sequences": raised[:self.limit],
                "unregistered_events": sum(len(voice.events["raised"]) for voice in names),
                "unregistered_names": len(names)}
