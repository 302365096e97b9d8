// What somebody is writing is kept in the browser, for them and nobody else, and no tab loses it to
// another.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { isKept, openBrowser, openPage, settle, signInAs, violations } from "./support/browser.mjs";
import { preview, publish, send } from "./support/forms.mjs";
import { Hub } from "./support/hub.mjs";

describe("drafts", () => {
  let browser, hub;
  before(async () => {
    [browser, hub] = await Promise.all([openBrowser(), new Hub().start({ sample: true })]);
  });
  after(async () => {
    await browser?.close();
    await hub?.stop();
  });

  const title = (page) => page.getByLabel(/^Name of the meeting/);
  const open = async (page, kind = "report") => {
    await page.goto(`${hub.url}/?page=${kind}&cycle=2027`);
    await settle(page);
    await page.locator("form.compose input").first().waitFor();
  };
  const type = async (page, text) => {
    await title(page).fill(text);
    await isKept(page, text);
  };
  const enterAs = async (page, organisation) => {
    await page.goto(`${hub.url}/?page=signin`);
    await page.getByLabel(/organisation/i).first().fill(organisation);
    await page.keyboard.press("Escape");
    await page.locator("form.compose button.primary").click();
    await page.getByRole("button", { name: "Sign out" }).waitFor();
  };
  const titled = async (text) => (await hub.events("type = local-report")).filter((one) => JSON.stringify(one).includes(text));

  test("what one organisation writes is not read by the next one in that browser", async () => {
    for (const kind of ["report", "signal", "support"]) {
      const page = await openPage(browser);
      const field = page.locator("form.compose input[type=text]").first();
      await enterAs(page, "org/benin-igf");
      await open(page, kind);
      await field.fill("Not for others (fictional sample)");
      await isKept(page, "Not for others (fictional sample)");
      const key = `liaison.draft.${kind}.org/benin-igf`;
      const kept = JSON.parse(await page.evaluate((name) => localStorage.getItem(name), key));
      await page.getByRole("button", { name: "Sign out" }).click();
      await page.getByRole("link", { name: "Sign in" }).first().waitFor();
      await settle(page);
      assert.notEqual(await field.inputValue(), "Not for others (fictional sample)", `${kind}: it is shown when nobody is signed in`);
      await enterAs(page, "org/apnic");
      await open(page, kind);
      assert.notEqual(await field.inputValue(), "Not for others (fictional sample)", `${kind}: another organisation reads it`);
      await field.fill("Of APNIC (fictional sample)");
      await isKept(page, "Of APNIC (fictional sample)");
      const others = JSON.parse(await page.evaluate((name) => localStorage.getItem(name), `liaison.draft.${kind}.org/apnic`));
      assert.notEqual(others.eventId, kept.eventId);
      await enterAs(page, "org/benin-igf");
      await open(page, kind);
      assert.equal(await field.inputValue(), "Not for others (fictional sample)");
      assert.deepEqual(page.complaints, []);
      await page.context().close();
    }
  });

  test("what was begun before anybody signed in is offered, once, and not shown", async () => {
    const page = await openPage(browser);
    await open(page);
    await type(page, "Begun unsigned (fictional sample)");
    await enterAs(page, "org/benin-igf");
    await open(page);
    assert.equal(await title(page).inputValue(), "");
    assert.deepEqual(await violations(page), []);
    await page.getByRole("button", { name: "Go on with it" }).click();
    assert.equal(await title(page).inputValue(), "Begun unsigned (fictional sample)");
    await preview(page);
    await publish(page);
    assert.equal((await titled("Begun unsigned")).length, 1);
    await page.getByRole("button", { name: "Sign out" }).click();
    await open(page);
    assert.equal(await title(page).inputValue(), "");
    await page.context().close();
  });

  test("of two tabs with one draft, each publishes what it says, and neither loses its text", async () => {
    const first = await openPage(browser);
    await signInAs(first, hub.url, "org/benin-igf");
    await open(first);
    await type(first, "Of both tabs (fictional sample)");
    const second = await first.context().newPage();
    await signInAs(second, hub.url, "org/benin-igf");
    await open(second);
    assert.equal(await title(second).inputValue(), "Of both tabs (fictional sample)");
    await type(second, "Of the second tab (fictional sample)");
    await type(first, "Of the first tab (fictional sample)");
    await second.reload();
    await settle(second);
    assert.equal(await title(second).inputValue(), "Of the second tab (fictional sample)", "it was lost when the first tab wrote");
    await preview(first);
    await publish(first);
    await second.reload();
    await settle(second);
    assert.equal(await title(second).inputValue(), "Of the second tab (fictional sample)", "it was lost when the first tab published");
    await preview(second);
    await publish(second);
    assert.equal((await titled("Of the first tab")).length, 1);
    assert.equal((await titled("Of the second tab")).length, 1);
    await first.context().close();
  });

  test("what two tabs show alike is one event", async () => {
    const first = await openPage(browser);
    await signInAs(first, hub.url, "org/benin-igf");
    await open(first);
    await type(first, "The same in both (fictional sample)");
    const second = await first.context().newPage();
    await signInAs(second, hub.url, "org/benin-igf");
    await open(second);
    await preview(second);
    await publish(second);
    await first.waitForFunction(() => document.querySelector("form.compose input").value === "");
    assert.equal((await titled("The same in both")).length, 1);
    await first.context().close();
  });

  test("where the event id was used for something else, it is published as a new event", async () => {
    const eventId = randomUUID();
    await hub.publish({
      event_id: eventId, author: "org/benin-igf", audience: "igf/public", language: "en", cycle: "2027",
      local_report: { title: "Used before (fictional sample)" },
    });
    const page = await openPage(browser);
    await signInAs(page, hub.url, "org/benin-igf");
    await page.evaluate((id) => localStorage.setItem("liaison.draft.report.org/benin-igf", JSON.stringify({ eventId: id, fields: { title: "Said anew (fictional sample)" }, sent: false })), eventId);
    await open(page);
    await send(page);
    await page.getByText("It has arrived as you wrote it before").waitFor();
    assert.deepEqual(await violations(page), []);
    await page.getByRole("button", { name: "Publish it as a new event" }).click();
    await page.locator(".preview h2").waitFor();
    await publish(page);
    assert.equal((await titled("Said anew")).length, 1);
    assert.equal((await titled("Used before")).length, 1);
    await page.context().close();
  });

  test("a browser that keeps nothing writes and publishes all the same", async () => {
    const page = await openPage(browser);
    await page.addInitScript(() => {
      for (const name of ["localStorage", "sessionStorage"]) {
        Object.defineProperty(window, name, {
          get() {
            throw new DOMException("refused", "SecurityError");
          },
        });
      }
    });
    await enterAs(page, "org/benin-igf");
    await page.getByRole("link", { name: "Report", exact: true }).click();
    await title(page).fill("Kept nowhere (fictional sample)");
    await preview(page);
    await publish(page);
    assert.equal((await titled("Kept nowhere")).length, 1);
    assert.deepEqual(page.complaints, []);
    await page.context().close();
  });
});
