// Writing: what is said reaches the record once, whatever becomes of the line, and what may not be said
// is refused with what is missing.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { isKept, isTooWide, openBrowser, openPage, settle, shoot, signInAs, violations } from "./support/browser.mjs";
import { preview, publish, send } from "./support/forms.mjs";
import { Hub } from "./support/hub.mjs";
import { Line } from "./support/line.mjs";

describe("writing", () => {
  let browser, hub, line;
  before(async () => {
    [browser, hub] = await Promise.all([openBrowser(), new Hub().start({ sample: true })]);
    line = await new Line(hub.web).start();
  });
  after(async () => {
    await browser?.close();
    await line?.stop();
    await hub?.stop();
  });

  test("a report in French at 320 pixels, with the line cut at each try, is one event", async () => {
    const page = await openPage(browser, { viewport: { width: 320, height: 640 }, locale: "fr-FR" });
    await signInAs(page, line.url, "org/benin-igf");
    await page.goto(`${line.url}/?page=report&cycle=2027&lang=fr`);
    await settle(page);
    await page.locator("form.compose input[type=text]").first().fill("FGI Bénin 2027 (exemple fictif)");
    await page.locator("form.compose textarea").nth(1).fill("Les licences doivent suivre la taille des réseaux. (exemple fictif)");
    assert.deepEqual(await violations(page), []);
    assert.equal(await isTooWide(page), false);
    await shoot(page, "report-fr-320", { fullPage: true });

    // The line goes while it is written: nothing is lost, not even over a reload.
    line.goDown();
    await page.locator("form.compose textarea").first().fill("Deux jours à Cotonou. (exemple fictif)");
    await isKept(page, "Deux jours à Cotonou. (exemple fictif)");
    line.comeBack();
    await page.reload();
    await settle(page);
    assert.equal(await page.locator("form.compose textarea").first().inputValue(), "Deux jours à Cotonou. (exemple fictif)");

    await preview(page);
    await shoot(page, "report-fr-320-preview", { fullPage: true });
    const before = line.publishes;
    line.nextPublish = ["before", "after", "before", "after"];
    await publish(page);
    assert.equal(line.publishes - before, 5);
    await shoot(page, "report-fr-320-done");
    const reports = (await hub.events("type = local-report AND author = org/benin-igf")).filter((one) => JSON.stringify(one).includes("Cotonou"));
    assert.equal(reports.length, 1);
    await page.locator(".done a.button").click();
    await page.getByText("Deux jours à Cotonou. (exemple fictif)").waitFor();
    assert.deepEqual(await violations(page), []);
    await shoot(page, "report-fr-320-page", { fullPage: true });
    assert.deepEqual(page.complaints, []);
    await page.context().close();
  });

  test("a proposal is refused with the checklist, then adopted, and leads there from its inputs", async () => {
    const page = await openPage(browser);
    await signInAs(page, line.url, "org/igf-mag");
    await page.goto(`${line.url}/?page=propose&cycle=2027`);
    await settle(page);
    const fill = (label, text) => page.getByLabel(label, { exact: true }).fill(text);
    await page.getByLabel(/^Title/).fill("Who answers a child (fictional sample)");
    await preview(page);
    await publish(page);
    await page.locator(".done a").first().click();
    await page.getByText("What adoption asks for").waitFor();
    await page.getByRole("link", { name: "Change or move on" }).click();
    await page.getByLabel("State").waitFor();
    await send(page);
    const refused = page.locator(".notice.bad .checklist li");
    await refused.first().waitFor({ timeout: 30_000 });
    assert.ok((await refused.count()) >= 10, `${await refused.count()} things are missing`);
    await shoot(page, "adoption-refused", { fullPage: true });
    assert.deepEqual(await violations(page), []);

    await fill("Focus question", "Who answers a child's report? (fictional sample)");
    await fill("The product", "Ten questions (fictional sample)");
    await fill("Who makes the outcome", "org/ecpat");
    await fill("When it is due", "2027-10-01");
    await fill("The test of success", "Three platforms answer (fictional sample)");
    await fill("First day", "2027-03-01");
    await fill("Last day", "2027-12-01");
    await page.getByLabel("Priority").fill("2");
    await page.getByLabel("Steward from the MAG").fill("org/igf-mag/seat-17");
    await fill("Reasons", "Two organisations ask for it. (fictional sample)");
    await page.getByLabel("Format of the work").selectOption({ label: "Workshop" });
    await page.getByLabel("Inputs considered").fill("1752, 1766");
    await page.locator("aside .checklist .missing").first().waitFor({ state: "detached" });
    await preview(page);
    await publish(page);
    await page.goto(`${line.url}/?page=event&event=1752`);
    await settle(page);
    const trail = page.locator('section[aria-labelledby="led_to"]');
    await trail.getByText("Who answers a child (fictional sample)").first().waitFor();
    await page.goto(`${line.url}/?page=decisions&cycle=2027`);
    await settle(page);
    await page.locator('section[aria-labelledby="state-3"]').getByText("Who answers a child (fictional sample)").waitFor();
    await shoot(page, "decisions-adopted", { fullPage: true });
    assert.deepEqual(page.complaints, []);
    await page.context().close();
  });

  test("by keyboard alone: sign in, move by the menu, support a signal", async () => {
    const page = await openPage(browser);
    await page.goto(`${line.url}/?page=signin`);
    await settle(page);
    const tabTo = async (wanted) => {
      for (let i = 0; i < 120; i++) {
        await page.keyboard.press("Tab");
        const found = await page.evaluate(
          ({ selector, text }) => {
            const at = document.activeElement;
            return at?.matches(selector) && (!text || (at.textContent ?? "").includes(text));
          },
          { selector: wanted.selector, text: wanted.text ?? "" },
        );
        if (found) return;
      }
      assert.fail(`the keyboard does not reach ${JSON.stringify(wanted)}`);
    };
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement?.className), "skip");
    await tabTo({ selector: "form.compose input" });
    await page.keyboard.type("org/apnic");
    await page.keyboard.press("Escape");
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Sign out" }).waitFor();
    // By the menu, and back: the heading of the page that comes has the focus, once it is there.
    const focusIsOn = (wanted) =>
      page.waitForFunction((it) => `${document.activeElement?.localName}: ${document.activeElement?.textContent}` === it, wanted, { timeout: 30_000 });
    for (const name of ["Radar", "Report", "Now", "Requests"]) {
      await tabTo({ selector: "nav.menu a", text: name });
      await page.keyboard.press("Enter");
      await page.waitForURL(name === "Now" ? /^(?!.*page=)/ : new RegExp(`page=${name.toLowerCase()}`));
      await focusIsOn(`h1: ${name}`);
      await settle(page);
      await page.locator("main .lead").waitFor();
      await focusIsOn(`h1: ${name}`);
    }
    await page.goBack();
    await page.locator("main.page-now .lead").waitFor();
    await focusIsOn("h1: Now");
    await page.goto(`${line.url}/?page=event&event=1766`);
    await settle(page);
    await tabTo({ selector: "summary", text: "where you stand" });
    await page.keyboard.press("Enter");
    await tabTo({ selector: "form.compose button.primary" });
    await page.keyboard.press("Enter");
    await page.locator(".preview h2").waitFor({ timeout: 30_000 });
    await tabTo({ selector: ".preview button.primary" });
    await page.keyboard.press("Enter");
    await page.locator(".done h2").waitFor({ timeout: 30_000 });
    assert.equal((await hub.events("type = position AND author = org/apnic")).length, 1);
    await page.context().close();
  });

  const days = (n) => new Date(Date.now() + n * 86_400_000).toISOString().slice(0, 10);
  const openCycle = async (id, phases) => {
    await hub.publish({
      event_id: randomUUID(),
      author: "org/igf-secretariat",
      audience: "igf/public",
      language: "en",
      cycle_body: { cycle_id: id, title: "A cycle for a test (fictional sample)", phases, capacity: { slots: 10, hours: 10, people: 10 } },
    });
    await hub.publish({
      event_id: randomUUID(),
      author: "org/igf-mag",
      audience: "igf/public",
      cycle: id,
      language: "en",
      decision: { state: "DECISION_STATE_PROPOSED", title: "To be evaluated (fictional sample)" },
    });
  };
  const prioritiseAs = async (seat, cycle) => {
    const page = await openPage(browser);
    await signInAs(page, line.url, seat);
    await page.goto(`${line.url}/?page=prioritise&cycle=${cycle}`);
    await settle(page);
    return page;
  };
  const openForm = async (page) => {
    await page.locator("summary").getByText("Evaluate: To be evaluated").click();
    return page.locator("details[open] form.compose").first();
  };

  test("a seat evaluates, another declares a conflict and is recused", async () => {
    await openCycle("fictional", [{ phase: "call", starts_on: days(-9), ends_on: days(-2) }, { phase: "evaluation", starts_on: days(-1), ends_on: days(9) }]);
    const say = async (seat, fill) => {
      const page = await prioritiseAs(seat, "fictional");
      await fill(await openForm(page));
      await preview(page);
      await publish(page);
      await page.context().close();
    };
    // The board of those who may see averages already, by the heads of its columns.
    const board = async () => {
      const page = await prioritiseAs("org/igf-mag", "fictional");
      const table = page.getByRole("table", { name: "Candidates" });
      await table.locator("tbody tr").first().waitFor();
      const heads = await table.locator("thead th").allInnerTexts();
      const cells = await table.locator("tbody tr").first().locator("th, td").allInnerTexts();
      await page.context().close();
      const row = Object.fromEntries(heads.map((head, i) => [head, cells[i]]));
      return { average: row["Average"], evaluated: row["Evaluated by"], recused: row["Recused"] };
    };
    // An average is shown from three on, so that it is nobody's own.
    for (const [seat, score] of [[3, "4"], [4, "4"], [5, "4"], [6, "2"]]) {
      await say(`org/igf-mag/seat-${seat}`, (form) => form.getByLabel(score).first().check());
    }
    assert.deepEqual(await board(), { average: "3.50", evaluated: "4", recused: "0" });
    // Who turns out to have a conflict is recused: their score is out of the average, and out of the count.
    await say("org/igf-mag/seat-6", (form) => form.getByLabel("I have a conflict of interest").check());
    assert.deepEqual(await board(), { average: "4.00", evaluated: "3", recused: "1" });
  });

  test("outside its phase, evaluation is not offered, and a conflict only before it", async () => {
    await openCycle("ahead", [{ phase: "evaluation", starts_on: days(20), ends_on: days(30) }]);
    await openCycle("over", [{ phase: "evaluation", starts_on: days(-30), ends_on: days(-20) }]);
    const shown = (day) => new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" }).format(new Date(day));

    const before = await prioritiseAs("org/igf-mag/seat-3", "ahead");
    await before.getByText(`Scores are given in the evaluation phase: ${shown(days(20))} – ${shown(days(30))}.`).waitFor();
    const form = await openForm(before);
    assert.equal(await form.locator("input[type=radio]").count(), 0);
    assert.deepEqual(await violations(before), []);
    await send(before);
    await before.getByText("Scores are not taken now").waitFor();
    await form.getByLabel("I have a conflict of interest").check();
    await preview(before);
    await publish(before);
    await before.context().close();

    const later = await prioritiseAs("org/igf-mag/seat-3", "over");
    await later.getByText(`Evaluation is closed. It was ${shown(days(-30))} – ${shown(days(-20))}.`).waitFor();
    assert.equal(await later.getByText("Evaluate: To be evaluated").count(), 0);
    assert.equal(await later.locator("form.compose").count(), 0);
    assert.deepEqual(await violations(later), []);
    await later.context().close();
  });

  test("what somebody writes is text, whatever it looks like", async () => {
    const page = await openPage(browser);
    await signInAs(page, line.url, "org/apnic");
    await page.goto(`${line.url}/?page=signal&cycle=2027`);
    await settle(page);
    const evil = `<img src=x onerror="document.title='broken'"><script>document.title='broken'</script>{{7*7}}`;
    await page.getByLabel(/^Title/).fill(`${evil} (fictional sample)`);
    await page.locator("form.compose textarea").first().fill(evil);
    await preview(page);
    await publish(page);
    await page.locator(".done a").first().click();
    await page.getByText("{{7*7}}").first().waitFor();
    await settle(page);
    assert.equal(await page.locator("main img, main script, main a[href^='javascript']").count(), 0);
    assert.notEqual(await page.title(), "broken");
    assert.deepEqual(page.complaints, []);
    await page.context().close();
  });
});
