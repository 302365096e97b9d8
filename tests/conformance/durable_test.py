"""Durable subscriptions: every event until it is settled, and every trap of the field."""

import itertools
import queue
import time
import uuid

import grpc
import contract
from contract import subscriptions as subs
from harness import CALL_TIMEOUT_S, ConformanceCase

ACK, RETRY = subs.SETTLE_ACTION_ACK, subs.SETTLE_ACTION_RETRY
DEAD, SKIP = subs.SETTLE_ACTION_DEAD_LETTER, subs.SETTLE_ACTION_SKIP
RELEASE, EXTEND = subs.SETTLE_ACTION_RELEASE, subs.SETTLE_ACTION_EXTEND
OK, EXPIRED = subs.SETTLE_RESULT_OK, subs.SETTLE_RESULT_EXPIRED
SUPERSEDED = subs.SETTLE_RESULT_SUPERSEDED

CODES = {"FIELD_INVALID": grpc.StatusCode.INVALID_ARGUMENT,
         "FILTER_INVALID": grpc.StatusCode.INVALID_ARGUMENT,
         "START_REQUIRED": grpc.StatusCode.INVALID_ARGUMENT,
         "LOG_INCARNATION_CHANGED": grpc.StatusCode.FAILED_PRECONDITION,
         "POSITION_AHEAD_OF_LOG": grpc.StatusCode.OUT_OF_RANGE,
         "NOT_FOUND": grpc.StatusCode.NOT_FOUND,
         "ENUM_UNKNOWN": grpc.StatusCode.INVALID_ARGUMENT,
         "CREDENTIAL_REQUIRED": grpc.StatusCode.UNAUTHENTICATED}


class Member:
    """One Consume stream, spoken by hand."""

    def __init__(self, case, name, member="", epoch=0, held=()):
        self.requests, self.arrived = queue.Queue(), []
        self.case, self.name, self.batch = case, name, 0
        self.call = case.durable.Consume(iter(self.requests.get, None), timeout=60,
                                         metadata=case.acting_as(case.owner))
        start = subs.ConsumeStart(name=name, member=member, epoch=epoch,
                                  held=[d.ack_token for d in held])
        self.requests.put(subs.ConsumeRequest(start=start))
        self.joined = self.frame("joined")

    def frame(self, kind):
        for frame in self.call:
            if frame.WhichOneof("frame") == kind:
                return getattr(frame, kind)
            self.arrived += frame.deliveries.deliveries
        raise AssertionError(f"the stream ended before {kind}")

    def grant(self, messages, size_bytes=1 << 26):
        self.requests.put(subs.ConsumeRequest(
            credit=subs.Credit(messages=messages, bytes=size_bytes)))

    def take(self, count):
        while len(self.arrived) < count:
            self.arrived += self.frame("deliveries").deliveries
        taken, self.arrived = self.arrived, []
        return taken

    def settle(self, *pairs):
        self.batch += 1
        said = [subs.Settlement(ack_token=d.ack_token, action=a) for d, a in pairs]
        self.requests.put(subs.ConsumeRequest(
            settlements=subs.Settlements(batch=self.batch, settlements=said)))
        results = self.frame("results")
        assert results.batch == self.batch
        return list(results.results)

    def leave(self):
        self.requests.put(None)
        for _ in self.call:
            pass

    def drop(self):
        self.call.cancel()
        self.requests.put(None)


class DurableCase(ConformanceCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.durable = contract.subscriptions_grpc.SubscriptionServiceStub(cls.channel)

    def setUp(self):
        super().setUp()
        self.owner = self.author
        self.name = f"s-{uuid.uuid4().hex[:12]}"

    def refuses(self, reason):
        return self.refused(reason, CODES[reason])

    def ask(self, method, request):
        return self.call(getattr(self.durable, method), request, self.owner)

    def create(self, name=None, **fields):
        fields.setdefault("filter", f"author = {self.author}")
        if not {"after", "since", "live", "beginning"} & set(fields):
            fields["live"] = True
        return self.ask("CreateSubscription", subs.CreateSubscriptionRequest(
            name=name or self.name, **fields)).subscription

    def pull(self, wait_s=0, **fields):
        request = subs.PullRequest(name=self.name, **fields)
        request.wait.seconds = wait_s
        return list(self.ask("Pull", request).deliveries)

    def settle(self, *pairs, delay_s=None):
        said = []
        for delivery, action in pairs:
            one = subs.Settlement(ack_token=delivery.ack_token, action=action, reason="fictional")
            if delay_s is not None:
                one.delay.seconds = delay_s
            said.append(one)
        return list(self.ask("Settle", subs.SettleRequest(
            name=self.name, settlements=said)).results)

    def stats(self):
        return self.ask("GetSubscription", subs.GetSubscriptionRequest(
            name=self.name)).subscription.stats

    def ids(self, deliveries):
        return [d.event.sequence for d in deliveries]

    def publish_some(self, count):
        return [r.position.sequence for r in self.publish(*(self.draft() for _ in range(count)))]


class Life(DurableCase):
    def test_made_shown_listed_changed_and_deleted(self):
        made = self.create(settings=subs.SubscriptionSettings(label="of a fictional desk"))
        self.assertEqual((made.name, made.owner, made.generation), (self.name, self.owner, 1))
        listed = self.ask("ListSubscriptions", subs.ListSubscriptionsRequest()).subscriptions
        self.assertEqual([s.name for s in listed], [self.name])
        changed = self.ask("UpdateSubscription", subs.UpdateSubscriptionRequest(
            name=self.name, settings=subs.SubscriptionSettings(max_attempts=3))).subscription
        self.assertEqual(changed.settings.max_attempts, 3)
        self.assertEqual(self.create().settings.max_attempts, 3, "a retry")
        with self.refuses("FIELD_INVALID"):
            self.create(filter="")
        self.ask("DeleteSubscription", subs.DeleteSubscriptionRequest(name=self.name))
        with self.refuses("NOT_FOUND"):
            self.stats()

    def test_pages_have_each_once(self):
        names = sorted(f"s{i}" for i in range(7))
        for name in names:
            self.create(name=name)
        seen, token = [], ""
        while True:
            page = self.ask("ListSubscriptions", subs.ListSubscriptionsRequest(
                page_size=3, page_token=token))
            seen += [s.name for s in page.subscriptions]
            token = page.next_page_token
            if not token:
                break
        self.assertEqual(seen, names)

    def test_what_is_wrong_is_named(self):
        for reason, fields in (
                ("FIELD_INVALID", dict(name="No Such Name")),
                ("FILTER_INVALID", dict(filter="colour = blue")),
                ("FIELD_INVALID", dict(settings=subs.SubscriptionSettings(max_attempts=5000))),
                ("LOG_INCARNATION_CHANGED", dict(after=dict(log_id=str(uuid.uuid4())))),
                ("POSITION_AHEAD_OF_LOG", dict(after=dict(sequence=10**9)))):
            with self.subTest(reason=reason, fields=fields), self.refuses(reason):
                self.create(**fields)
        with self.refuses("START_REQUIRED"):
            self.ask("CreateSubscription", subs.CreateSubscriptionRequest(name=self.name))

    def test_nobody_has_none(self):
        with self.refuses("CREDENTIAL_REQUIRED"):
            self.call(self.durable.GetSubscription, subs.GetSubscriptionRequest(name="any"))

    def test_of_another_organisation_is_as_if_it_were_not(self):
        self.create()
        with self.refuses("NOT_FOUND"):
            self.call(self.durable.Pull, subs.PullRequest(name=self.name), as_="org/conformance/x")


class Delivering(DurableCase):
    def test_pulled_settled_and_gone(self):
        self.create()
        wanted = self.publish_some(3)
        got = self.pull(wait_s=5)
        self.assertEqual(self.ids(got), wanted)
        self.assertEqual([d.attempt for d in got], [1, 1, 1])
        self.assertEqual(self.settle(*((d, ACK) for d in got)), [OK] * 3)
        self.assertEqual(self.pull(), [])
        self.assertEqual((self.stats().outstanding, self.stats().waiting), (0, 0))

    def test_a_pull_that_waits_gets_what_comes(self):
        self.create()
        request = subs.PullRequest(name=self.name)
        request.wait.seconds = 10
        waiting = self.durable.Pull.future(request, timeout=CALL_TIMEOUT_S,
                                           metadata=self.acting_as(self.owner))
        time.sleep(0.2)
        wanted = self.publish_some(1)
        self.assertEqual(self.ids(waiting.result().deliveries), wanted)

    def test_consumed_with_credit_and_settled_on_the_stream(self):
        self.create()
        wanted = self.publish_some(5)
        member = Member(self, self.name, "a")
        member.grant(2)
        first = member.take(2)
        self.assertEqual(self.ids(first), wanted[:2])
        self.assertEqual(member.settle(*((d, ACK) for d in first)), [OK, OK])
        member.grant(10)
        rest = member.take(3)
        self.assertEqual(self.ids(rest), wanted[2:])
        self.assertEqual(member.settle((rest[0], RELEASE)), [OK])
        again = member.take(1)
        self.assertEqual((self.ids(again), again[0].attempt), (wanted[2:3], 1))
        member.leave()
        # The hub may hear of it a little after we do; the lease would last thirty seconds.
        self.assertEqual(self.ids(self.pull(wait_s=5)), wanted[2:], "what it held is free at once")

    def test_a_member_that_only_lost_its_line_keeps_what_it_holds(self):
        self.create()
        self.publish_some(1)
        first = Member(self, self.name, "a")
        first.grant(1)
        held = first.take(1)[0]
        first.drop()
        again = Member(self, self.name, "a", first.joined.epoch, [held])
        self.assertEqual(again.joined.epoch, first.joined.epoch)
        self.assertEqual(again.settle((held, ACK)), [OK])
        again.leave()

    def test_a_process_that_comes_anew_gets_it_at_once_and_the_old_token_is_refused(self):
        self.create()
        self.publish_some(1)
        first = Member(self, self.name, "a")
        first.grant(1)
        held = first.take(1)[0]
        first.drop()
        anew = Member(self, self.name, "a")
        anew.grant(1)
        again = anew.take(1)[0]
        self.assertEqual(again.attempt, 2)
        self.assertEqual(anew.settle((held, ACK)), [SUPERSEDED])
        self.assertEqual(anew.settle((again, ACK)), [OK])
        anew.leave()

    def test_a_token_of_another_subscription_is_none(self):
        self.create()
        self.create(name="other")
        self.publish_some(1)
        got = self.pull(wait_s=5)
        self.name = "other"
        self.assertEqual(self.settle((got[0], ACK)), [subs.SETTLE_RESULT_INVALID])

    def in_time(self, told):
        """With a lease of a second, and with longer ones where this machine was too slow for it:
        `told` gets the lease, and gives how long it took until its last word."""
        for lease_s in (1, 4, 16):
            self.setUp()
            settings = subs.SubscriptionSettings()
            settings.lease.seconds = lease_s
            self.create(settings=settings)
            self.publish_some(1)
            if told(lease_s):
                return
        self.fail("whatever is done here comes when a lease of 16 s is over")

    def test_leases_end_and_are_extended(self):
        def told(lease_s):
            began = time.monotonic()
            first = self.pull(wait_s=5)[0]
            time.sleep(0.6 * lease_s)
            extending = time.monotonic()
            results = self.settle((first, EXTEND))
            if time.monotonic() > began + lease_s:
                return False  # its lease was over before
            self.assertEqual(results, [OK])
            time.sleep(0.6 * lease_s)
            pulled = self.pull()
            if time.monotonic() > extending + lease_s:
                return False
            self.assertEqual(pulled, [])
            pulling = time.monotonic()
            second = self.pull(wait_s=lease_s + 4)[0]
            self.assertEqual(second.attempt, 2)
            results = self.settle((first, ACK), (second, ACK))
            if time.monotonic() > pulling + lease_s:
                return False
            self.assertEqual(results, [SUPERSEDED, OK])
            return True
        self.in_time(told)

    def test_a_lease_that_was_written_to_a_stream_ends_too(self):
        def told(lease_s):
            member = Member(self, self.name, "a")
            began = time.monotonic()
            member.grant(2)
            first, again = member.take(1)[0], member.take(1)[0]
            self.assertEqual((first.attempt, again.attempt), (1, 2))
            results = member.settle((first, ACK), (again, ACK))
            in_time = time.monotonic() < began + 2 * lease_s  # one lease after the other
            if in_time:
                self.assertEqual(results, [SUPERSEDED, OK])
            member.leave()
            return in_time
        self.in_time(told)


class Failing(DurableCase):
    def test_eventstoredb_448_a_nack_frees_its_slot(self):
        self.create(settings=subs.SubscriptionSettings(max_outstanding=1))
        wanted = self.publish_some(2)
        first = self.pull(wait_s=5)
        self.assertEqual(self.ids(first), wanted[:1])
        self.assertEqual(self.pull(), [])
        self.settle((first[0], RETRY), delay_s=3600)
        self.assertEqual(self.ids(self.pull()), wanted[1:])

    def test_google_pubsub_a_dead_letter_does_not_wedge_its_key(self):
        self.create(order=subs.DELIVERY_ORDER_AUTHOR)
        wanted = self.publish_some(3)
        for sequence, action in zip(wanted, (DEAD, SKIP, ACK)):
            got = self.pull(wait_s=5)
            self.assertEqual(self.ids(got), [sequence])
            self.assertEqual(self.settle((got[0], action)), [OK])
        self.assertEqual(self.stats().dead_letters, 1)

    def test_a_failing_key_blocks_only_itself(self):
        self.create(filter="cycle = 2027", order=subs.DELIVERY_ORDER_AUTHOR)
        bad, others = self.author, [f"{self.author}-{i}" for i in range(3)]
        stuck = [r.position.sequence for r in self.publish(*(self.draft() for _ in range(3)))]
        for _ in range(2):
            wanted = [self.publish_one(author=other).position.sequence for other in others]
            got = {d.event.sequence: d for d in self.pull(wait_s=5)}
            self.assertEqual(sorted(got), sorted(wanted + (stuck[:1] if bad else [])))
            if bad:
                self.settle((got.pop(stuck[0]), RETRY), delay_s=3600)
                bad = None
            self.settle(*((d, ACK) for d in got.values()))
        self.assertEqual((self.stats().waiting, self.stats().outstanding), (3, 0))
        self.assertEqual(self.stats().oldest_unacked.sequence, stuck[0])

    def test_eventstoredb_500_replaying_loses_and_duplicates_nothing(self):
        self.create()
        wanted = self.publish_some(4)
        got = self.pull(wait_s=5)
        self.settle((got[0], DEAD), (got[1], ACK), (got[2], DEAD), (got[3], ACK))
        listed = self.ask("ListDeadLetters", subs.ListDeadLettersRequest(name=self.name))
        self.assertEqual([(d.position.sequence, d.attempts, d.reason) for d in listed.dead_letters],
                         [(wanted[0], 1, "fictional"), (wanted[2], 1, "fictional")])
        replay = subs.ReplayDeadLettersRequest(name=self.name, dry_run=True)
        self.assertEqual(list(self.ask("ReplayDeadLetters", replay).sequences),
                         [wanted[0], wanted[2]])
        self.assertEqual(self.stats().dead_letters, 2, "a dry run changes nothing")
        replay.dry_run = False
        self.ask("ReplayDeadLetters", replay)
        self.assertEqual(list(self.ask("ReplayDeadLetters", replay).sequences), [])
        again = self.pull(wait_s=5)
        self.assertEqual(self.ids(again), [wanted[0], wanted[2]])
        self.settle((again[0], DEAD), (again[1], ACK))
        discard = subs.DiscardDeadLettersRequest(name=self.name, sequences=[wanted[0]])
        self.assertEqual(list(self.ask("DiscardDeadLetters", discard).sequences), [wanted[0]])
        self.assertEqual(self.pull(), [])

    def test_nats_a_token_from_before_a_replay_is_refused(self):
        self.create()
        self.publish_some(1)
        member = Member(self, self.name, "a")
        member.grant(2)
        old = member.take(1)[0]
        self.assertEqual(member.settle((old, DEAD)), [OK])
        self.ask("ReplayDeadLetters", subs.ReplayDeadLettersRequest(name=self.name))
        again = member.take(1)[0]
        self.assertEqual((again.event.sequence, again.attempt), (old.event.sequence, 1))
        self.assertEqual(member.settle((old, ACK), (again, ACK)), [SUPERSEDED, OK])
        member.leave()

    def test_discarding_all_has_to_be_said(self):
        self.create()
        with self.refuses("FIELD_INVALID"):
            self.ask("DiscardDeadLetters", subs.DiscardDeadLettersRequest(name=self.name))

    def test_seeking_is_a_new_generation(self):
        made = self.create()
        wanted = self.publish_some(2)
        got = self.pull(wait_s=5)
        sought = self.ask("Seek", subs.SeekRequest(name=self.name, after=made.position))
        self.assertEqual(sought.generation, 2)
        self.assertEqual(sought.backlog, self.head() - made.position.sequence)
        self.assertEqual(self.settle((got[0], ACK)), [SUPERSEDED])
        self.assertEqual(self.ids(self.pull(wait_s=5)), wanted)


class Abandoned(DurableCase):
    def test_a_pull_whose_caller_has_gone_takes_nothing(self):
        self.create()
        request = subs.PullRequest(name=self.name)
        request.wait.seconds = 20
        gone = self.durable.Pull.future(request, timeout=CALL_TIMEOUT_S,
                                        metadata=self.acting_as(self.owner))
        time.sleep(0.3)
        gone.cancel()
        time.sleep(1.5)  # for the hub to have heard of it
        wanted = self.publish_some(1)
        got = self.pull(wait_s=5)
        self.assertEqual((self.ids(got), [d.attempt for d in got]), (wanted, [1]))


class Hostile(DurableCase):
    """What no client of ours does."""

    def raw(self, *requests):
        """A stream that says these and no more: its frames by kind, and why it was refused."""
        kinds, reason = [], None
        try:
            call = self.durable.Consume(iter(requests), timeout=CALL_TIMEOUT_S,
                                        metadata=self.acting_as(self.owner))
            kinds = [frame.WhichOneof("frame") for frame in call]
        except grpc.RpcError as error:
            reason = contract.refusal_of(error).reason
        return kinds, reason

    def start(self, **fields):
        return subs.ConsumeRequest(start=subs.ConsumeStart(name=self.name, **fields))

    def say(self, *tokens, action=ACK):
        return subs.ConsumeRequest(settlements=subs.Settlements(batch=1, settlements=[
            subs.Settlement(ack_token=token, action=action) for token in tokens]))

    def test_a_stream_out_of_shape_is_refused_and_harms_nothing(self):
        self.create()
        wanted = self.publish_some(1)
        credit = subs.ConsumeRequest(credit=subs.Credit(messages=1, bytes=1))
        for said in ([credit], [self.say("x")], [subs.ConsumeRequest()],
                     [self.start(), self.start()], [self.start(member="No Such Member")],
                     [self.start(held=["x"] * 10_001)], [self.start(), self.say(*["x"] * 1001)],
                     [self.start(heartbeat_interval=dict(seconds=61))]):
            with self.subTest(said=str(said)[:60]):
                self.assertEqual(self.raw(*said)[1], "FIELD_INVALID")
        self.assertEqual(self.raw(self.start(), self.say("x", action=99))[1], "ENUM_UNKNOWN")
        self.assertEqual(self.ids(self.pull()), wanted)

    def test_no_word_makes_a_token(self):
        self.create()
        self.publish_some(1)
        good = self.pull(wait_s=5)[0].ack_token
        bad = ["", "x", "=" * 54, good[:-1], good + "A", good.swapcase(), "\u00e9", "x" * 100_000,
               *(good[:i] + ("A" if good[i] != "A" else "B") + good[i + 1:]
                 for i in range(len(good) - 1))]
        for action in (ACK, RETRY, DEAD, SKIP, RELEASE, EXTEND):
            said = [subs.Settlement(ack_token=token, action=action) for token in bad]
            request = subs.SettleRequest(name=self.name, settlements=said)
            results = self.ask("Settle", request).results
            self.assertEqual(set(results), {subs.SETTLE_RESULT_INVALID})
        self.assertEqual(self.stats().outstanding, 1)
        kinds, reason = self.raw(self.start(), self.say(*bad))
        self.assertEqual((kinds.count("results"), reason), (1, None), "none of them ends a stream")

    def test_the_first_word_of_a_call_counts(self):
        self.create()
        self.publish_some(1)
        got = self.pull(wait_s=5)[0]
        results = self.settle((got, RELEASE), *[(got, ACK)] * 999)
        self.assertEqual(results, [OK] + [subs.SETTLE_RESULT_ALREADY_SETTLED] * 999)
        self.assertEqual(self.pull()[0].attempt, 1)

    def test_without_credit_nothing_comes_and_any_credit_is_enough_for_one(self):
        self.create()
        self.publish_some(3)
        for messages, size in ((0, 0), (0, 1 << 30), (1000, 0)):
            member = Member(self, self.name, "a")
            member.grant(messages, size)
            time.sleep(0.2)
            self.assertEqual(self.stats().outstanding, 0)
            member.leave()
        member = Member(self, self.name, "a")
        member.grant(2**32 - 1, 1)
        self.assertEqual(len(member.take(1)), 1)
        member.grant(0, 2**64 - 1)
        self.assertEqual(len(member.take(2)), 2)
        member.leave()

    def test_credit_that_comes_with_the_start_counts(self):
        self.create()
        wanted = self.publish_some(1)
        for _ in range(20):
            requests = queue.Queue()
            requests.put(self.start())
            requests.put(subs.ConsumeRequest(credit=subs.Credit(messages=1, bytes=1)))
            call = self.durable.Consume(iter(requests.get, None), timeout=CALL_TIMEOUT_S,
                                        metadata=self.acting_as(self.owner))
            got = next(f.deliveries.deliveries for f in call
                       if f.WhichOneof("frame") == "deliveries")
            self.assertEqual(self.ids(got), wanted)
            self.settle((got[0], RELEASE))
            requests.put(None)
            call.cancel()

    def test_of_two_by_one_name_the_later_is_it(self):
        self.create()
        wanted = self.publish_some(1)
        first = Member(self, self.name, "a")
        first.grant(1)
        held = first.take(1)[0]
        second = Member(self, self.name, "a")
        with self.refuses("FIELD_INVALID"):
            list(first.call)
        first.requests.put(None)
        second.grant(1)
        again = second.take(1)
        self.assertEqual((self.ids(again), again[0].attempt), (wanted, 2))
        self.assertEqual(self.settle((held, ACK), (again[0], ACK)), [SUPERSEDED, OK])
        second.leave()

    def test_sought_and_deleted_under_a_member(self):
        made = self.create()
        wanted = self.publish_some(2)
        member = Member(self, self.name, "a")
        member.grant(10)
        first = member.take(2)
        self.ask("Seek", subs.SeekRequest(name=self.name, after=made.position))
        again = member.take(2)
        self.assertEqual((self.ids(first), self.ids(again)), (wanted, wanted))
        self.assertEqual(member.settle((first[0], ACK), (again[0], ACK)), [SUPERSEDED, OK])
        self.ask("DeleteSubscription", subs.DeleteSubscriptionRequest(name=self.name))
        with self.refuses("NOT_FOUND"):
            list(member.call)
        member.requests.put(None)
        with self.refuses("NOT_FOUND"):
            self.settle((again[1], ACK))
        self.create()
        self.assertEqual(self.settle((again[1], ACK)), [subs.SETTLE_RESULT_INVALID],
                         "the same name, another subscription")

    def test_what_is_out_of_bounds_is_named(self):
        self.create()
        self.publish_some(1)
        got = self.pull(wait_s=5)[0]
        for request in (subs.PullRequest(name=self.name, max_messages=1001),
                        subs.PullRequest(name=self.name, wait=dict(seconds=31)),
                        subs.PullRequest(name=self.name, wait=dict(seconds=-1))):
            with self.subTest(request=request), self.refuses("FIELD_INVALID"):
                self.ask("Pull", request)
        for fields in (dict(delay=dict(seconds=7 * 24 * 3600 + 1)), dict(delay=dict(seconds=-1)),
                       dict(delay=dict(nanos=2 * 10**9)), dict(reason="x" * 257)):
            one = subs.Settlement(ack_token=got.ack_token, action=RETRY, **fields)
            with self.subTest(fields=fields), self.refuses("FIELD_INVALID"):
                self.ask("Settle", subs.SettleRequest(name=self.name, settlements=[one]))
        with self.refuses("FIELD_INVALID"):
            self.settle(*[(got, ACK)] * 1001)
        self.assertEqual(self.settle((got, ACK)), [OK])


class Combinations(DurableCase):
    """Start x filter x live or catch-up x how the reader goes away: all of them."""

    STARTS = ("after", "since", "live", "beginning")
    FILTERS = ("", "author", "nothing")
    WHEN = ("catch-up", "live", "both")
    DROPS = ("never", "broken line", "new process", "pull")

    def test_each_gets_every_event_that_it_should_once(self):
        cells = 0
        for cell in itertools.product(self.STARTS, self.FILTERS, self.WHEN, self.DROPS):
            with self.subTest(cell=cell):
                self.one(*cell)
                cells += 1
        self.assertEqual(cells, 144)

    def one(self, start, wants, when, drop):
        self.setUp()
        before = self.publish_some(2)
        at = self.hub().head
        fields = {"after": {"after": at}, "live": {"live": True}, "beginning": {"beginning": True},
                  "since": {"since": self.get(sequence=before[0]).hub_time}}[start]
        filter = {"": "cycle = 2027", "author": f"author = {self.author}",
                  "nothing": f"author = {self.author}-none"}[wants]
        self.create(filter=filter, **fields)
        wanted = before if start in ("since", "beginning") else []
        if when != "live":
            wanted = wanted + self.publish_some(3)
        reader = None if drop == "pull" else Member(self, self.name, "a")
        if reader:
            reader.grant(10_000)
        if when != "catch-up":
            wanted = wanted + self.publish_some(3)
        if wants == "nothing":
            wanted = []
        got, attempts = [], {}
        while not set(wanted) <= set(got):
            batch = self.pull(wait_s=5) if reader is None else reader.take(1)
            mine = [d for d in batch if d.event.sequence >= before[0]]
            if reader is not None and drop in ("broken line", "new process"):
                reader.drop()
                reader = Member(self, self.name, "a",
                                *((reader.joined.epoch, batch) if drop == "broken line" else ()))
                reader.grant(10_000)
                if drop == "new process":  # what it held comes again, to the new one
                    drop = "never"
                    continue
                drop = "never"
            settle = self.settle if reader is None else reader.settle
            for some in range(0, len(batch), 500):
                said = [(d, ACK) for d in batch[some:some + 500]]
                self.assertEqual(set(settle(*said)), {OK})
            got += [d.event.sequence for d in mine]
        if reader:
            reader.leave()
        self.assertEqual(len(got), len(set(got)), "none twice")
        ours = [s for s in got if s in set(before) | set(wanted)]
        self.assertEqual(sorted(ours), wanted)
        self.ask("DeleteSubscription", subs.DeleteSubscriptionRequest(name=self.name))
