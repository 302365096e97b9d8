"""Digests, topic links, near-duplicates and meeting packs a second time, the slow and obvious way:
from the events that one reader gets, and from nothing else. It shares no code with the hub, and
knows what the contract says.

Words are found without ICU: texts whose words have no blanks between them are not for it.
"""

import collections
import fractions
import itertools
import math
import re
import unicodedata

from contract import bodies, liaison, types
from recount import COUNTERED, ACCEPTED, OPEN, INPUTS, PROPOSED, CONSULTED, Recount, is_within

Raised = collections.namedtuple("Raised", "organisation region sequences")
Link = collections.namedtuple("Link", "both raise_first raise_second of expected chance strength "
                              "evidence")
Item = collections.namedtuple("Item", "sequence due words language")
Pair = collections.namedtuple("Pair", "score words topics opposite same_author grouping")

MOST_TOPICS = 12  # whoever raises more says nothing about any two of them
NAMED_EVENTS = 10
# Words a minute: Trauzettel-Klosinski and Dietz, the International Reading Speed Texts (2012).
SPEEDS = {"ar": 138, "zh": 158, "en": 228, "fr": 195, "es": 218}
MEAN_SPEED = 184
# Words that connect nothing, as far as these tests have them.
STOPPED = set("the of a and in on internet governance topic issue world global fictional sample "
              "said not switzerland brazil".split()) - {"said"}
NEGATIONS = {"en": {"not", "never", "no", "cannot"}, "fr": {"ne", "pas", "jamais", "non"},
             "es": {"no", "nunca", "jamás"}}
# Pairs of opposites, as far as these tests have them.
ANTONYMS = {"en": [("permitted", "prohibited"), ("mandatory", "voluntary")],
            "fr": [("autorisé", "interdit")], "es": [("permitir", "prohibir")],
            "ru": [("усилить", "ослабить")]}
SAME_TEXT = 0.95


def words_of(text):
    """What a reader takes for words, in languages that have blanks."""
    return re.findall(r"\w+(?:['’.]\w+)*", text.replace("_", " "))


def terms_of(text):
    """The words in the form in which they are compared, of which endings may be cut."""
    return words_of(unicodedata.normalize("NFKC", text).casefold())


def base_of(language):
    return language.partition("-")[0].lower() or "und"


def minutes_of(words, words_per_minute):
    """`words` is a list of (language, number)."""
    if words_per_minute:
        return math.ceil(sum(number for _, number in words) / words_per_minute)
    seconds = collections.Counter()
    for language, number in words:
        seconds[base_of(language)] += number
    return math.ceil(sum(math.ceil(fractions.Fraction(number * 60, SPEEDS.get(base, MEAN_SPEED)))
                         for base, number in seconds.items()) / 60)


def group_of(facts):
    """The one of its kind; as it is registered where the kind has none."""
    kind = types.OrganisationKind.Name(facts.kind).removeprefix("ORGANISATION_KIND_")
    names = dict(types.StakeholderGroup.items())
    return names.get(f"STAKEHOLDER_GROUP_{kind}", facts.stakeholder_group) \
        if kind != "UNSPECIFIED" else facts.stakeholder_group


def in_turn(events):
    """Of (speaker, sequence): everybody's newest, the newest first, then everybody's second."""
    rounds = collections.Counter()
    rows = []
    for sequence, speaker in sorted(((s, who) for who, s in events), key=lambda row: -row[0]):
        rows.append((rounds[speaker], -sequence))
        rounds[speaker] += 1
    return [-sequence for _, sequence in sorted(rows)]


class RadarRecount(Recount):
    """`default_cycle` is what a window without cycle and days is about."""

    def __init__(self, exported, organisation, today):
        super().__init__(exported, organisation, today)
        self.default_cycle = self.current_cycle()
        self.at = {one.sequence: one for one in self.events}
        self.facts = {one.header.organisation.organisation: one.header.organisation
                      for one in self.of_type(types.EVENT_TYPE_ORGANISATION)}
        self.labels = self.topic_labels()
        self.names = self.exact_names()
        self.groups = [{self.root(self.by_digest[m]).sequence for m in self.members(one)}
                       for one in self.chains(types.EVENT_TYPE_GROUPING)]

    def current_cycle(self):
        latest = {one.header.cycle_facts.cycle_id: one.header.cycle_facts
                  for one in self.of_type(types.EVENT_TYPE_CYCLE)}
        names = sorted(name for name, facts in latest.items()
                       if facts.state != bodies.CYCLE_STATE_CLOSED)
        begins = {name: min((phase.starts_on for phase in latest[name].phases), default="")
                  for name in names}
        ends = {name: max((phase.ends_on for phase in latest[name].phases), default="")
                for name in names}
        began = [name for name in names if begins[name] and begins[name] <= self.today]
        within = [name for name in began if self.today <= ends[name]]
        for some in (within, began):
            if some:
                return max(some, key=lambda name: (begins[name], name))
        return names[-1] if names else ""

    # --- topics ----------------------------------------------------------------------------------

    @staticmethod
    def topic(scheme, code):
        return code if scheme == "core" else f"{scheme}:{code}"

    def topic_labels(self):
        schemes = {one.header.topic_scheme.scheme: one
                   for one in self.of_type(types.EVENT_TYPE_TOPIC_SCHEME)}
        return {self.topic(scheme, entry.code): entry.label
                for scheme, one in schemes.items() if one.body is not None
                for entry in one.body.entries}

    def exact_names(self):
        """Every topic of which the crosswalk says that it is another -> the one name of all."""
        latest = {}
        for one in self.of_type(types.EVENT_TYPE_CROSSWALK):
            facts = one.header.crosswalk
            latest[facts.from_scheme, facts.to_scheme] = facts.entries
        same = [(self.topic(before, entry.from_code), self.topic(after, entry.to_code))
                for (before, after), entries in latest.items() for entry in entries
                if entry.match == bodies.CODE_MATCH_EXACT]
        names = {}
        for topic in {topic for pair in same for topic in pair}:
            group, size = {topic}, 0
            while len(group) > size:
                size = len(group)
                group |= {other for pair in same if group & set(pair) for other in pair}
            ends = group - {before for before, after in same if before != after}
            names[topic] = min(ends or group)
        return names

    def topics_of(self, root):
        return {self.names.get(topic, topic) for topic in self.version(root).header.topics}

    # --- who speaks ------------------------------------------------------------------------------

    def counts_for(self, root):
        """The independent organisation; or of an individual, group and region."""
        header = self.version(root).header
        if header.recorded_for.HasField("individual"):
            one = header.recorded_for.individual
            return one.stakeholder_group, one.region
        whose = header.recorded_for.organisation or header.author
        if not is_within(whose, header.author) \
                and not self.is_of_kind(header.author, types.ORGANISATION_KIND_SECRETARIAT):
            whose = header.author
        return "/".join(whose.split("/")[:2])

    def is_registered(self, name):
        return name in self.facts and not self.facts[name].retired

    def columns_of(self, root):
        return set(self.row_of(root))

    def row_of(self, root):
        """The group and the region for which it counts, by their columns."""
        whose = self.counts_for(root)
        if isinstance(whose, str):
            recorded = self.whose(root) or root.author
            name = recorded if is_within(recorded, whose) else root.author
            facts = self.facts.get(name) or self.facts.get(whose)
            whose = (group_of(facts), facts.region) if facts else (0, 0)
        return (types.StakeholderGroup.Name(whose[0]).removeprefix("STAKEHOLDER_GROUP_").lower(),
                types.Region.Name(whose[1]).removeprefix("REGION_").lower())

    def turn_of(self, root):
        """The same; but what a partner writes down for others is its own turn, and all that are not
        registered have one."""
        whose = self.counts_for(root)
        if not isinstance(whose, str) \
                and not self.is_of_kind(root.author, types.ORGANISATION_KIND_SECRETARIAT):
            whose = "/".join(root.author.split("/")[:2])
        if isinstance(whose, str) and not self.is_registered(whose):
            return "not registered"
        return whose

    def heard(self, cycle):
        """Inputs of the cycle that count."""
        return [one for one in self.inputs(cycle) if one.digest not in self.retracted]

    # --- links -----------------------------------------------------------------------------------

    def links(self, cycle, fewest=3, most_chance=0.01):
        """((first, second) -> Link, names of what was left out)."""
        raised = collections.defaultdict(lambda: collections.defaultdict(set))
        for one in self.heard(cycle):
            who = self.counts_for(one)
            for topic in self.topics_of(one):
                raised[topic][who].add(one.sequence)
        left_out = {topic for topic in raised if self.says_nothing(topic)}
        by_organisation = collections.defaultdict(set)
        for topic in set(raised) - left_out:
            for who in raised[topic]:
                if isinstance(who, str) and self.is_registered(who):
                    by_organisation[who].add(topic)
        of = {who for who, topics in by_organisation.items() if len(topics) <= MOST_TOPICS}
        links = {}
        for first, second in itertools.combinations(sorted(set(raised) - left_out), 2):
            link = self.link(raised[first], raised[second], of)
            if link and link.both >= fewest and link.chance <= most_chance:
                links[first, second] = link
        return links, left_out | (set(by_organisation) - of)

    def says_nothing(self, topic):
        if topic == "unspecified":
            return True
        label = self.labels.get(topic, topic.partition(":")[2])
        words = set(terms_of(re.sub(r"[-.]", " ", label)))
        return bool(words) and words <= STOPPED

    def link(self, first, second, of):
        one, other = set(first) & of, set(second) & of
        both = one & other
        if not both:
            return None
        n, a, b, k = len(of), len(one), len(other), len(both)
        chance = float(sum(fractions.Fraction(math.comb(a, i) * math.comb(n - a, b - i),
                                              math.comb(n, b))
                           for i in range(k, min(a, b) + 1) if 0 <= b - i <= n - a))
        strength = 0 if k == n else math.log(k * n / (a * b)) / math.log(n / k)
        evidence = {who: (sorted(first[who] & second[who])[:NAMED_EVENTS],
                          sorted(first[who] - second[who])[:NAMED_EVENTS],
                          sorted(second[who] - first[who])[:NAMED_EVENTS]) for who in both}
        return Link(k, a, b, n, a * b / n, chance, strength, evidence)

    # --- words -----------------------------------------------------------------------------------

    def wording(self, root):
        """(language, title, text) of an input as it stands, None where that is erased."""
        latest = self.version(root)
        if latest.body is None:
            return None
        language, title, text = latest.header.language, latest.body.title, latest.body.text
        others = list(latest.body.other_languages)
        for one in self.chain(root):
            if one.type != types.EVENT_TYPE_AMENDMENT or one.sequence < latest.sequence \
                    or one.body is None:
                continue
            title = one.body.title or title
            if one.body.text:
                language, text = one.header.language, one.body.text
            others = list(one.body.other_languages) or others
        body = latest.body
        more = [body.desired_outcome] if root.type == types.EVENT_TYPE_TOPIC_SIGNAL else [
            *[message.text for message in body.key_messages], body.convergence, body.disagreement,
            *[asked.text for asked in body.requests], body.follow_up]
        text = "\n\n".join(part for part in [text, *more] if part)
        return language, title, text, others

    def to_read(self, root):
        """(language, words) of whatever it is."""
        if root.type in INPUTS:
            wording = self.wording(root)
            if wording is None:
                return "", 0
            language, title, text, _ = wording
            return language, len(words_of(title)) + len(words_of(text))
        language, stands, besides = "", None, 0
        for one in self.chain(root):
            if one.type == root.type:
                language = one.header.language
                # What a version of a decision leaves empty stays as it was; others say it all anew.
                before = stands if root.type == types.EVENT_TYPE_DECISION else None
                said = [body for body in (before, one.body) if body is not None]
                stands = type(said[0])() if said else None
                for body in said:
                    stands.MergeFrom(body)
                continue
            if one.body is None or stands is None:
                continue
            language = one.header.language if one.body.text else language
            for field in ("title", "text"):
                words = getattr(one.body, field)
                if words and field in stands.DESCRIPTOR.fields_by_name:
                    setattr(stands, field, words)
                else:
                    besides += len(words_of(words))
        return language, besides + (self.count_words(stands, 20) if stands is not None else 0)

    def count_words(self, message, first=0):
        """In bodies words have numbers from 20 on."""
        count = 0
        for field, value in message.ListFields():
            if field.number < first or field.name in ("other_languages", "links", "external_ids",
                                                      "acting_as"):
                continue
            for one in value if field.label == field.LABEL_REPEATED else [value]:
                if field.message_type is not None:
                    count += self.count_words(one)
                elif field.type == field.TYPE_STRING:
                    count += len(words_of(one))
        return count

    # --- digest ----------------------------------------------------------------------------------

    def usual_role(self, caller):
        if self.is_of_kind(caller, types.ORGANISATION_KIND_MAG,
                           types.ORGANISATION_KIND_SECRETARIAT):
            return "MAG"
        return "PARTNER" if caller in self.facts else "PUBLIC"

    def digest(self, role, after, cycle):
        """By section its items, in order."""
        today = Digest(self, role == "MAG", after, cycle)
        return {name: [Item(sequence, due, words, language)
                       for sequence, due in section.items()
                       for language, words in [self.to_read(self.at[sequence])]]
                for name, section in today.sections.items()}

    # --- pack ------------------------------------------------------------------------------------

    def on_page(self, topic, cycle, most):
        """[(sequence, contributor, also by)] of the topic's page."""
        on_topic = [one for one in self.heard(cycle) if topic in self.topics_of(one)]
        rows, shown = [], set()
        for sequence in in_turn((self.turn_of(one), one.sequence) for one in on_topic):
            if sequence in shown or len(rows) == most:
                continue
            one = self.at[sequence]
            together = {sequence}.union(*(group for group in self.groups if sequence in group))
            shown |= together
            others = [self.at[other] for other in together - {sequence}
                      if self.at[other].digest not in self.retracted]
            rows.append((sequence, self.whose(one), self.authors(others, self.whose(one))))
        return rows

    def authors(self, inputs, own):
        """Organisations, then how many individuals each recorder wrote down."""
        named, individuals = set(), collections.Counter()
        for one in inputs:
            whose = self.whose(one)
            if not whose:
                individuals[one.author] += 1
            elif whose != own:
                named.add(whose if whose == one.author
                          else f"{whose} (recorded by {one.author})")
        return sorted(named) + [
            f"{'an individual' if n == 1 else f'{n} individuals'} (recorded by {recorder})"
            for recorder, n in sorted(individuals.items())]

    def decisions_on(self, topic, cycle):
        return [one.sequence for one in self.chains(types.EVENT_TYPE_DECISION)
                if topic in self.topics_of(one)
                and (not cycle or cycle in self.decision(one).cycles)]

    # --- near-duplicates -------------------------------------------------------------------------

    def versions(self, root):
        """[(language, title, text)] of an input: as it stands, and as others translated that."""
        wording = self.wording(root)
        if wording is None:
            return []
        language, title, text, others = wording
        rows = [(language, title, text)]
        rows += [(other.language, other.title, other.text) for other in others]
        latest = self.chain(root)[-1]
        for one in self.of_type(types.EVENT_TYPE_TRANSLATION):
            of_latest = latest.digest in one.named(types.RELATION_TRANSLATES)
            if of_latest and one.digest not in self.retracted and one.body is not None:
                rows.append((one.header.language, one.body.title, one.body.text))
        return rows

    def similar(self, cycle, least=0.4, like=None):
        """(first, second) -> Pair, of all pairs: nothing is left out to save time. Those that have
        neither a language nor a topic with `like` in common are not looked at."""
        texts = [one for one in self.heard(cycle) if self.versions(one)]
        if like is not None:
            said = self.speaks(self.at[like])
            texts = [one for one in texts
                     if said & self.speaks(one) or "und" in said | self.speaks(one)]
        return Similar(self, texts).pairs(least, like)

    def speaks(self, root):
        return {base_of(language) for language, *_ in self.versions(root)} | (
            self.topics_of(root) - {"unspecified"})


class Digest:
    """What there is for one reader. Nothing stands in it twice: where a reason finds it already in
    an earlier section, it stays there."""

    def __init__(self, recount, of_the_mag, after, cycle):
        self.recount = recount
        self.caller = recount.organisation
        self.of_the_mag = of_the_mag
        self.after = after
        self.cycle = cycle
        self.inputs_cycle = cycle or recount.default_cycle
        self.sections = {"decide": {}, "answer": {}, "know": {}}
        self.decisions = [one for one in recount.chains(types.EVENT_TYPE_DECISION)
                          if not cycle or cycle in recount.decision(one).cycles]
        self.open = [one for one in self.decisions
                     if recount.decision(one).state in (PROPOSED, CONSULTED)]
        self.undisposed = set(recount.undisposed(self.inputs_cycle)[0]) \
            if self.inputs_cycle else {one.sequence for one in recount.heard("")
                                       if not recount.dispositions(one)}
        self.requests = self.open_requests()
        if of_the_mag:
            self.objections()
            self.asked(self.is_the_mag, "decide")
            self.proposals()
            self.candidates()
        self.asked(self.is_mine, "answer")
        if of_the_mag:
            self.waiting()
        self.news()

    def add(self, section, sequence, due=""):
        for name, items in self.sections.items():
            if sequence in items:
                if name == section and due:
                    items[sequence] = min(due, items[sequence] or due)
                return
        self.sections[section][sequence] = due

    def is_mine(self, organisation):
        return bool(self.caller) and is_within(self.caller, organisation)

    def is_the_mag(self, organisation):
        return organisation.count("/") == 1 \
            and self.recount.is_of_kind(organisation, types.ORGANISATION_KIND_MAG)

    def is_of_cycle(self, root):
        return not self.cycle or self.recount.version(root).header.cycle == self.cycle \
            or self.was_carried_into(root, self.cycle)

    def was_carried_into(self, root, cycle):
        return any(to == cycle for _, _, to in self.recount.moves(root))

    # --- to decide -------------------------------------------------------------------------------

    def open_requests(self):
        rows = [row for row in self.recount.requests().values()
                if row.state in (OPEN, ACCEPTED, COUNTERED)
                and self.is_of_cycle(self.recount.at[row.sequence])]
        return sorted(rows, key=lambda row: (row.due == "", row.due, row.sequence))

    def objections(self):
        for decision in self.open:
            answered = {digest for version in self.recount.chain(decision)
                        for digest in version.header.decision.answered}
            current = self.recount.positions(decision).values()
            for one in sorted(current, key=lambda said: (said.contributor == "", said.contributor,
                                                         self.recount.root(said).sequence)):
                if one.header.position.kind == bodies.POSITION_KIND_OBJECT \
                        and one.digest not in answered:
                    self.add("decide", self.recount.root(one).sequence)

    def asked(self, whom, section):
        """Everybody's soonest due, the soonest first, then everybody's second."""
        turns, rows = collections.Counter(), []
        for row in self.requests:
            shown = any(row.sequence in items for items in self.sections.values())
            if whom(row.to) and not shown:
                speaker = self.recount.turn_of(self.recount.at[row.sequence])
                rows.append((turns[speaker], row))
                turns[speaker] += 1
        for _, row in sorted(rows, key=lambda turn: turn[0]):
            self.add(section, row.sequence, row.due)

    def proposals(self):
        for decision in self.open:
            self.add("decide", decision.sequence)
            cycle = self.cycle or self.recount.version(decision).header.cycle
            self.to_evaluate(decision, cycle)

    def candidates(self):
        inputs = [one for one in self.recount.inputs("")
                  if one.digest not in self.recount.retracted
                  and (not self.inputs_cycle
                       or self.recount.version(one).header.cycle == self.inputs_cycle
                       or self.was_carried_into(one, self.inputs_cycle))]
        for one in (self.recount.at[sequence] for sequence in self.turns(inputs)):
            if self.recount.about(one, types.RELATION_EVALUATES, types.EVENT_TYPE_EVALUATION):
                self.to_evaluate(one, self.inputs_cycle)

    def turns(self, inputs):
        return in_turn((self.recount.turn_of(one), one.sequence) for one in inputs)

    def to_evaluate(self, candidate, cycle):
        """Members do, under their seats, while the cycle's phase of it lasts."""
        until = self.evaluated_until(cycle)
        own = [one for one in self.recount.about(candidate, types.RELATION_EVALUATES,
                                                 types.EVENT_TYPE_EVALUATION)
               if one.author == self.caller
               # A conflict that was declared in any cycle holds in all.
               and (one.header.cycle == cycle or one.header.evaluation.conflict)
               and self.recount.roots[one.digest] not in self.recount.retracted]
        if until and not own:
            self.add("decide", candidate.sequence, until)

    def evaluated_until(self, cycle):
        if self.caller.count("/") != 2 \
                or not self.recount.is_of_kind(self.caller, types.ORGANISATION_KIND_MAG):
            return ""
        latest = [one.header.cycle_facts for one in self.recount.of_type(types.EVENT_TYPE_CYCLE)
                  if one.header.cycle_facts.cycle_id == cycle][-1:]
        return max((phase.ends_on for facts in latest for phase in facts.phases
                    if facts.state != bodies.CYCLE_STATE_CLOSED
                    and phase.phase.split(".")[0] == "evaluation"
                    and phase.starts_on <= self.recount.today <= phase.ends_on), default="")

    def waiting(self):
        for sequence in self.turns([self.recount.at[s] for s in self.undisposed]):
            self.add("decide", sequence)

    # --- to know ---------------------------------------------------------------------------------

    def is_new(self, one):
        return one.sequence > self.after

    def news(self):
        recount = self.recount
        own = [one for one in recount.inputs("") if self.caller and recount.whose(one)
               and is_within(recount.whose(one), self.caller)]
        standing = [(recount.version(one).sequence, one.sequence) for one in self.decisions
                    if self.is_new(recount.version(one))]
        for _, sequence in sorted(standing, reverse=True):
            self.add("know", sequence)
        for kind in (types.EVENT_TYPE_OUTCOME, types.EVENT_TYPE_PROGRESS):
            for decision in self.decisions:
                reports = [one for one in
                           recount.about(decision, types.RELATION_REPORTS_ON, kind)
                           if recount.roots[one.digest] not in recount.retracted][-1:]
                for one in filter(self.is_new, reports):
                    self.add("know", recount.root(one).sequence)
        for one in reversed(own):
            if one.digest not in recount.retracted and self.is_of_cycle(one) \
                    and any(self.is_new(said) for said in self.disposing(one)):
                self.add("know", one.sequence)
        for one in reversed(own):
            if one.digest not in recount.retracted and self.is_of_cycle(one) \
                    and any(self.is_new(said) for said in self.grouping(one)):
                self.add("know", one.sequence)
        self.taken_back(own)
        self.changed(own)
        self.on_my_topics(own)

    def disposing(self, root):
        """Dispositions that name it, or that others go into it."""
        chain = {one.digest for one in self.recount.chain(root)}
        return [one for one in self.recount.of_type(types.EVENT_TYPE_DISPOSITION)
                if chain & {d.input for d in one.header.disposition.inputs}
                or one.header.disposition.into in chain]

    def grouping(self, root):
        """Versions of groupings that it came into, stays in, or went out of."""
        touching = []
        for chain in self.recount.chains(types.EVENT_TYPE_GROUPING):
            was = False
            for version in self.recount.chain(chain):
                if version.type != types.EVENT_TYPE_GROUPING:
                    continue
                members = {self.recount.roots[named] for named in
                           version.named(types.RELATION_GROUPS) if named in self.recount.by_digest}
                holds = root.digest in members \
                    and version.header.grouping.action != bodies.GROUPING_ACTION_DISSOLVE
                if holds or was:
                    touching.append(version)
                was = holds
        return touching

    def taken_back(self, own):
        """What an earlier digest may have told of."""
        recount = self.recount
        for said in reversed(recount.of_type(types.EVENT_TYPE_RETRACTION)):
            for digest in said.named(types.RELATION_RETRACTS):
                if not self.is_new(said) or digest not in recount.by_digest:
                    continue
                root = recount.root(recount.by_digest[digest])
                if not self.is_new(root) and self.is_of_cycle(root) and self.was_told(root, own):
                    self.add("know", root.sequence)

    def was_told(self, root, own):
        recount = self.recount
        ever = set().union(*(recount.topics_of(one) for one in own)) - {"unspecified"}
        asked = root.type in INPUTS | {types.EVENT_TYPE_SUPPORT_REQUEST} and any(
            self.is_mine(to) for to in recount.version(root).header.addressees)
        heard = root.type in INPUTS and (self.of_the_mag or root in own
                                         or recount.topics_of(root) & ever)
        report = root.type in (types.EVENT_TYPE_PROGRESS, types.EVENT_TYPE_OUTCOME)
        return asked or heard or report

    def changed(self, own):
        """Inputs that an earlier digest may have told of, by others."""
        latest = {one.sequence: self.recount.chain(one)[-1] for one in self.recount.inputs("")
                  if one.digest not in self.recount.retracted and not self.is_new(one)
                  and self.is_of_cycle(one) and self.was_told(one, own)}
        for sequence, one in sorted(latest.items(), key=lambda item: -item[1].sequence):
            if self.is_new(one) and one.author != self.caller \
                    and not (self.of_the_mag and sequence in self.undisposed):
                self.add("know", sequence)

    def on_my_topics(self, own):
        recount = self.recount
        mine = set().union(*(recount.topics_of(one) for one in own
                             if one.digest not in recount.retracted)) - {"unspecified"}
        new = [one for one in recount.heard("") if self.is_new(one) and one not in own
               and self.is_of_cycle(one) and recount.topics_of(one) & mine
               and not (self.of_the_mag and one.sequence in self.undisposed)]
        for sequence in self.turns(new):
            self.add("know", sequence)


class Similar:
    """Pairs of inputs, each compared with each.

    A word weighs ln((speakers of its language + 10) / (those who have it + 1)), twice as much in a
    title; texts are as similar as the cosine of their words. Where both bear topics, these are 15
    hundredths of it, weighed alike. Two are opposite if one negates a word wherever it has it and
    the other nowhere, or if of two opposite words each says but one, and not the same; what titles
    say does not count where the texts are the same.
    """

    def __init__(self, recount, roots):
        self.recount = recount
        self.roots = roots
        self.speakers = collections.defaultdict(set)  # of a language, the names of contributors
        self.bearers = collections.defaultdict(set)
        self.common = self.common_languages()
        self.texts = {root.sequence: self.read(root) for root in roots}

    def common_languages(self):
        counts = collections.Counter(base for root in self.roots for base in
                                     {base_of(v[0]) for v in self.recount.versions(root)} - {"und"})
        return [base for base, _ in sorted(counts.items(), key=lambda c: (-c[1], c[0]))][:6]

    def read(self, root):
        # What is in a language that nobody named may be in any.
        versions = [(base, self.weigh(title, base), self.weigh(text, base), not text,
                     self.turned(title, base), self.turned(text, base))
                    for language, title, text in self.recount.versions(root)
                    for base in [base_of(language)] + (
                        self.common if base_of(language) == "und" else [])]
        topics = self.recount.topics_of(root) - {"unspecified"}
        who = self.recount.counts_for(root)
        who = who if isinstance(who, str) else root.sequence
        for base in {base for base, *_ in versions} | {""}:
            self.speakers[base].add(who)
        borne = {(base, word) for base, title, text, *_ in versions for word in title | text}
        for term in borne | {("", topic) for topic in topics}:
            self.bearers[term].add(who)
        return versions, topics

    @staticmethod
    def negates(word, language):
        return word in NEGATIONS.get(language, ()) \
            or language == "en" and word.endswith(("n't", "n’t")) \
            or language == "fr" and word.startswith(("n'", "n’"))

    @classmethod
    def weigh(cls, text, language):
        return {word for word in terms_of(text)
                if word not in STOPPED and not cls.negates(word, language)}

    @classmethod
    def turned(cls, text, language):
        """(words that come next after a negation, words that do not)"""
        said = [word for word in terms_of(text)
                if word not in STOPPED or cls.negates(word, language)]
        turned = set(), set()
        for before, word in zip([""] + said, said):
            if not cls.negates(word, language):
                turned[0 if cls.negates(before, language) else 1].add(word)
        return turned

    def opposite(self, one, other):
        """Of two versions in one language."""
        one_text, other_text = ({word: self.rarity(version[0], word) for word in version[2]}
                                for version in (one, other))
        same = one[2] and other[2] \
            and sum(self.shared(one_text, other_text).values()) >= SAME_TEXT
        parts = (5,) if same else (4, 5)
        (with_one, without_one), (with_other, without_other) = (
            tuple(set().union(*(version[part][which] for part in parts)) for which in (0, 1))
            for version in (one, other))
        if (with_one - without_one) & (without_other - with_other) \
                or (with_other - without_other) & (without_one - with_one):
            return True
        for pair in ANTONYMS.get(one[0], ()):
            # A negated word is on the side of its opposite.
            stances = [{side for negated, words in ((1, turned), (0, plain))
                        for side in (0, 1) if pair[side ^ negated] in words}
                       for turned, plain in ((with_one, without_one), (with_other, without_other))]
            if sorted(map(sorted, stances)) == [[0], [1]]:
                return True
        return False

    def rarity(self, language, term):
        return math.log((len(self.speakers[language]) + 10)
                        / (len(self.bearers[language, term]) + 1))

    def vector(self, version, titles_alone):
        language, title, text = version[:3]
        terms = title if titles_alone else title | text
        return {word: self.rarity(language, word) * (2 if word in title and not titles_alone else 1)
                for word in terms}

    @staticmethod
    def shared(one, other):
        """What each shared term brings to the cosine."""
        lengths = math.dist(one.values(), [0] * len(one)) * math.dist(other.values(),
                                                                      [0] * len(other))
        return {term: one[term] * other[term] / lengths for term in one if term in other}

    def pairs(self, least, like):
        found = {}
        for first, second in itertools.combinations(sorted(self.texts), 2):
            if like is not None and like not in (first, second):
                continue
            pair = self.compare(first, second)
            if pair is not None and pair.score >= least:
                found[first, second] = pair
        return found

    def compare(self, first, second):
        """None where they have no language in common."""
        (ones, one_topics), (others, other_topics) = self.texts[first], self.texts[second]
        words, compared = None, None
        for one, other in itertools.product(ones, others):
            if one[0] != other[0]:
                continue
            alone = one[3] or other[3]
            shared = self.shared(self.vector(one, alone), self.vector(other, alone))
            if words is None or sum(shared.values()) > sum(words.values()):
                words, compared = shared, (one, other)
        if words is None:
            return None
        share = 0.85 if one_topics and other_topics else 1
        topics = self.shared({t: self.rarity("", t) for t in one_topics},
                             {t: self.rarity("", t) for t in other_topics})
        score = share * sum(words.values()) + (1 - share) * sum(topics.values())
        speakers = [self.recount.counts_for(self.recount.at[s]) for s in (first, second)]
        return Pair(min(1, score), {word: share * points for word, points in words.items()},
                    set(topics), self.opposite(*compared),
                    isinstance(speakers[0], str) and speakers[0] == speakers[1],
                    any({first, second} <= group for group in self.recount.groups))
