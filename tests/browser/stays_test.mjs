// What somebody writes stays under their hands, whatever the page hears meanwhile.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { openBrowser, openPage, settle, signInAs } from "./support/browser.mjs";
import { preview, publish } from "./support/forms.mjs";
import { Hub } from "./support/hub.mjs";

const FICTIONAL = "(fictional sample)";
const CYCLE = "fictional-1";
const now = (days) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);

describe("a form in use", () => {
  let browser, hub;
  before(async () => {
    [browser, hub] = await Promise.all([openBrowser(), new Hub().start({ sample: true })]);
    await openCycle(CYCLE, -20);
  });
  after(async () => {
    await browser?.close();
    await hub?.stop();
  });

  const say = (author, more) => hub.publish({ event_id: randomUUID(), author, audience: "igf/public", language: "en", cycle: CYCLE, ...more });
  const openCycle = (cycle, from) =>
    say("org/igf-secretariat", {
      cycle: "",
      cycle_body: { cycle_id: cycle, title: `${cycle} ${FICTIONAL}`, phases: [{ phase: "call", starts_on: now(from), ends_on: now(from + 90) }] },
    });
  const signal = (title, author = "org/apnic") =>
    say(author, {
      topics: ["igf-call-2024/25:cyber"],
      topic_signal: { purpose: "PURPOSE_INFORMATION", standing: "STANDING_ORGANISATION_POSITION", title: `${title} ${FICTIONAL}` },
    });
  const sequenceOf = (receipt) => String(receipt.sequence ?? receipt.position.sequence);

  async function decide(title, input, states) {
    let root;
    for (const state of states) {
      const receipt = await say("org/igf-mag", {
        references: [...(root ? [{ digest: root.digest, relation: "RELATION_REVISES" }] : []), { digest: input.digest, relation: "RELATION_CONSIDERS" }],
        decision: {
          state: `DECISION_STATE_${state}`, title: `${title} ${FICTIONAL}`, focus_question: "Who?", priority: 1,
          time_frame: { starts_on: now(-20), ends_on: now(200) }, outcome_product: "Ten questions", outcome_owner: "org/ecpat",
          outcome_due_on: now(100), outcome_test: "Three answer", work_format: "WORK_FORMAT_WORKSHOP", steward: "org/igf-mag/seat-17", reasons: "Two ask for it.",
        },
      });
      root ??= receipt;
    }
    return root;
  }

  async function openAs(organisation, query) {
    const page = await openPage(browser);
    await signInAs(page, hub.url, organisation);
    await page.goto(`${hub.url}/${query}`);
    await settle(page);
    await page.locator(".fresh.live").waitFor();
    return page;
  }

  test("of a report on work that is completed meanwhile nothing is taken away", async () => {
    const root = await decide("Who answers", await signal("Seen"), ["PROPOSED", "ADOPTED"]);
    const page = await openAs("org/ecpat", `?page=event&event=${sequenceOf(root)}&cycle=${CYCLE}`);
    await page.getByText("Report progress").click();
    await page.getByLabel(/^What was done/).fill("Half of it is written");
    await say("org/ecpat", {
      references: [{ digest: root.digest, relation: "RELATION_REPORTS_ON" }],
      outcome: { test_result: "TEST_RESULT_MET", product: "Ten questions", title: `Answered ${FICTIONAL}` },
    });
    await page.locator("section[aria-labelledby=decision]").getByText("Completed").waitFor();
    assert.equal(await page.getByLabel(/^What was done/).inputValue(), "Half of it is written");
    // What nobody writes in is not offered any more.
    assert.equal(await page.getByText("Say what came of it").count(), 0);
    await page.getByRole("button", { name: "Discard this draft" }).click();
    await page.getByText("Report progress").waitFor({ state: "detached" });
    assert.deepEqual(page.complaints, []);
    await page.context().close();
  });

  test("what cannot be asked again leaves what is there", async () => {
    const root = await decide("Who asks", await signal("Seen too"), ["PROPOSED", "ADOPTED"]);
    const page = await openAs("org/ecpat", `?page=event&event=${sequenceOf(root)}&cycle=${CYCLE}`);
    await page.getByText("Say what came of it").click();
    await page.getByLabel(/^The product/).fill("Ten questions, answered");
    await preview(page);
    const failed = page.waitForEvent("requestfailed", (request) => request.url().endsWith("/GetDecision"));
    await page.route("**/igf.liaison.v1.LiaisonService/GetDecision", (route) => route.abort());
    await signal("Said meanwhile");
    await failed;
    await settle(page);
    await page.unroute("**/igf.liaison.v1.LiaisonService/GetDecision");
    await publish(page);
    await page.context().close();
  });

  test("a conflict of interest that is being declared stays when the candidate is decided", async () => {
    const input = await signal("Seen by many");
    const root = await decide("Who decides", input, ["PROPOSED"]);
    const page = await openAs("org/igf-mag/seat-17", `?page=prioritise&cycle=${CYCLE}`);
    const form = page.locator("details", { hasText: `Evaluate: Who decides ${FICTIONAL}` });
    await form.locator("summary").click();
    await form.getByLabel("I have a conflict of interest").check();
    await form.getByLabel(/^What it is/).fill("It is my own proposal");
    await say("org/igf-mag", {
      references: [{ digest: root.digest, relation: "RELATION_REVISES" }],
      decision: { state: "DECISION_STATE_DECLINED", title: `Who decides ${FICTIONAL}`, reasons: "Nobody has time." },
    });
    await page.locator("table").getByText(`Who decides ${FICTIONAL}`).waitFor({ state: "detached" });
    assert.equal(await form.getByLabel(/^What it is/).inputValue(), "It is my own proposal");
    await page.context().close();
  });

  test("an input that is chosen stays in sight when somebody else has sorted it", async () => {
    const input = await signal("To be sorted");
    const page = await openAs("org/igf-mag", `?page=triage&cycle=${CYCLE}`);
    await page.getByRole("checkbox", { name: /To be sorted/ }).check();
    await say("org/igf-secretariat", { disposition: { inputs: [{ input: input.digest, kind: "DISPOSITION_KIND_NOTED" }], reason: `Noted. ${FICTIONAL}` } });
    await signal("Behind it");
    await page.getByRole("checkbox", { name: /Behind it/ }).waitFor();
    assert.equal(await page.getByRole("checkbox", { name: /To be sorted/ }).isChecked(), true);
    await page.context().close();
  });

  test("whoever changes a group sees that it is changed", async () => {
    const inputs = [await signal("One"), await signal("Two"), await signal("Three")];
    const group = await say("org/igf-mag", {
      references: inputs.map(({ digest }) => ({ digest, relation: "RELATION_GROUPS" })),
      grouping: { action: "GROUPING_ACTION_GROUP", title: `All three ${FICTIONAL}`, reason: `The same. ${FICTIONAL}` },
    });
    const page = await openAs("org/igf-mag", `?page=triage&view=group&event=${sequenceOf(group)}&cycle=${CYCLE}`);
    await page.getByRole("checkbox", { name: /^Three/ }).uncheck();
    await page.getByLabel(/^Why they belong together/).fill("Two of them.");
    await preview(page);
    await publish(page);
    const heard = page.waitForResponse((answer) => answer.url().endsWith("/GetTrail"));
    await signal("After it");
    await heard;
    await settle(page);
    assert.equal(await page.locator(".done").count(), 1);
    await page.context().close();
  });

  test("a cycle that is opened meanwhile is not the one that is written for", async () => {
    const page = await openAs("org/igf-mag", "?page=triage");
    const picked = () => page.getByRole("combobox", { name: "Cycle" }).inputValue();
    const before = await picked();
    await page.getByLabel(/^Reason, for all of them/).fill("They know how to answer.");
    await openCycle("fictional-0", 0);
    await page.getByRole("combobox", { name: "Cycle" }).getByText("fictional-0").waitFor({ state: "attached" });
    await settle(page);
    assert.equal(await picked(), before);
    assert.equal(await page.getByLabel(/^Reason, for all of them/).inputValue(), "They know how to answer.");
    await page.getByRole("link", { name: "Now", exact: true }).click();
    await settle(page);
    assert.equal(await picked(), "fictional-0");
    await page.context().close();
  });

  test("what is carried over stays when a cycle comes between", async () => {
    await openCycle("fictional-3", 50);
    const page = await openAs("org/igf-secretariat", "?page=carry&cycle=fictional-3");
    await page.getByLabel("Reason").fill("Nobody had time.");
    await openCycle("fictional-2", 49);
    await page.getByLabel("From the cycle").getByText("fictional-2").waitFor({ state: "attached" });
    await settle(page);
    assert.equal(await page.getByLabel("Reason").inputValue(), "Nobody had time.");
    await page.context().close();
  });
});
