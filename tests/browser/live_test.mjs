// What is published is seen within two seconds; when the line goes the page says so, and goes on by
// itself when it is back.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { openBrowser, openPage, settle, shoot } from "./support/browser.mjs";
import { Hub } from "./support/hub.mjs";
import { Line } from "./support/line.mjs";

const LIVE_MS = 2000;

const signal = (title) => ({
  event_id: randomUUID(),
  author: "org/eurodig",
  audience: "igf/public",
  cycle: "2027",
  topics: ["igf-call-2024/25:cyber"],
  language: "en",
  addressees: ["org/igf-mag"],
  topic_signal: { purpose: "PURPOSE_ACTION", standing: "STANDING_ORGANISATION_POSITION", requested_date: "2026-12-24", title },
});

describe("live", () => {
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

  test("a request shows in all tabs within two seconds, over one stream", async () => {
    const page = await openPage(browser);
    await page.goto(`${line.url}/?page=requests`);
    await settle(page);
    const other = await page.context().newPage();
    const streams = [];
    for (const one of [page, other]) one.on("request", (request) => request.url().endsWith("/Subscribe") && streams.push(one));
    await other.goto(`${line.url}/?for=mag&cycle=2027`);
    await settle(other);
    await page.getByText("Live.").waitFor();
    await other.getByText("Live.").waitFor();
    // What else this machine does meanwhile is not the hub's: the best of five counts.
    let best = Infinity;
    for (let i = 0; i < 5 && best > LIVE_MS; i++) {
      const title = `Seen at once, ${i} (fictional sample)`;
      await hub.publish(signal(title));
      const began = Date.now();
      await Promise.all([page, other].map((one) => one.getByText(title).first().waitFor({ timeout: 20_000 })));
      const took = Date.now() - began;
      console.log(`# seen in both tabs after ${took} ms`);
      best = Math.min(best, took);
    }
    assert.ok(best <= LIVE_MS, `${best} ms`);
    assert.deepEqual(streams, [], "the second tab has no stream of its own");
    await page.context().close();
  });

  test("a tab whose leader hangs says so, and gets on without it", async () => {
    const page = await openPage(browser);
    await page.goto(`${line.url}/?page=requests`);
    await settle(page);
    await page.getByText("Live.").waitFor();
    const other = await page.context().newPage();
    await other.goto(`${line.url}/?page=requests&cycle=2027`);
    await settle(other);
    await other.getByText("Live.").waitFor();
    const session = await page.context().newCDPSession(page);
    const hangs = new Promise((resolve) => session.once("Debugger.paused", resolve));
    await session.send("Debugger.enable");
    await session.send("Debugger.pause");
    await hangs;
    // The line goes, and the tab that has it cannot say so.
    line.goDown();
    await other.locator(".fresh.dropped").waitFor({ timeout: 30_000 });
    await hub.publish(signal("Said while it hung (fictional sample)"));
    line.comeBack();
    await other.getByText("Said while it hung (fictional sample)").first().waitFor({ timeout: 30_000 });
    await other.locator(".fresh.live").waitFor();
    // It comes back to itself, and hears from the other one.
    await session.send("Debugger.disable");
    await page.locator(".fresh.live").waitFor({ timeout: 30_000 });
    await hub.publish(signal("Said when it was back (fictional sample)"));
    await Promise.all([page, other].map((one) => one.getByText("Said when it was back (fictional sample)").first().waitFor({ timeout: 30_000 })));
    const { held } = await other.evaluate(() => navigator.locks.query());
    assert.equal(held.length, 1, "one tab leads");
    await page.context().close();
  });

  // Each event asked again, and gave up what was being asked.
  test("a log that does not rest is shown over a slow line, too", async () => {
    const page = await openPage(browser);
    const SLOW_MS = 2500;
    await page.route("**/igf.liaison.v1.LiaisonService/ListRequests", async (route) => {
      await new Promise((resolve) => setTimeout(resolve, SLOW_MS));
      await route.continue().catch(() => {});
    });
    let rests = false;
    const restless = (async () => {
      for (let i = 0; !rests; ++i) await hub.publish(signal(`Fictional sample, one of many, ${i}`));
    })();
    try {
      await page.goto(`${line.url}/?page=requests`);
      await page.locator("table").first().waitFor({ timeout: 12 * SLOW_MS });
      await page.getByText("one of many").first().waitFor({ timeout: 12 * SLOW_MS });
    } finally {
      rests = true;
      await restless;
    }
    await page.context().close();
  });

  test("a dropped line is said, and what was missed comes when it is back", async () => {
    const page = await openPage(browser);
    await page.goto(`${line.url}/?page=requests`);
    await settle(page);
    await page.getByText("Live.").waitFor();
    line.goDown();
    await page.locator(".fresh.dropped").waitFor({ timeout: 20_000 });
    await shoot(page, "line-down");
    await hub.publish(signal("Said meanwhile (fictional sample)"));
    assert.equal(await page.getByText("Said meanwhile (fictional sample)").count(), 0);
    assert.ok((await page.locator("table").count()) > 0, "what was there stays");
    line.comeBack();
    await page.getByText("Said meanwhile (fictional sample)").waitFor({ timeout: 30_000 });
    await page.locator(".fresh.live").waitFor();
    assert.deepEqual(page.complaints, []);
    await page.context().close();
  });
});
