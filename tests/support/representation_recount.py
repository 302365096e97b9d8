"""The representation a second time, the slow and obvious way: from the events that one reader gets,
and from nothing else."""

import collections

from contract import types
from topic_recount import GROUPS, TopicRecount, UN_REGIONS, group_column, is_nri, region_column

ALL_REGIONS = UN_REGIONS + ("igo", "other")
NAMED = 100
COUNTS = ("inputs", "participants", "nris")


def independent(name):
    return "/".join(name.split("/")[:2])


class RepresentationRecount(TopicRecount):
    def attendances(self, window):
        """(those that count, those of which a later one tells of the same meeting)"""
        by_meeting = collections.defaultdict(list)
        for root in self.chains(types.EVENT_TYPE_ATTENDANCE):
            latest = self.version(root)
            facts = latest.header.attendance
            if root.digest in self.retracted \
                    or window.cycle and latest.header.cycle != window.cycle \
                    or window.first and facts.starts_on < window.first \
                    or window.last and facts.starts_on > window.last:
                continue
            organiser = independent(self.whose(root) or latest.author)
            by_meeting[organiser, latest.header.cycle, facts.starts_on, facts.ends_on,
                       facts.mode].append((latest.sequence, root.sequence, facts))
        counted, replaced = [], []
        for told in by_meeting.values():
            *before, last = sorted(told, key=lambda one: one[0])
            counted.append(last[1:])
            replaced += [sequence for _, sequence, _ in before]
        return counted, sorted(replaced)

    def representation(self, window):
        """All that is told, but for its sentences."""
        inputs = [(one, *self.speaker(one)[1:]) for one in self.inputs_in(window)]
        meetings, replaced = self.attendances(window)
        nris = [facts for _, facts in sorted(self.facts.items())
                if is_nri(facts) and not facts.retired]
        participants = 0
        for _, facts in meetings:
            sums = collections.Counter()
            for row in facts.participants:
                sums["group"] += row.count * bool(row.stakeholder_group)
                sums["region"] += row.count * bool(row.region)
                sums["neither"] += row.count * (not row.stakeholder_group and not row.region)
            participants += max(sums.values(), default=0)
        axes = (("stakeholder_group", GROUPS, ("unspecified",), group_column),
                ("region", ALL_REGIONS, ("multiple", "unspecified"), region_column))
        return {"inputs": len(inputs), "participants": participants, "nris": len(nris),
                "attendances": len(meetings), "attendances_replaced": replaced[:NAMED],
                **{f"by_{axis}": self.rows(axis, columns, further, column_of,
                                           (inputs, meetings, nris))
                   for axis, columns, further, column_of in axes}}

    def rows(self, axis, columns, further, column_of, counted):
        (inputs, meetings, nris), rows = counted, []
        for column in columns + further:
            heard = [(one, whose) for one, whose, as_ in inputs
                     if column_of(as_.group if axis == "stakeholder_group" else as_.region)
                     == column]
            present = [(sequence, row.count) for sequence, facts in meetings
                       for row in facts.participants
                       if getattr(row, axis) and column_of(getattr(row, axis)) == column]
            names = [facts.organisation for facts in nris
                     if column_of(getattr(facts, axis)) == column]
            said_of = sorted({sequence for sequence, count in present if count})
            rows.append({
                "column": column, "inputs": len(heard),
                "participants": sum(count for _, count in present), "nris": len(names),
                "attendances": len(said_of), "attendance_sequences": said_of[:NAMED],
                "organisations": len({whose for _, whose in heard if whose}),
                "of_individuals": sum(1 for _, whose in heard if not whose),
                "recorders": len({independent(self.version(one).author) for one, _ in heard}),
                "nri_names": names[:NAMED]})
        rows = [row for row in rows if row["column"] not in further
                or any(row[count] for count in COUNTS)]
        for count in COUNTS:
            everybody = sum(row[count] for row in rows)
            for row in rows:
                row[f"share_of_{count}"] = row[count] / everybody if everybody else None
        for row in rows:
            for count in COUNTS[1:]:
                shares = row["share_of_inputs"], row[f"share_of_{count}"]
                row[f"inputs_to_{count}"] = shares[0] / shares[1] \
                    if None not in shares and shares[1] else None
        return rows

    @staticmethod
    def silences(told):
        """(who, what is not heard of them)"""
        some = [count for count in COUNTS if told[count]]
        silent = {("all", count) for count in COUNTS if not told[count]}
        for axis, columns, counts in (
                ("stakeholder_group", GROUPS, [count for count in some if count != "nris"]),
                ("region", UN_REGIONS, some)):
            silent |= {(row["column"], count) for row in told[f"by_{axis}"]
                       for count in counts if row["column"] in columns and not row[count]}
        return silent
