"""The hub's views a second time, the slow and obvious way: from the events that one reader gets,
and from nothing else. It shares no code with the hub, and knows what the contract says."""

import collections

from contract import bodies, event, liaison, types

Disposed = collections.namedtuple("Disposed", "event since kind into")
Request = collections.namedtuple("Request", "sequence to source due state response overdue")
Decided = collections.namedtuple("Decided", "state missing priority considered positions percent "
                                 "outcome versions cycles work_format")

REQUESTS = {types.EVENT_TYPE_TOPIC_SIGNAL, types.EVENT_TYPE_LOCAL_REPORT,
            types.EVENT_TYPE_SUPPORT_REQUEST}
INPUTS = {types.EVENT_TYPE_TOPIC_SIGNAL, types.EVENT_TYPE_LOCAL_REPORT}

OPEN, ACCEPTED, COUNTERED, DECLINED, ANSWERED, RETRACTED = (
    liaison.RequestState.Value(f"REQUEST_STATE_{name}")
    for name in ("OPEN", "ACCEPTED", "COUNTERED", "DECLINED", "ANSWERED", "RETRACTED"))
# An answer is final; nobody accepts twice or declines twice.
ANSWERS = {bodies.RESPONSE_KIND_ACCEPT: (ACCEPTED, {OPEN, COUNTERED, DECLINED}),
           bodies.RESPONSE_KIND_COUNTER: (COUNTERED, {OPEN, ACCEPTED, COUNTERED, DECLINED}),
           bodies.RESPONSE_KIND_DECLINE: (DECLINED, {OPEN, ACCEPTED, COUNTERED}),
           bodies.RESPONSE_KIND_ANSWER: (ANSWERED, {OPEN, ACCEPTED, COUNTERED, DECLINED})}

PROPOSED, CONSULTED, ADOPTED, INCOMPLETE, IN_PROGRESS, COMPLETED, DEFERRED = (
    bodies.DecisionState.Value(f"DECISION_STATE_{name}")
    for name in ("PROPOSED", "IN_CONSULTATION", "ADOPTED", "ADOPTED_INCOMPLETE", "IN_PROGRESS",
                 "COMPLETED", "DEFERRED"))
UNDECIDED = {PROPOSED, CONSULTED, INCOMPLETE, DEFERRED}

BODY = {types.EVENT_TYPE_TOPIC_SCHEME: bodies.TopicScheme,
        types.EVENT_TYPE_TOPIC_SIGNAL: bodies.TopicSignal,
        types.EVENT_TYPE_LOCAL_REPORT: bodies.LocalReport,
        types.EVENT_TYPE_SUPPORT_REQUEST: bodies.SupportRequest,
        types.EVENT_TYPE_POSITION: bodies.StatedPosition,
        types.EVENT_TYPE_DECISION: bodies.Decision,
        types.EVENT_TYPE_PROGRESS: bodies.Progress,
        types.EVENT_TYPE_OUTCOME: bodies.Outcome,
        types.EVENT_TYPE_AMENDMENT: bodies.Amendment,
        types.EVENT_TYPE_TRANSLATION: bodies.Translation,
        types.EVENT_TYPE_DISPOSITION: bodies.Disposition}


def is_within(name, organisation):
    return name == organisation or name.startswith(organisation + "/")


class Said:
    """One event as it came."""

    def __init__(self, one):
        self.sequence = one.sequence
        self.digest = one.digest
        self.header = event.EventHeader.FromString(one.header)
        self.type = self.header.type
        self.author = self.header.author
        self.body = None
        for section in one.sections:
            if section.kind == types.SECTION_KIND_CONTENT and self.type in BODY \
                    and section.status != event.SECTION_STATUS_ERASED:
                self.body = BODY[self.type].FromString(section.data)

    def named(self, relation):
        return [r.digest for r in self.header.references if r.relation == relation]

    @property
    def contributor(self):
        if not self.header.HasField("recorded_for"):
            return self.author
        return self.header.recorded_for.organisation


class Recount:
    """`organisation` is who looked: silence of others is not for everybody."""

    def __init__(self, exported, organisation, today):
        self.events = [Said(one) for one in exported]
        self.by_digest = {one.digest: one for one in self.events}
        self.organisation = organisation
        self.today = today
        self.roots = {}
        # Lists that would else be looked for again and again.
        self.by_type = collections.defaultdict(list)
        self.by_root = collections.defaultdict(list)
        self.naming = collections.defaultdict(list)
        for one in self.events:
            revised = one.named(types.RELATION_REVISES)
            self.roots[one.digest] = self.roots[revised[0]] if revised else one.digest
            self.by_type[one.type].append(one)
            self.by_root[self.roots[one.digest]].append(one)
            for reference in one.header.references:
                self.naming[reference.relation, reference.digest].append(one)
        self.retracted = {self.roots[digest] for one in self.of_type(types.EVENT_TYPE_RETRACTION)
                          for digest in one.named(types.RELATION_RETRACTS)
                          if digest in self.roots}
        self.kinds = {one.header.organisation.organisation: one.header.organisation.kind
                      for one in self.of_type(types.EVENT_TYPE_ORGANISATION)}

    # --- what everything rests on ----------------------------------------------------------------

    def of_type(self, *kinds):
        found = [one for kind in kinds for one in self.by_type[kind]]
        return found if len(kinds) == 1 else sorted(found, key=lambda one: one.sequence)

    def root(self, one):
        return self.by_digest[self.roots[one.digest]]

    def chain(self, root):
        return self.by_root[root.digest]

    def chains(self, *kinds):
        return [one for one in self.of_type(*kinds) if self.roots[one.digest] == one.digest]

    def version(self, root, before=None):
        """The latest that says more than words, or the latest that was there before that event."""
        return [one for one in self.chain(root) if one.type == root.type
                and (before is None or one.sequence < before.sequence)][-1]

    def whose(self, root):
        """The organisation whose words they are; empty for an individual."""
        return self.version(root).contributor

    def title(self, root):
        titles = [one.body.title for one in self.chain(root)
                  if one is not root and one.body is not None and hasattr(one.body, "title")]
        titles = [title for title in titles if title]
        if titles:
            return titles[-1]
        return root.body.title if root.body is not None else ""

    def about(self, root, relation, *kinds):
        found = {said.sequence: said for one in self.chain(root)
                 for said in self.naming[relation, one.digest] if said.type in kinds}
        return [found[sequence] for sequence in sorted(found)]

    def is_of_kind(self, organisation, *kinds):
        names = ["/".join(organisation.split("/")[:n])
                 for n in range(1, len(organisation.split("/")) + 1)]
        return any(self.kinds.get(name) in kinds for name in names)

    def is_seat(self, name):
        above, _, below = name.partition("/")[2].partition("/")
        return below and "/" not in below and all(
            self.kinds.get(one) == types.ORGANISATION_KIND_MAG for one in (f"org/{above}", name))

    # --- inputs ----------------------------------------------------------------------------------

    def inputs(self, cycle):
        return [one for one in self.chains(*INPUTS)
                if not cycle or self.version(one).header.cycle == cycle]

    def dispositions(self, root):
        found = {}
        for one in self.of_type(types.EVENT_TYPE_DISPOSITION):
            for disposed in one.header.disposition.inputs:
                if disposed.input != root.digest:
                    continue
                into = self.by_digest.get(one.header.disposition.into)
                goes = disposed.kind in (bodies.DISPOSITION_KIND_TAKEN_UP,
                                         bodies.DISPOSITION_KIND_MERGED)
                said = (disposed.kind, into if goes else None)
                # A later version that says the same gives other reasons.
                before = found.get(self.roots[one.digest])
                since = before.since if before and before[2:] == said else one
                found[self.roots[one.digest]] = Disposed(one, since, *said)
        return sorted((d for d in found.values() if not self.is_undone(d)),
                      key=lambda d: self.root(d.event).sequence)

    def is_undone(self, disposed):
        """True of what went into something that is there no more."""
        if not disposed.into:
            return False
        into = self.root(disposed.into)
        header = self.version(into).header
        return (into.digest in self.retracted
                or header.grouping.action == bodies.GROUPING_ACTION_DISSOLVE
                or header.decision.state == bodies.DECISION_STATE_WITHDRAWN)

    def moves(self, root):
        """Carry-overs of it, as (sequence, from cycle, to cycle)."""
        said = self.about(root, types.RELATION_CARRIES_OVER, types.EVENT_TYPE_CARRY_OVER)
        return [(one.sequence, one.header.carry_over.from_cycle, one.header.carry_over.to_cycle)
                for one in said]

    def undisposed(self, cycle):
        """(sequences of those that wait, how many were disposed of). What was carried into the
        cycle waits for a disposition from then on, and what was carried out of it waits there."""
        waiting, disposed = [], 0
        for one in self.inputs(""):
            moves = self.moves(one)
            came = [at for at, _, to in moves if to == cycle]
            if one.digest in self.retracted \
                    or not (came or self.version(one).header.cycle == cycle):
                continue
            left = [at for at, source, _ in moves if source == cycle]
            if [d for d in self.dispositions(one) if d.since.sequence > min(came, default=0)]:
                disposed += 1
            elif max(left, default=0) <= max(came, default=0):
                waiting.append(one.sequence)
        return waiting, disposed

    def contributions(self, contributor):
        """Sequence of the input -> (title, state, dispositions, decisions, retracted)."""
        rows = {}
        decisions = self.chains(types.EVENT_TYPE_DECISION)
        considered = {one.digest: self.considered(one) for one in decisions}
        for root in self.inputs(""):
            if not self.whose(root) or not is_within(self.whose(root), contributor):
                continue
            disposed = self.dispositions(root)
            merged, on = self.goes_into(root)
            on |= {one.sequence for one in decisions if merged & considered[one.digest]}
            rows[root.sequence] = (self.title(root), self.became(root, disposed, on),
                                   [(d.event.sequence, d.kind) for d in disposed], sorted(on),
                                   root.digest in self.retracted)
        return rows

    def goes_into(self, root):
        """(itself and all that it was merged into, decisions that took any of these up)."""
        decisions, seen, waiting = set(), {root.sequence}, [root]
        while waiting:
            said = self.dispositions(waiting.pop())
            last = max((one.since.sequence for one in said), default=0)
            for disposed in said:
                # What was said later puts it down, save what was taken up.
                if disposed.into is None or (disposed.since.sequence < last and
                                             disposed.kind != bodies.DISPOSITION_KIND_TAKEN_UP):
                    continue
                into = self.root(disposed.into)
                if into.type == types.EVENT_TYPE_DECISION:
                    decisions.add(into.sequence)
                elif into.sequence not in seen:
                    seen.add(into.sequence)
                    waiting.append(into)
        return seen, decisions

    def became(self, root, disposed, on):
        if root.digest in self.retracted:
            return liaison.CONTRIBUTION_STATE_RETRACTED
        state = liaison.CONTRIBUTION_STATE_DISPOSED if disposed \
            else liaison.CONTRIBUTION_STATE_NOTHING_YET
        for one in self.chains(types.EVENT_TYPE_DECISION):
            if one.sequence not in on:
                continue
            decided = self.decision(one)
            open_ones = (PROPOSED, CONSULTED, bodies.DECISION_STATE_WITHDRAWN)
            state = max(state, liaison.CONTRIBUTION_STATE_OUTCOME if decided.outcome else
                        liaison.CONTRIBUTION_STATE_CONSIDERED if decided.state in open_ones else
                        liaison.CONTRIBUTION_STATE_DECIDED)
        return state

    # --- requests --------------------------------------------------------------------------------

    def requests(self):
        """(sequence, addressee) -> Request, as far as this reader is shown them."""
        rows = {}
        for root in self.chains(*REQUESTS):
            latest = self.version(root)
            if not self.asks(latest):
                continue
            for to in latest.header.addressees:
                row = self.request(root, to)
                if self.is_shown(root, row):
                    rows[root.sequence, to] = row
        return rows

    @staticmethod
    def asks(one):
        if one.type == types.EVENT_TYPE_TOPIC_SIGNAL:
            return one.header.topic_signal.purpose in (types.PURPOSE_ACTION,
                                                       types.PURPOSE_RESPONSE)
        if one.type == types.EVENT_TYPE_LOCAL_REPORT:
            return bodies.LOCAL_REPORT_PART_REQUESTS in one.header.local_report.stated
        return True

    def request(self, root, to):
        due = self.asked_by(self.version(root).header, to)
        state, response, offered = OPEN, None, ""
        for said in self.about(root, types.RELATION_RESPONDS_TO, types.EVENT_TYPE_RESPONSE):
            asked = self.version(root, said).header.addressees
            # An import writes down what somebody answered.
            imported = said.header.channel == types.CHANNEL_IMPORT
            who = (imported and said.header.recorded_for.organisation) or said.author
            speaks_for = [a for a in asked if is_within(who, a)]
            becomes, possible_in = ANSWERS[said.header.response.kind]
            if speaks_for and max(speaks_for, key=len) == to and state in possible_in:
                # Who accepts keeps to what they offered; what was declined is offered no more once
                # that is thought over.
                if state == DECLINED:
                    offered = ""
                if becomes == COUNTERED:
                    offered = said.header.response.doable_date
                state, response = becomes, said
        due = offered or due
        if root.digest in self.retracted:
            state = RETRACTED
        overdue = state in (OPEN, ACCEPTED, COUNTERED) and due != "" and due < self.today
        return Request(root.sequence, to, self.whose(root), due, state,
                       response.sequence if response else 0, overdue)

    @staticmethod
    def asked_by(header, to):
        days = [header.support_request.due_on, header.topic_signal.requested_date]
        days += [asked.by for asked in header.local_report.asked if asked.to in ("", to)]
        return min((day for day in days if day), default="")

    def is_shown(self, root, row):
        if row.response or row.state == RETRACTED:
            return True
        if self.is_of_kind(row.to, types.ORGANISATION_KIND_MAG,
                           types.ORGANISATION_KIND_SECRETARIAT):
            return True
        return any(name and self.organisation and (is_within(name, self.organisation)
                                                   or is_within(self.organisation, name))
                   for name in (row.to, row.source, root.author))

    # --- positions and decisions -----------------------------------------------------------------

    def positions(self, root):
        """Organisation -> its current position; of an individual, the chain's digest -> it."""
        latest = {}
        for one in self.about(root, types.RELATION_POSITION_ON, types.EVENT_TYPE_POSITION):
            latest[self.whose(self.root(one)) or self.roots[one.digest]] = one
        return {who: one for who, one in latest.items()
                if self.roots[one.digest] not in self.retracted
                and one.header.position.kind != bodies.POSITION_KIND_WITHDRAWN}

    def considered(self, root):
        """Sequences of what its versions consider, groups taken apart."""
        found = set()
        for version in self.chain(root):
            if version.type != types.EVENT_TYPE_DECISION:
                continue
            for digest in version.named(types.RELATION_CONSIDERS):
                if digest not in self.by_digest:
                    continue
                one = self.root(self.by_digest[digest])
                found.add(one.sequence)
                if one.type == types.EVENT_TYPE_GROUPING:
                    found |= {self.root(self.by_digest[member]).sequence
                              for member in self.members(one)}
        return found

    def stands(self, digest):
        """Whether it can be considered: what this reader may not see is not known to be gone."""
        if digest not in self.by_digest:
            return True
        root = self.root(self.by_digest[digest])
        if root.type != types.EVENT_TYPE_GROUPING:
            return root.digest not in self.retracted
        latest = self.version(root)
        return latest.header.grouping.action != bodies.GROUPING_ACTION_DISSOLVE and any(
            member not in self.roots or self.roots[member] not in self.retracted
            for member in latest.named(types.RELATION_GROUPS))

    def members(self, grouping):
        latest = [one for one in self.chain(grouping)
                  if one.type == types.EVENT_TYPE_GROUPING][-1]
        if latest.header.grouping.action == bodies.GROUPING_ACTION_DISSOLVE:
            return []
        return [m for m in latest.named(types.RELATION_GROUPS) if m in self.by_digest]

    def decision(self, root):
        facts = bodies.DecisionFacts()
        stated, answered, cycles, considers, percent = set(), set(), set(), False, 0
        chain = self.chain(root)
        reports = self.about(root, types.RELATION_REPORTS_ON, types.EVENT_TYPE_PROGRESS,
                             types.EVENT_TYPE_OUTCOME)
        carried = self.about(root, types.RELATION_CARRIES_OVER, types.EVENT_TYPE_CARRY_OVER)
        outcome = None
        undone = [said for one in reports if one.type == types.EVENT_TYPE_OUTCOME
                  for said in self.events if said.type == types.EVENT_TYPE_RETRACTION
                  and self.roots[one.digest] in said.named(types.RELATION_RETRACTS)]
        undone = list({said.digest: said for said in undone}.values())
        for one in sorted(chain + reports + carried + undone, key=lambda said: said.sequence):
            said = one.header
            if one.type == types.EVENT_TYPE_DECISION:
                # What a version leaves empty stays as it was; lists stand apart.
                more = bodies.DecisionFacts()
                more.CopyFrom(said.decision)
                stated |= set(more.stated)
                answered |= set(more.answered)
                del more.stated[:], more.answered[:]
                facts.MergeFrom(more)
                considers = considers or any(map(self.stands,
                                                 one.named(types.RELATION_CONSIDERS)))
                cycles |= {said.cycle} - {""}
            elif one.type == types.EVENT_TYPE_PROGRESS:
                if facts.state in (INCOMPLETE, ADOPTED, IN_PROGRESS):
                    facts.state = IN_PROGRESS
                if self.roots[one.digest] not in self.retracted:
                    percent = said.progress.percent
            elif one.type == types.EVENT_TYPE_OUTCOME:
                if facts.state in (ADOPTED, IN_PROGRESS, COMPLETED):
                    facts.state = COMPLETED
                outcome = one
            elif one.type == types.EVENT_TYPE_RETRACTION:
                # What was not delivered after all, was not; what was corrected since stays so.
                if outcome and self.roots[outcome.digest] in one.named(types.RELATION_RETRACTS):
                    outcome = None
                    if facts.state == COMPLETED:
                        facts.state = IN_PROGRESS
            elif one.type == types.EVENT_TYPE_CARRY_OVER:
                if facts.state in UNDECIDED | {ADOPTED, IN_PROGRESS}:
                    facts.state = PROPOSED if facts.state == DEFERRED else facts.state
                    cycles.add(said.carry_over.to_cycle)
        positions = self.positions(root)
        objections = [one for one in positions.values()
                      if one.header.position.kind == bodies.POSITION_KIND_OBJECT
                      and one.digest not in answered]
        return Decided(facts.state, self.missing(facts, stated, considers, objections),
                       facts.priority, self.considered(root),
                       sorted((one.contributor, one.header.position.kind)
                              for one in positions.values()), percent,
                       outcome.sequence if outcome else 0, [one.sequence for one in chain], cycles,
                       facts.work_format)

    def missing(self, facts, stated, considers, objections):
        if facts.state not in UNDECIDED:
            return []
        has = {"decision.focus_question": bodies.DECISION_PART_FOCUS_QUESTION in stated,
               "decision.priority": facts.priority,
               "decision.time_frame": facts.time_frame.starts_on and facts.time_frame.ends_on,
               "decision.outcome_product": bodies.DECISION_PART_OUTCOME_PRODUCT in stated,
               "decision.outcome_owner": facts.outcome_owner and self.is_of_kind(
                   facts.outcome_owner, *types.OrganisationKind.values()),
               "decision.outcome_due_on": facts.outcome_due_on and (
                   facts.time_frame.starts_on <= facts.outcome_due_on
                   <= (facts.time_frame.ends_on or facts.outcome_due_on)),
               "decision.outcome_test": bodies.DECISION_PART_OUTCOME_TEST in stated,
               "decision.work_format": facts.work_format,
               "decision.steward": facts.steward and self.is_seat(facts.steward),
               "decision.reasons": bodies.DECISION_PART_REASONS in stated,
               "references": considers,
               "decision.answers": not objections}
        return [field for field, there in has.items() if not there]

    # --- trail -----------------------------------------------------------------------------------

    def links(self, one):
        """What an event names: (digest, whether the event leads to it, relation, disposition)."""
        links = [(r.digest, False, r.relation, 0) for r in one.header.references]
        disposition = one.header.disposition
        links += [(d.input, False, 0, d.kind) for d in disposition.inputs]
        links += [(disposition.into, True, 0, 0)] if disposition.into else []
        links += [(digest, False, 0, 0) for digest in one.header.decision.answered]
        return [link for link in links if link[0] in self.by_digest]

    def trail(self, one):
        """Sequence -> (direction, links) of all that the event came from and led to."""
        leads_to = collections.defaultdict(set)
        comes_from = collections.defaultdict(set)
        for said in self.events:
            for digest, forward, relation, _ in self.links(said):
                if relation == types.RELATION_REVISES:
                    continue
                ends = self.roots[said.digest], self.roots[digest]
                before, after = ends if forward else ends[::-1]
                leads_to[before].add(after)
                comes_from[after].add(before)
        start = self.roots[one.digest]
        directions = {}
        for steps, direction in ((leads_to, liaison.TRAIL_DIRECTION_LED_TO),
                                 (comes_from, liaison.TRAIL_DIRECTION_CAME_FROM)):
            seen, waiting = {start}, [start]
            while waiting:
                for further in steps[waiting.pop()] - seen:
                    seen.add(further)
                    waiting.append(further)
            directions.update((root, direction) for root in seen)
        directions[start] = liaison.TRAIL_DIRECTION_ITSELF
        return {said.sequence: (directions[self.roots[said.digest]],
                                sorted((self.by_digest[d].sequence, relation, kind)
                                       for d, _, relation, kind in self.links(said)
                                       if self.roots[d] in directions))
                for said in self.events if self.roots[said.digest] in directions}

    # --- board -----------------------------------------------------------------------------------

    def evaluated(self, cycle):
        """Sequences of the inputs that are candidates."""
        return {one.sequence for one in self.inputs("") if one.digest not in self.retracted
                and self.about(one, types.RELATION_EVALUATES, types.EVENT_TYPE_EVALUATION)
                and (self.version(one).header.cycle == cycle
                     or any(to == cycle for _, _, to in self.moves(one)))}

    def held(self, cycle):
        """Sequences of the decisions whose work holds some of the cycle's capacity."""
        now = {one.sequence: self.decision(one) for one in self.chains(types.EVENT_TYPE_DECISION)
               if one.digest not in self.retracted}
        return [sequence for sequence, decided in sorted(now.items())
                if cycle in decided.cycles and decided.work_format
                and decided.state in (ADOPTED, INCOMPLETE, IN_PROGRESS, COMPLETED)]

    def averages(self, root, cycle):
        """(average of `relevance`, members who scored, recused). A conflict goes along with it."""
        came_through = {cycle}
        for _ in self.moves(root):
            came_through |= {source for _, source, to in self.moves(root) if to in came_through}
        latest = {}
        for one in self.about(root, types.RELATION_EVALUATES, types.EVENT_TYPE_EVALUATION):
            latest[one.author, one.header.cycle] = one
        standing = {key: one.header.evaluation for key, one in latest.items()
                    if self.roots[one.digest] not in self.retracted}
        conflicted = {author for (author, said_in), e in standing.items()
                      if e.conflict and said_in in came_through}
        # A conflict about a group is one about all that is in it.
        for group in self.chains(types.EVENT_TYPE_GROUPING):
            if root.digest in [self.roots[member] for member in self.members(group)]:
                about = self.about(group, types.RELATION_EVALUATES, types.EVENT_TYPE_EVALUATION)
                said_of_it = {(one.author, one.header.cycle): one for one in about}
                conflicted |= {author for (author, said_in), one in said_of_it.items()
                               if self.roots[one.digest] not in self.retracted
                               and one.header.evaluation.conflict and said_in in came_through}
        scores = [e.scores[0].score for (author, said_in), e in standing.items()
                  if said_in == cycle and author not in conflicted]
        recused = len(conflicted)
        return sum(scores) / len(scores) if scores else None, len(scores), recused
