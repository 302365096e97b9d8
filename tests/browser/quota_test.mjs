// Whoever has had their share of the hub is told so, waits as long as the hub says, and goes on by
// themselves.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { openBrowser, openPage, settle, shoot, signInAs, violations } from "./support/browser.mjs";
import { shareIsUsed } from "./support/contract.mjs";
import { Hub } from "./support/hub.mjs";

// What the hub says of a stream too many, kStreamQuotaWait.
const STREAM_WAIT_MS = 10_000;
const FICTIONAL = "(fictional sample)";

describe("a share of the hub", () => {
  let browser;
  before(async () => void (browser = await openBrowser()));
  after(async () => void (await browser?.close()));

  async function onHub(options, use) {
    const hub = new Hub();
    try {
      await hub.start(options);
      await use(hub);
    } finally {
      await hub.stop();
    }
  }

  test("a stream too many is asked for again when the hub says so, and not before", () =>
    onHub({ secure: true, flags: ["--address-streams", "1"] }, async (hub) => {
      const first = await openPage(browser, { ignoreHTTPSErrors: true });
      await first.goto(`${hub.url}/?page=partners&who=all`);
      await first.locator(".fresh.live").waitFor();
      const page = await openPage(browser, { ignoreHTTPSErrors: true });
      const asked = [];
      page.on("request", (request) => request.url().endsWith("/Subscribe") && asked.push(request));
      await page.goto(`${hub.url}/?page=partners&who=all`);
      await page.locator(".fresh.refused").waitFor();
      await page.locator(".fresh").getByText(/Not live.* as of \d\d:\d\d/).waitFor();
      assert.equal(await page.getByText("The line is down").count(), 0, "it is not");
      // There is room before it asks again, however long what else is looked at takes.
      await first.context().close();
      await hub.register("org/fictional-partner", "TECHNICAL_COMMUNITY");
      await page.evaluate(() => window.dispatchEvent(new Event("online")));
      await settle(page);
      assert.deepEqual(await violations(page), []);
      await shoot(page, "stream-refused");
      await page.locator(".fresh.live").waitFor({ timeout: 3 * STREAM_WAIT_MS });
      // By the browser's clock: what a test hears of it, it hears later.
      const times = asked.map((one) => one.timing().startTime);
      const waited = times[1] - times[0];
      assert.equal(asked.length, 2, `${times.map((one) => one - times[0])} ms`);
      assert.ok(waited >= STREAM_WAIT_MS && waited < 4 * STREAM_WAIT_MS, `${waited} ms`);
      // What came meanwhile.
      await page.getByText("A fictional organisation").waitFor();
      assert.deepEqual(page.complaints, []);
      await page.context().close();
    }));

  test("a page that asks too much at once says so, and fills by itself", () =>
    onHub({ identities: true, flags: ["--address-calls-per-s", "1"] }, async (hub) => {
      const page = await openPage(browser);
      await page.goto(`${hub.url}/?page=trust`);
      await page.getByText("It goes on by itself in a moment.").first().waitFor();
      assert.deepEqual(await violations(page), []);
      await shoot(page, "share-used");
      await page.locator("#check").waitFor({ timeout: 60_000 });
      await page.locator(".fresh.live").waitFor({ timeout: 60_000 });
      await page.waitForFunction(() => !document.querySelector("main .notice"), null, { timeout: 60_000 });
      assert.equal(await page.getByRole("button", { name: "Try again" }).count(), 0);
      await page.context().close();
    }));

  test("what somebody writes is looked at, and sent, when it is their turn", () =>
    onHub({ sample: true }, async (hub) => {
      const page = await openPage(browser);
      await signInAs(page, hub.url, "org/eurodig");
      const WAIT_MS = 4000; // as long as what the page says meanwhile can be seen
      const asked = [];
      // Every other time.
      await page.route("**/igf.liaison.v1.PublishService/Publish", async (route) => {
        asked.push(Date.now());
        await (asked.length % 2 ? route.fulfill(shareIsUsed(WAIT_MS)) : route.continue());
      });
      await page.goto(`${hub.url}/?page=signal&cycle=2027`);
      await settle(page);
      const title = `Sent in its turn ${randomUUID()} ${FICTIONAL}`;
      await page.getByLabel(/^Title/).fill(title);
      await page.locator("form.compose button.primary").click();
      await page.locator("form.compose").getByText("It goes on by itself in a moment.").waitFor();
      await page.locator(".preview h2").waitFor();
      await page.locator(".preview button.primary").click();
      await page.locator(".preview").getByText("The hub has no room just now.").waitFor();
      await page.locator(".done h2").waitFor({ timeout: 60_000 });
      assert.equal(asked.length, 4);
      for (const i of [0, 2]) assert.ok(asked[i + 1] - asked[i] >= WAIT_MS, `${asked[i + 1] - asked[i]} ms`);
      assert.equal((await hub.events("type = topic-signal AND author = org/eurodig")).filter((one) => JSON.stringify(one).includes(title)).length, 1);
      assert.deepEqual(page.complaints, []);
      await page.context().close();
    }));
});
