#!/usr/bin/python3
"""The record without JavaScript, its feeds, calendar and files, with hostile words in it."""

import argparse
import csv
import gzip
import hashlib
import html.parser
import io
import json
import pathlib
import re
import sys
import unittest
import uuid
import xml.etree.ElementTree as ElementTree

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

import contract
import hub as hubs
import web as webs
from contract import bodies, event, publish, types

ATOM = "{http://www.w3.org/2005/Atom}"
HOSTILE = (
    "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "'><svg/onload=alert(1)>",
    "</bdi></dd><iframe src=//evil.example>", "<!--", "]]><x/>", "&lt;b&gt;", "javascript:alert(1)",
    "<a href=\"javascript:alert(1)\">x</a>", "\u202e<b>\u2066", "=HYPERLINK(\"http://evil.example\")",
    "+1-2@SUM(A1)", "-2+3", "@cmd", "a,b;c\"d\r\ne", "</title><style>*{}</style>", "{{7*7}}${7*7}")
LANGUAGES = ("ar", "zh", "en", "fr", "ru", "es")
WORDS = pathlib.Path(__file__).resolve().parents[2] / "proto" / "words"
TAGS = {"html", "head", "meta", "title", "link", "body", "header", "nav", "ul", "li", "a", "main",
        "h1", "h2", "p", "bdi", "dl", "dt", "dd", "code", "footer"}
ATTRIBUTES = {"lang", "charset", "name", "content", "rel", "href", "type", "title", "aria-label",
              "aria-current", "class", "dir", "hreflang"}


class Page(html.parser.HTMLParser):
    """What a browser would make of a page; fails on anything that is not ours."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.text, self.links, self.ours, self.theirs = "", [], [], 0
        self.feed(text)
        self.close()
        self.title = text.partition("<title>")[2].partition("</title>")[0]

    def handle_starttag(self, tag, attrs):
        assert tag in TAGS, f"<{tag}> is none of ours"
        for name, value in attrs:
            assert name in ATTRIBUTES, f"{name} on <{tag}> is none of ours"
            if name == "href":
                assert value.startswith(("/", "https://", "http://")), value
                assert not value.startswith("//"), value
                self.links.append(value)

        self.theirs += tag in ("bdi", "title") or (tag == "a" and ("rel", "alternate") in attrs)

    def handle_endtag(self, tag):
        self.theirs = 0 if tag in ("bdi", "title", "a") else self.theirs

    def handle_comment(self, data):
        raise AssertionError(f"a comment: {data!r}")

    def handle_data(self, data):
        self.text += data
        words = data.strip(" \n,:;()—·")
        if not self.theirs and re.search("[A-Za-z]{4}", words):
            self.ours.append(words)


class PublicRecord(unittest.TestCase):
    bin_dir = None

    @classmethod
    def setUpClass(cls):
        cls.web = webs.Web(cls.bin_dir, flags=["--licence", "CC-BY-4.0"])
        cls.web.__enter__()
        cls.addClassCleanup(cls.web.__exit__)
        cls.organisation("org/hostile", "=HYPERLINK(\"http://evil.example\")")
        cls.sequences = [cls.signal(words) for words in HOSTILE]
        cls.report = cls.local_report("2027-06-10", "2027-06-12", HOSTILE[1])

    @classmethod
    def publish(cls, draft):
        ended = cls.web.call("PublishService/Publish", publish.PublishRequest(
            items=[publish.PublishItem(draft=draft)]))
        assert ended.status == 0, (ended.trailers, ended.details)
        return publish.PublishResponse.FromString(ended.messages[0]).receipts[0].position.sequence

    @classmethod
    def draft(cls, author="org/foreign"):
        return event.Draft(event_id=str(uuid.uuid4()), author=author, audience="igf/public",
                           cycle="2027", topics=["unspecified"], language="en")

    @classmethod
    def organisation(cls, organisation, name):
        draft = cls.draft("org/igf-secretariat")
        draft.ClearField("topics")
        draft.ClearField("cycle")
        draft.organisation.CopyFrom(bodies.Organisation(
            organisation=organisation, kind=types.ORGANISATION_KIND_NRI_NATIONAL, name=name,
            acronym="@x", area="+1"))
        cls.publish(draft)

    @classmethod
    def signal(cls, words, audience="igf/public"):
        draft = cls.draft()
        draft.audience = audience
        draft.topic_signal.CopyFrom(bodies.TopicSignal(
            purpose=types.PURPOSE_INFORMATION, title=words, text=words, desired_outcome=words,
            acting_as=words, evidence=[bodies.Link(uri="https://example.org/", title=words)],
            other_languages=[bodies.LocalisedText(language="fr", title=words, text=words)]))
        return cls.publish(draft)

    @classmethod
    def local_report(cls, first, last, words):
        draft = cls.draft("org/hostile")
        draft.local_report.CopyFrom(bodies.LocalReport(
            title=words, starts_on=first, ends_on=last, venue=words, text=words, process=words,
            convergence=words, disagreement=words, follow_up=words, licence=words,
            key_messages=[bodies.KeyMessage(text=words, language="en")]))
        return cls.publish(draft)

    def page(self, path, status=200):
        answer = self.web.get(path)
        self.assertEqual(answer.status, status, path)
        return Page(answer.body.decode())

    # --- pages ------------------------------------------------------------------------------------

    def test_hostile_words_show_as_text(self):
        for sequence, words in zip(self.sequences, HOSTILE):
            page = self.page(f"/public/events/{sequence}")
            shown = words.replace("\r", " ")
            self.assertGreaterEqual(page.text.count(shown), 5, words)
        self.page(f"/public/events/{self.report}")
        listed = self.page("/public/topics/unspecified")
        for words in HOSTILE:
            self.assertIn(words.replace("\r", " "), listed.text)

    def test_every_page_is_there_and_every_link_leads_somewhere(self):
        seen, todo = set(), ["/public/"]
        while todo and len(seen) < 80:
            path = todo.pop()
            if (path in seen or not path.startswith("/public/") or path.endswith(".css")
                    or "lang=" in path):
                continue
            seen.add(path)
            todo += self.page(path).links
        self.assertGreater(len(seen), 15)
        for path in ("/public/decisions", "/public/topics", "/public/requests", "/public/nris",
                     "/public/events"):
            self.assertIn(path, seen)

    def test_pages_run_no_script_and_are_found_by_search_engines(self):
        answer = self.web.get("/public/")
        self.assertNotIn("script-src", answer.getheader("Content-Security-Policy"))
        self.assertIn("default-src 'none'", answer.getheader("Content-Security-Policy"))
        self.assertIsNone(answer.getheader("X-Robots-Tag"))
        self.assertIn(b"width=device-width", answer.body)

    def test_every_page_is_there_in_six_languages(self):
        contract_words = {tag: json.loads((WORDS / f"{tag}.json").read_text()) for tag in LANGUAGES}
        pages = ["", "decisions", "topics", "requests", "nris", "events", "topics/unspecified",
                 f"events/{self.report}", "events/99999999"]
        for path in pages:
            pages_of = {}
            for tag in LANGUAGES:
                answer = self.web.get(f"/public/{path}?lang={tag}")
                self.assertEqual(answer.getheader("Content-Language"), tag)
                self.assertIn(f"<html lang=\"{tag}\" dir=\"{'rtl' if tag == 'ar' else 'ltr'}\">",
                              answer.body.decode())
                page = Page(answer.body.decode())
                pages_of[tag] = page
                # Whoever chose a language keeps it, and may choose another of the same page.
                for link in page.links:
                    if link.startswith("/public/") and not link.endswith(".css"):
                        self.assertIn("lang=", link)
                for other in LANGUAGES:
                    self.assertIn(f"/public/{path}?lang={other}", page.links)
            if "/" not in path:
                self.assertEqual(len({page.title for page in pages_of.values()}), len(LANGUAGES))
            for tag in set(LANGUAGES) - {"en"}:
                alike = {words for key, words in contract_words[tag].items()
                         if words == contract_words["en"][key]}
                english = [words for words in pages_of["en"].ours
                           if words in pages_of[tag].ours and
                           words not in alike]
                self.assertEqual(english, [], f"{path or 'overview'} in {tag}")
        report = {tag: self.page(f"/public/events/{self.report}?lang={tag}").text
                  for tag in LANGUAGES}
        for tag, text in report.items():
            for word in ("type_local_report", "field_convergence", "field_key_messages"):
                self.assertIn(contract_words[tag][word], text)

    def test_the_browser_says_the_language_where_nobody_chose_one(self):
        answer = self.web.get("/public/", **{"accept-language": "xx, ar-EG;q=0.8, fr;q=0.5"})
        self.assertEqual(answer.getheader("Content-Language"), "ar")
        self.assertEqual(answer.getheader("Vary"), "Accept-Language, Accept-Encoding")
        self.assertNotIn("/public/decisions?lang", answer.body.decode())

    def test_the_next_page_keeps_the_language(self):
        for i in range(60):
            self.signal(f"One of many {i} (fictional)")
        page = self.page("/public/events?lang=fr")
        following = [link for link in page.links if "after=" in link]
        self.assertEqual([link.partition("after=")[0] for link in following],
                         ["/public/events?lang=fr&"])
        following = self.page(following[0])
        self.assertIn("One of many 59 (fictional)", following.text)
        # The same page of the list in another language.
        self.assertTrue(any(link.startswith("/public/events?lang=ar&after=")
                            for link in following.links), following.links)

    def test_what_is_not_public_is_not_there(self):
        hidden = self.signal("A fictional secret", "igf/mag")
        self.page(f"/public/events/{hidden}", 404)
        self.page("/public/events/99999999", 404)
        self.page("/public/events/x", 404)
        self.page("/public/<script>", 404)
        # Nor for whoever says who they are: pages are everybody's.
        answer = self.web.get(f"/public/events/{hidden}", **{"liaison-as": "org/foreign"})
        self.assertEqual(answer.status, 404)
        self.assertNotIn("A fictional secret", self.web.get("/open-data/events-1-5000.jsonl")
                         .body.decode())

    def test_pages_and_feeds_go_packed_to_whoever_takes_them_so(self):
        for path in ("/public/", f"/public/events/{self.report}", "/feeds/topics/unspecified.atom"):
            plain = self.web.get(path)
            self.assertIsNone(plain.getheader("Content-Encoding"))
            packed = self.web.get(path, Accept_Encoding="br, GZIP;q=0.5")
            self.assertEqual(packed.getheader("Content-Encoding"), "gzip", path)
            self.assertIn("Accept-Encoding", packed.getheader("Vary"))
            self.assertEqual(gzip.decompress(packed.body), plain.body, path)
            self.assertLess(len(packed.body), len(plain.body) / 2)
            refused = self.web.get(path, Accept_Encoding="gzip;q=0.0")
            self.assertIsNone(refused.getheader("Content-Encoding"))
        self.assertIsNone(self.web.get("/me", Accept_Encoding="gzip")
                          .getheader("Content-Encoding"))

    def test_a_path_without_its_slash_leads_to_it(self):
        for path, to in (("/public", "/public/"), ("/open-data", "/open-data/"),
                         ("/public?lang=fr", "/public/?lang=fr")):
            answer = self.web.get(path)
            self.assertEqual((answer.status, answer.getheader("Location")), (308, to))

    def test_a_method_that_a_path_does_not_take_is_told_which_it_takes(self):
        reads, sends = "GET, HEAD", "POST"
        for path, allowed in (
                ("/healthz", reads), ("/readyz", reads), ("/metrics", reads), ("/public/", reads),
                ("/public/decisions", reads), ("/open-data/", reads), ("/calendar.ics", reads),
                ("/open-data/decisions.csv", reads), ("/feeds/decisions.atom", reads),
                ("/log/checkpoint", reads), ("/me", reads), ("/report", "GET, HEAD, POST"),
                ("/join", sends), ("/leave", sends), ("/v1/enrol", sends),
                ("/v1/invitation", sends), ("/witness/add-checkpoint", sends),
                ("/igf.liaison.v1.EventService/GetEvent", sends)):
            for method in ("OPTIONS", "PUT", "DELETE", "PATCH", "TRACE", "GET", "POST"):
                if method in allowed:
                    continue
                answer = self.web.ask(method, path)
                self.assertEqual((answer.status, answer.getheader("Allow")), (405, allowed),
                                 f"{method} {path}")
        self.assertEqual(self.web.ask("DELETE", "/nothing-is-here").status, 404)

    # --- feeds ------------------------------------------------------------------------------------

    def test_feeds_are_atom_with_hostile_words_as_text(self):
        feed = ElementTree.fromstring(self.web.get("/feeds/topics/unspecified.atom").body)
        titles = [e.findtext(ATOM + "title") for e in feed.findall(ATOM + "entry")]
        for words in HOSTILE:
            self.assertIn(" ".join(words.split()), [" ".join(t.split()) for t in titles])
        ids = [e.findtext(ATOM + "id") for e in feed.iter(ATOM + "entry")]
        self.assertEqual(len(ids), len(set(ids)))
        again = ElementTree.fromstring(self.web.get("/feeds/topics/unspecified.atom").body)
        self.assertTrue(set(ids) <= {e.findtext(ATOM + "id") for e in again.iter(ATOM + "entry")})
        # It is the same feed under whatever name of the hub it is read.
        for path in ("/feeds/topics/unspecified.atom", "/feeds/decisions.atom"):
            ids = {ElementTree.fromstring(self.web.get(path, Host=host).body).findtext(ATOM + "id")
                   for host in ("localhost", f"127.0.0.1:{self.web.port}", "[::1]")}
            self.assertEqual(len(ids), 1, ids)
        decisions = self.web.get("/feeds/decisions.atom")
        self.assertEqual(ElementTree.fromstring(decisions.body).tag, ATOM + "feed")
        self.assertIn("application/atom+xml", decisions.getheader("Content-Type"))

    def test_the_calendar_has_the_meeting_on_its_days(self):
        answer = self.web.get("/calendar.ics")
        self.assertIn("text/calendar", answer.getheader("Content-Type"))
        for line in answer.body.split(b"\r\n"):
            self.assertLessEqual(len(line), 75)
        lines = answer.body.decode().replace("\r\n ", "").split("\r\n")
        self.assertEqual((lines[0], lines[-2]), ("BEGIN:VCALENDAR", "END:VCALENDAR"))
        start = lines.index("DTSTART;VALUE=DATE:20270610")
        self.assertEqual(lines[start + 1], "DTEND;VALUE=DATE:20270613")
        uids = [line for line in lines if line.startswith("UID:")]
        self.assertEqual(len(uids), len(set(uids)))
        self.assertEqual(self.web.get("/calendar.ics").body, answer.body)

    @classmethod
    def receipt(cls, draft):
        ended = cls.web.call("PublishService/Publish", publish.PublishRequest(
            items=[publish.PublishItem(draft=draft)]))
        assert ended.status == 0, (ended.trailers, ended.details)
        return publish.PublishResponse.FromString(ended.messages[0]).receipts[0]

    def days(self):
        """The calendar's entries: of each its properties."""
        text = self.web.get("/calendar.ics").body.decode().replace("\r\n ", "")
        return [dict(line.partition(":")[::2] for line in entry.splitlines() if ":" in line)
                for entry in text.split("BEGIN:VEVENT")[1:]]

    def report_on(self, first, last, title, revises=None):
        draft = self.draft("org/hostile")
        draft.local_report.CopyFrom(bodies.LocalReport(title=title, starts_on=first, ends_on=last))
        if revises:
            draft.references.add(digest=revises, relation=types.RELATION_REVISES)
        return self.receipt(draft)

    def test_a_meeting_that_moved_is_one_meeting_and_one_taken_back_is_none(self):
        title = "A fictional meeting that moves"
        found = lambda: [day for day in self.days() if day["SUMMARY"] == title]
        first = self.report_on("2028-03-01", "2028-03-02", title)
        [before] = found()
        self.report_on("2028-03-08", "2028-03-09", title, revises=first.digest)
        [after] = found()
        self.assertEqual(after["DTSTART;VALUE=DATE"], "20280308")
        self.assertEqual(after["UID"], before["UID"])
        self.assertGreater(int(after["SEQUENCE"]), int(before["SEQUENCE"]))
        self.report_on("2028-03-15", "2028-03-16", title, revises=first.digest)
        self.assertEqual([day["DTSTART;VALUE=DATE"] for day in found()], ["20280315"])
        draft = self.draft("org/hostile")
        draft.references.add(digest=first.digest, relation=types.RELATION_RETRACTS)
        draft.retraction.CopyFrom(bodies.Retraction(cause=bodies.RETRACTION_CAUSE_ERROR,
                                                    reason="Fictional."))
        self.receipt(draft)
        self.assertEqual(found(), [])

    def test_each_step_of_a_decision_is_news_and_moves_its_day(self):
        self.mag()
        title = "A fictional decision in steps"
        first = self.decide(title, "2028-03-09", bodies.DECISION_STATE_PROPOSED)
        [before] = [day for day in self.days() if day["SUMMARY"] == title]
        self.decide(title, "2028-04-28", bodies.DECISION_STATE_IN_CONSULTATION, first.digest)
        [after] = [day for day in self.days() if day["SUMMARY"] == title]
        self.assertEqual(after["DTSTART;VALUE=DATE"], "20280428")
        self.assertEqual(after["UID"], before["UID"])
        self.assertGreater(int(after["SEQUENCE"]), int(before["SEQUENCE"]))
        feed = ElementTree.fromstring(self.web.get("/feeds/decisions.atom").body)
        entries = [entry for entry in feed.findall(ATOM + "entry")
                   if entry.findtext(ATOM + "title") == title]
        self.assertEqual([entry.findtext(ATOM + "summary") for entry in entries],
                         ["in consultation", "proposed"])
        self.assertEqual(len({entry.findtext(ATOM + "id") for entry in entries}), 2)
        for entry in entries:
            path = entry.find(ATOM + "link").get("href").partition("/public")[2]
            self.assertIn(title, self.page("/public" + path).text)

    @classmethod
    def mag(cls):
        draft = cls.draft("org/igf-secretariat")
        draft.ClearField("topics")
        draft.ClearField("cycle")
        draft.organisation.CopyFrom(bodies.Organisation(
            organisation="org/igf-mag", kind=types.ORGANISATION_KIND_MAG, name="MAG"))
        cls.publish(draft)

    @classmethod
    def decide(cls, title, due, state, revises=None):
        draft = cls.draft("org/igf-mag")
        draft.decision.CopyFrom(bodies.Decision(
            title=title, state=state, outcome_due_on=due, reasons="Fictional."))
        if revises:
            draft.references.add(digest=revises, relation=types.RELATION_REVISES)
        return cls.receipt(draft)

    # --- open data --------------------------------------------------------------------------------

    def test_no_answer_is_lost_between_two_threads(self):
        # Made on a thread of its own and held by two at once: the last to let go may be either.
        for name in ("SHA256SUMS", "requests.csv", "decisions.csv", "organisations.csv") * 100:
            self.assertEqual(self.web.get(f"/open-data/{name}").status, 200, name)

    def test_checksums_are_those_of_the_files(self):
        sums = self.web.get("/open-data/SHA256SUMS").body.decode().splitlines()
        self.assertGreaterEqual(len(sums), 4)
        for line in sums:
            digest, name = line.split("  ")
            body = self.web.get(f"/open-data/{name}").body
            self.assertEqual(hashlib.sha256(body).hexdigest(), digest, name)
        package = json.loads(self.web.get("/open-data/datapackage.json").body)
        self.assertEqual(package["licenses"][0]["name"], "CC-BY-4.0")
        self.assertEqual({r["path"] for r in package["resources"]},
                         {line.split("  ")[1] for line in sums})
        self.page("/open-data/")

    def test_events_are_lines_of_json_that_say_what_was_said(self):
        lines = self.web.get("/open-data/events-1-5000.jsonl").body.decode().split("\n")[:-1]
        by_sequence = {line["sequence"]: line for line in map(json.loads, lines)}
        for sequence, words in zip(self.sequences, HOSTILE):
            self.assertEqual(by_sequence[sequence]["content"]["title"], words)
            self.assertEqual(by_sequence[sequence]["licence"], "CC-BY-4.0")
        for name in ("events-2-5001", "events-5001-10000", "events-1-10000", "events-0-4999"):
            self.assertEqual(self.web.get(f"/open-data/{name}.jsonl").status, 404, name)
        head = self.web.ask("HEAD", "/open-data/events-1-5000.jsonl")
        self.assertEqual((head.status, head.getheader("Content-Length")), (200, None))

    def test_no_cell_is_a_formula(self):
        text = self.web.get("/open-data/organisations.csv").body.decode()
        rows = list(csv.DictReader(io.StringIO(text)))
        mine = [row for row in rows if row["organisation"] == "org/hostile"]
        self.assertEqual(mine[0]["name"], "'=HYPERLINK(\"http://evil.example\")")
        self.assertEqual(mine[0]["acronym"], "'@x")
        for row in rows:
            for cell in row.values():
                self.assertNotIn(cell[:1], set("=+-@\t\r") - {""}, row)
        self.assertIn("HYPERLINK", self.page("/public/nris").text)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    hubs.add_arguments(parser)
    arguments, rest = parser.parse_known_args()
    PublicRecord.bin_dir = arguments.bin_dir
    unittest.main(argv=[sys.argv[0], *rest])


if __name__ == "__main__":
    main()
