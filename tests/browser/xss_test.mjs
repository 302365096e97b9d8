// Whatever somebody writes, into whatever field of whatever event, is text on every page: nothing of it
// runs, nothing of it becomes an element. The fields are those of the contract's descriptors.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { openBrowser, openPage, settle, shoot, signInAs } from "./support/browser.mjs";
import { bodies, publishJson } from "./support/contract.mjs";
import { Hub } from "./support/hub.mjs";

const EVIL = `"><img src=x onerror="window.broken=1"><script>window.broken=1</script><svg onload=window.broken=1></svg>'</bdi></textarea></option><iframe src="javascript:parent.broken=1"></iframe><a href="javascript:window.broken=1">x</a>{{7*7}}\${7*7}\u202e<!--`;
// The hub takes no other beginning of an address, as admission_test shows.
const EVIL_URI = `https://e.example/"onmouseover="window.broken=1"><script>window.broken=1</script>`;
const SHOWN = "<script>window.broken=1</script>";
// Of the section that the law may want erased: it stands on no page at all.
const WHO = "A. Fictional-Person";
const personal = {
  contacts: [{ role: "CONTACT_ROLE_FROM", name: `${WHO} ${EVIL}`, email: "fictional@example.org" }, { role: "CONTACT_ROLE_CC", name: EVIL, email: "b@example.org" }],
};
const attachments = [{ name: EVIL, mediaType: "text/plain", data: btoa(EVIL.replace("\u202e", "")) }];
const ORG = "org/fictional-hostile";
const CYCLE = "fictional-x";
const NEXT = "fictional-y";

// What is no free text: the hub takes no other words there than names, dates, codes and languages.
const STRUCTURED = new Set([
  "organisation", "group", "members", "from", "to", "by", "valid_from", "valid_until", "scheme", "codes", "code", "parent", "from_scheme",
  "to_scheme", "from_code", "to_code", "cycle_id", "phase", "starts_on", "ends_on", "requested_date", "doable_date", "passed_to",
  "outcome_owner", "outcome_due_on", "steward", "expected_on", "delivered_on", "due_on", "from_cycle", "to_cycle", "made_on", "language",
  "languages", "countries", "working_languages", "topic", "topics", "criterion", "field",
]);

const day = (n) => new Date(Date.now() + n * 86_400_000).toISOString().slice(0, 10);

// The body with every free text of its descriptor filled in, where it is and one level of each message.
function filled(message, body, done, name) {
  const full = { ...body };
  for (const field of message.fields) {
    const key = field.jsonName;
    const isText = (field.fieldKind === "scalar" || field.listKind === "scalar") && (field.scalar === 9);
    if (isText && !STRUCTURED.has(field.name)) {
      const words = field.name === "uri" ? EVIL_URI : EVIL;
      full[key] = field.fieldKind === "list" ? [words] : words;
      done.add(`${name}.${field.name}`);
    }
    if (field.message && field.fieldKind === "message" && full[key]) full[key] = filled(field.message, full[key], done, `${name}.${field.name}`);
    if (field.message && field.fieldKind === "list" && full[key]) full[key] = full[key].map((one) => filled(field.message, one, done, `${name}.${field.name}`));
  }
  return full;
}

describe("hostile words", () => {
  let browser, hub;
  const said = {}; // type -> receipt
  const texts = new Set();

  const say = async (type, author, body, more = {}, as = type) => {
    const message = bodies()[type];
    const draft = { eventId: randomUUID(), author, audience: "igf/public", language: "en", ...more };
    const key = type.replace(/_(\w)/g, (_, letter) => letter.toUpperCase());
    draft[key] = filled(message, body, texts, type);
    try {
      said[as] = await publishJson(hub.url, draft);
    } catch (error) {
      assert.fail(`${as}: ${error.message}`);
    }
    return said[as];
  };
  const to = (receipt, relation) => ({ references: [{ digest: receipt.digest, relation: `RELATION_${relation}` }] });
  const link = [{ language: "fr" }];
  const head = [{ mode: "MEETING_MODE_ONSITE", count: 3 }];

  before(async () => {
    [browser, hub] = await Promise.all([openBrowser(), new Hub().start()]);
    const secretariat = "org/igf-secretariat";
    const mag = "org/igf-mag";
    const plain = (organisation, kind) => say("organisation", secretariat, { organisation, kind: `ORGANISATION_KIND_${kind}`, links: [{}], languages: ["fr"], countries: ["BJ"] }, {}, organisation);
    await plain(secretariat, "SECRETARIAT");
    await plain(mag, "MAG");
    await plain(`${mag}/seat-1`, "MAG");
    await plain(ORG, "NRI_NATIONAL");
    await say("cycle_body", secretariat, { cycleId: CYCLE, phases: [{ phase: "evaluation", startsOn: day(-9), endsOn: day(9) }], capacity: { slots: 3, hours: 3, people: 3 } }, {}, "cycle");
    await say("cycle_body", secretariat, { cycleId: NEXT, phases: [{ phase: "call", startsOn: day(20), endsOn: day(30) }] }, {}, "next");
    await say("topic_scheme", secretariat, { scheme: "igf-call-2026", codes: ["a", "b"], entries: [{ code: "a" }, { code: "b" }] });
    await say("topic_scheme", secretariat, { scheme: "fictional", codes: ["a"], entries: [{ code: "a" }] }, {}, "scheme");
    await say("crosswalk", secretariat, { fromScheme: "fictional", toScheme: "igf-call-2026", entries: [{ fromCode: "a", toCode: "a", match: "CODE_MATCH_EXACT" }] });
    await say("audience_body", secretariat, { group: "igf/wg-fictional", version: 1, members: [ORG] });
    await say("liaison", secretariat, { from: ORG, to: mag, validFrom: day(0), action: "LIAISON_ACTION_ESTABLISH", links: link });
    const input = { cycle: CYCLE, topics: ["igf-call-2026:a"] };
    const signal = { purpose: "PURPOSE_ACTION", standing: "STANDING_ORGANISATION_POSITION", requestedDate: day(30), otherLanguages: link, evidence: link, externalIds: [{}] };
    await say("topic_signal", ORG, signal, { ...input, addressees: [mag], personal, attachments });
    await say("topic_signal", ORG, signal, { ...input, addressees: [mag] }, "signal2");
    await say("topic_signal", ORG, { ...signal, purpose: "PURPOSE_INFORMATION", requestedDate: "" }, input, "signal3");
    await say("local_report", ORG, {
      startsOn: day(-5), endsOn: day(-4), mode: "MEETING_MODE_HYBRID", participants: head, organisingTeam: head, sessions: [{ topics: ["igf-call-2026:a"] }],
      keyMessages: [{ topic: "igf-call-2026:a", language: "fr" }], requests: [{ purpose: "PURPOSE_ACTION", to: mag, by: day(40) }], links: link, otherLanguages: link, externalIds: [{}],
    }, { ...input, addressees: [mag], personal });
    await say("attendance", ORG, { startsOn: day(-5), mode: "MEETING_MODE_ONSITE", participants: head, links: link }, { cycle: CYCLE });
    await say("position", mag, { kind: "POSITION_KIND_RESERVE", standing: "STANDING_ORGANISATION_POSITION", otherLanguages: link }, { cycle: CYCLE, ...to(said.topic_signal, "POSITION_ON") });
    await say("response", mag, { kind: "RESPONSE_KIND_COUNTER", doableDate: day(50) }, { cycle: CYCLE, ...to(said.topic_signal, "RESPONDS_TO") });
    const decision = {
      state: "DECISION_STATE_PROPOSED", priority: 1, timeFrame: { startsOn: day(-20), endsOn: day(200) }, outcomeOwner: ORG, outcomeDueOn: day(100),
      workFormat: "WORK_FORMAT_WORKSHOP", steward: `${mag}/seat-1`, otherLanguages: link,
    };
    await say("decision", mag, decision, { ...input, ...to(said.topic_signal, "CONSIDERS") });
    await say("evaluation", `${mag}/seat-1`, { scores: [{ criterion: "relevance", score: 4 }] }, { cycle: CYCLE, audience: "igf/mag", ...to(said.decision, "EVALUATES") });
    await say("position", ORG, { kind: "POSITION_KIND_OBJECT", standing: "STANDING_ORGANISATION_POSITION" }, { cycle: CYCLE, ...to(said.decision, "POSITION_ON") }, "objection");
    await say("decision", mag, { ...decision, state: "DECISION_STATE_ADOPTED", answers: [{ objection: said.objection.digest }] }, {
      ...input,
      references: [{ digest: said.decision.digest, relation: "RELATION_REVISES" }, { digest: said.topic_signal.digest, relation: "RELATION_CONSIDERS" }],
    }, "adopted");
    await say("progress", ORG, { percent: 20, links: link }, { cycle: CYCLE, ...to(said.decision, "REPORTS_ON") });
    await say("outcome", ORG, { testResult: "TEST_RESULT_MET", links: link, otherLanguages: link }, { cycle: CYCLE, ...to(said.decision, "REPORTS_ON") });
    await say("support_request", ORG, { dueOn: day(9), kind: "SUPPORT_KIND_ROOM" }, { cycle: CYCLE, addressees: [mag] });
    await say("disposition", mag, { inputs: [{ input: said.signal2.digest, kind: "DISPOSITION_KIND_NOTED" }], reasons: [{ input: said.signal2.digest }] }, { cycle: CYCLE });
    await say("grouping", mag, { action: "GROUPING_ACTION_GROUP" }, {
      cycle: CYCLE,
      references: [said.topic_signal, said.signal2].map(({ digest }) => ({ digest, relation: "RELATION_GROUPS" })),
    });
    await say("carry_over", secretariat, { fromCycle: CYCLE, toCycle: NEXT }, { cycle: NEXT, ...to(said.signal3, "CARRIES_OVER") });
    await say("amendment", ORG, { kind: "AMENDMENT_KIND_UPDATE", otherLanguages: link }, { cycle: CYCLE, ...to(said.local_report, "REVISES") });
    await say("translation", ORG, { maker: "TRANSLATION_MAKER_MACHINE_REVIEWED", madeOn: day(0), fields: [{ field: "topic_signal.text" }] }, { language: "fr", ...to(said.topic_signal, "TRANSLATES") });
    await say("retraction", ORG, { cause: "RETRACTION_CAUSE_ERROR" }, to(said.attendance, "RETRACTS"));
  });
  after(async () => {
    await browser?.close();
    await hub?.stop();
  });

  test("stand in every text of every type", () => {
    const possible = new Set();
    const look = (message, name, depth) => {
      for (const field of message.fields) {
        if (field.scalar === 9 && !STRUCTURED.has(field.name)) possible.add(`${name}.${field.name}`);
        if (field.message && depth < 3) look(field.message, `${name}.${field.name}`, depth + 1);
      }
    };
    for (const [type, message] of Object.entries(bodies())) look(message, type, 0);
    console.log(`# ${texts.size} texts of ${Object.keys(said).length} events`);
    assert.deepEqual([...possible].filter((one) => !texts.has(one)), []);
    assert.ok(texts.size > 100, `${texts.size} texts`);
  });

  // What a page is made of, that nobody of ours made.
  const injected = (page) =>
    page.evaluate(() => {
      const ours = (one) => one.closest("head") || (one.tagName === "SCRIPT" && one.src.startsWith(location.origin) && !one.textContent);
      const found = [...document.querySelectorAll("script, img, iframe, object, embed, base, meta[http-equiv], svg[onload], a[href^='javascript' i]")].filter((one) => !ours(one));
      const handlers = [...document.querySelectorAll("*")].filter((one) => [...one.attributes].some(({ name }) => /^on/i.test(name)));
      return [...found, ...handlers].map((one) => one.outerHTML.slice(0, 120)).concat(globalThis.broken ? ["a script of theirs ran"] : []);
    });

  async function look(page, name, address, found, shows) {
    await page.goto(`${hub.url}/${address}`);
    if (!address.startsWith("public")) await settle(page);
    await page.evaluate(() => document.querySelectorAll("details").forEach((one) => (one.open = true)));
    for (const what of [...(await injected(page)), ...page.complaints.splice(0)]) found.push(`${name}: ${what}`);
    if ((await page.content()).includes(WHO)) found.push(`${name}: names a person`);
    if (shows && !(await page.innerText("body")).includes(SHOWN)) found.push(`${name}: does not show the words`);
  }

  test("are text on every page of the dashboard", async () => {
    const page = await openPage(browser);
    page.on("dialog", (dialog) => dialog.dismiss().then(() => page.complaints.push("a dialog")));
    await signInAs(page, hub.url, "org/igf-mag/seat-1");
    const found = [];
    for (const [type, receipt] of Object.entries(said)) {
      const wordless = type === "evaluation" ? false : true;
      await look(page, type, `?page=event&event=${receipt.position.sequence}`, found, wordless);
    }
    for (const query of ["?for=mag", "?for=partner", "?page=radar", "?page=radar&topic=igf-call-2026:a&part=organisations", "?page=radar&view=gaps", "?page=radar&view=links",
      "?page=radar&view=heard", "?page=decisions", "?page=requests", "?page=prioritise", "?page=report", "?page=partners&who=all", `?page=partners&organisation=${ORG}`,
      "?page=partners&view=calendar", "?page=pack&topics=5", "?page=trust", "?page=signal", "?page=support", "?page=triage", "?page=triage&view=group", "?page=propose",
      `?page=propose&event=${said.decision.position.sequence}`]) {
      await look(page, query, `${query}&cycle=${CYCLE}`, found, false);
    }
    await shoot(page, "xss", { fullPage: true });
    await look(page, "next cycle", `?page=decisions&cycle=${NEXT}`, found, false);
    await page.context().close();
    assert.deepEqual(found, []);
  });

  test("are text in a preview", async () => {
    const page = await openPage(browser);
    await signInAs(page, hub.url, ORG);
    await page.goto(`${hub.url}/?page=signal&cycle=${CYCLE}`);
    await settle(page);
    for (const one of await page.locator("form.compose textarea").all()) await one.fill(EVIL);
    await page.getByLabel(/^Title/).fill(EVIL);
    await page.locator("form.compose button.primary").click();
    await page.locator(".preview h2").waitFor({ timeout: 30_000 });
    assert.ok((await page.innerText(".preview")).includes(SHOWN));
    assert.deepEqual([...(await injected(page)), ...page.complaints], []);
    await page.context().close();
  });

  test("are text on the pages without JavaScript, even if scripts could run there", async () => {
    const page = await openPage(browser);
    const found = [];
    for (const [type, receipt] of Object.entries(said)) {
      if (type !== "evaluation") await look(page, type, `public/events/${receipt.position.sequence}`, found, true);
    }
    for (const address of ["public/", "public/decisions", "public/topics", "public/requests", "public/nris", "public/events"]) await look(page, address, address, found, false);
    await page.context().close();
    assert.deepEqual(found, []);
  });
});
