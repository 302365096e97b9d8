// What those do who run a cycle: sort the inputs and put them together, say how the work goes and what
// came of it, carry over what is left; and those who do the work ask for support. Each of them sees
// what will be published before it is.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { isTooWide, openBrowser, openPage, settle, shoot, signInAs, violations } from "./support/browser.mjs";
import { preview, publish } from "./support/forms.mjs";
import { Hub } from "./support/hub.mjs";

const FICTIONAL = "(fictional sample)";
const PHONE = { viewport: { width: 320, height: 640 } };

describe("the work of a cycle", () => {
  let browser, hub, signals, decision;
  const now = (n) => new Date(Date.now() + n * 86_400_000).toISOString().slice(0, 10);

  // With fictional cycles of its own, three signals and a decision that ECPAT works on.
  before(async () => {
    [browser, hub] = await Promise.all([openBrowser(), new Hub().start({ sample: true })]);
    const say = (author, more) => hub.publish({ event_id: randomUUID(), author, audience: "igf/public", language: "en", ...more });
    for (const [cycle, from] of [["fictional-1", -300], ["fictional-2", -2]]) {
      await say("org/igf-secretariat", {
        cycle_body: { cycle_id: cycle, title: `${cycle} ${FICTIONAL}`, phases: [{ phase: "call", starts_on: now(from), ends_on: now(from + 90) }] },
      });
    }
    signals = [];
    for (const author of ["org/ecpat", "org/apnic", "org/eurodig"]) {
      signals.push(
        await say(author, {
          cycle: "fictional-1",
          topics: ["igf-call-2024/25:cyber"],
          topic_signal: { purpose: "PURPOSE_INFORMATION", standing: "STANDING_ORGANISATION_POSITION", title: `Seen by ${author} ${FICTIONAL}` },
        }),
      );
    }
    decision = await say("org/igf-mag", {
      cycle: "fictional-1",
      references: [{ digest: signals[0].digest, relation: "RELATION_CONSIDERS" }],
      decision: {
        state: "DECISION_STATE_PROPOSED", title: `Who answers ${FICTIONAL}`, focus_question: "Who?", priority: 1,
        time_frame: { starts_on: now(-20), ends_on: now(200) }, outcome_product: "Ten questions", outcome_owner: "org/ecpat",
        outcome_due_on: now(100), outcome_test: "Three answer", work_format: "WORK_FORMAT_WORKSHOP", steward: "org/igf-mag/seat-17", reasons: "Two ask for it.",
      },
    });
    await say("org/igf-mag", {
      cycle: "fictional-1",
      references: [{ digest: decision.digest, relation: "RELATION_REVISES" }, { digest: signals[0].digest, relation: "RELATION_CONSIDERS" }],
      decision: {
        state: "DECISION_STATE_ADOPTED", title: `Who answers ${FICTIONAL}`, focus_question: "Who?", priority: 1,
        time_frame: { starts_on: now(-20), ends_on: now(200) }, outcome_product: "Ten questions", outcome_owner: "org/ecpat",
        outcome_due_on: now(100), outcome_test: "Three answer", work_format: "WORK_FORMAT_WORKSHOP", steward: "org/igf-mag/seat-17", reasons: "Two ask for it.",
      },
    });
  });
  after(async () => {
    await browser?.close();
    await hub?.stop();
  });

  const sequenceOf = (receipt) => String(receipt.sequence ?? receipt.position.sequence);
  async function openAs(organisation, query, options) {
    const page = await openPage(browser, options);
    await signInAs(page, hub.url, organisation);
    await page.goto(`${hub.url}/${query}`);
    await settle(page);
    return page;
  }
  // Nobody is locked out of the form or of what it shows; then it is published.
  async function sayIt(page, name, shows) {
    const found = await violations(page);
    await shoot(page, `${name}-form`, { fullPage: true });
    await preview(page);
    for (const text of shows) await page.locator(".preview").getByText(text).first().waitFor();
    found.push(...(await violations(page)));
    if (await isTooWide(page)) found.push("runs off the screen");
    await shoot(page, `${name}-preview`, { fullPage: true });
    await publish(page);
    assert.deepEqual([...found, ...page.complaints], []);
  }

  test("the secretariat sorts two inputs at once, and each author is told", async () => {
    const page = await openAs("org/igf-secretariat", "?page=triage&cycle=fictional-1");
    for (const author of ["org/apnic", "org/eurodig"]) await page.getByRole("checkbox", { name: new RegExp(`Seen by ${author}`) }).check();
    await page.getByLabel("What becomes of it").selectOption({ label: "Passed on" });
    await page.getByLabel(/^Passed on to/).fill("org/ecpat");
    await page.getByLabel(/^Reason, for all of them/).fill(`They know how to answer. ${FICTIONAL}`);
    await sayIt(page, "sort", [`Seen by org/apnic ${FICTIONAL}`, "Passed on", "They know how to answer."]);
    const [said] = await hub.events("type = disposition AND author = org/igf-secretariat AND cycle = fictional-1");
    assert.ok(said);
    // What was sorted is gone from the list.
    await page.getByRole("button", { name: "Sort the inputs" }).click();
    await page.getByRole("button", { name: "Write another" }).click();
    await settle(page);
    await page.getByRole("checkbox", { name: /Seen by org\/ecpat/ }).waitFor();
    assert.equal(await page.getByRole("checkbox", { name: /Seen by org\/apnic/ }).count(), 0);
    await page.goto(`${hub.url}/?page=partners&organisation=org/apnic&cycle=fictional-1`);
    await settle(page);
    await page.getByText("They know how to answer.").first().waitFor();
    await page.context().close();
  });

  test("the MAG puts inputs together on a phone, changes the group, and takes it apart again", async () => {
    const page = await openAs("org/igf-mag", "?page=triage&view=group&cycle=fictional-1", PHONE);
    await page.getByLabel(/^Others, by number/).fill(signals.slice(0, 2).map(sequenceOf).join(", "));
    await page.getByLabel("Title").fill(`They all see it ${FICTIONAL}`);
    await page.getByLabel(/^Why they belong together/).fill(`The same in other words. ${FICTIONAL}`);
    await sayIt(page, "group", [`Seen by org/ecpat ${FICTIONAL}`, `Seen by org/apnic ${FICTIONAL}`, "groups:"]);
    await page.locator(".done a").first().click();
    await page.getByRole("link", { name: "Change or undo the group" }).click();
    await settle(page);
    assert.equal(await page.getByRole("checkbox", { checked: true }).count(), 2);
    await page.getByLabel("What to do").selectOption({ label: "Apart again" });
    await page.getByLabel(/^Why they belong together/).fill(`They are not the same. ${FICTIONAL}`);
    await sayIt(page, "dissolve", ["Apart again", "They are not the same.", "revises:"]);
    assert.equal((await hub.events("type = grouping AND author = org/igf-mag")).length, 2);
    await page.context().close();
  });

  test("the owner says how far the work is on a phone in French, and then what came of it", async () => {
    const query = `?page=event&event=${sequenceOf(decision)}&cycle=fictional-1`;
    const phone = await openAs("org/ecpat", `${query}&lang=fr`, PHONE);
    await phone.getByText("Dire où en est le travail").click();
    await phone.getByLabel(/^Ce qui a été fait/).fill("Dix questions sont écrites. (exemple fictif)");
    await phone.locator("details[open] input[type=number]").fill("40");
    await sayIt(phone, "progress-fr-320", ["Dix questions sont écrites.", "40", `Who answers ${FICTIONAL}`]);
    await phone.context().close();

    const page = await openAs("org/ecpat", query);
    await page.getByText("40 % done").first().waitFor();
    await page.getByText("Say what came of it").click();
    await page.getByLabel(/^The product/).fill(`Ten questions, answered. ${FICTIONAL}`);
    await page.getByLabel("Result of the test").selectOption({ label: "Test partly met" });
    // The page hears that the work is done before the answer comes, and no longer asks for it.
    let calls = 0;
    await page.route("**/igf.liaison.v1.PublishService/Publish", async (route) => {
      if (++calls === 1) return route.continue(); // the preview's
      const answer = await route.fetch();
      await page.locator("section[aria-labelledby=decision]").getByText("Completed").waitFor();
      await route.fulfill({ response: answer });
    });
    await sayIt(page, "outcome", ["Ten questions, answered.", "Test partly met"]);
    assert.equal(calls, 2);
    assert.equal(await page.getByText("Report progress").count(), 0);
    await page.goto(`${hub.url}/${query}`);
    await settle(page);
    await page.locator("section[aria-labelledby=decision]").getByText("Completed").waitFor();
    assert.equal(await page.getByText("Report progress").count(), 0);
    await page.context().close();
    // Nobody else is asked how it goes.
    const other = await openAs("org/apnic", query);
    assert.equal(await other.getByText("Say what came of it").count(), 0);
    await other.context().close();
  });

  test("whoever does the work asks for support, and the MAG finds it among its requests", async () => {
    const page = await openAs("org/ecpat", "?page=support&cycle=fictional-1", PHONE);
    await page.getByLabel(/^What you need/).fill(`Two who read Swahili ${FICTIONAL}`);
    await page.getByLabel("What kind of help").selectOption({ label: "Languages" });
    await page.getByLabel(/^By when/).fill(now(30));
    await sayIt(page, "support", [`Two who read Swahili ${FICTIONAL}`, "Languages", "igf-mag"]);
    await page.goto(`${hub.url}/?page=requests&organisation=org/igf-mag`);
    await settle(page);
    await page.getByText(`Two who read Swahili ${FICTIONAL}`).waitFor();
    await page.context().close();
  });

  test("the secretariat carries over what is left, and it opens the next cycle", async () => {
    const page = await openAs("org/igf-secretariat", "?page=carry&cycle=fictional-2");
    await page.getByLabel("From the cycle").selectOption("fictional-1");
    await page.getByLabel(/^Others, by number/).fill(sequenceOf(signals[0]));
    await page.getByLabel("Reason").fill(`Nobody had time. ${FICTIONAL}`);
    await sayIt(page, "carry", [`Seen by org/ecpat ${FICTIONAL}`, "fictional-1", "fictional-2", "carries over:"]);
    await page.goto(`${hub.url}/?page=decisions&cycle=fictional-2`);
    await settle(page);
    await page.locator("section[aria-labelledby=opening]").getByText(`Seen by org/ecpat ${FICTIONAL}`).waitFor();
    await page.context().close();
  });

  test("who may not is told who may", async () => {
    for (const [name, said] of [["triage", "The inputs are sorted by the MAG and the secretariat."], ["carry", "It is carried over by the secretariat."]]) {
      const page = await openAs("org/apnic", `?page=${name}&cycle=fictional-1`);
      await page.getByText(said).waitFor();
      assert.equal(await page.locator("form.compose").count(), 0);
      await page.context().close();
    }
  });
});
