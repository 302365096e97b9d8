// On a line of 250 kbit/s and 400 ms, with nothing in the browser's cache: when the first view is there,
// and what a whole report costs.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { openBrowser, openPage, settle, signInAs } from "./support/browser.mjs";
import { preview, publish } from "./support/forms.mjs";
import { Hub } from "./support/hub.mjs";
import { Line } from "./support/line.mjs";

const BITS_PER_S = 250_000;
const LATENCY_MS = 400;
const FIRST_VIEW_MS = 5_000;
const REPORT_BYTES = 150_000;

describe("a slow line", () => {
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

  async function slowPage(options) {
    const page = await openPage(browser, options);
    const devtools = await page.context().newCDPSession(page);
    await devtools.send("Network.enable");
    await devtools.send("Network.emulateNetworkConditions", {
      offline: false, latency: LATENCY_MS, downloadThroughput: BITS_PER_S / 8, uploadThroughput: BITS_PER_S / 8,
    });
    return page;
  }

  async function firstView() {
    const page = await slowPage();
    const [began, before] = [Date.now(), line.bytes];
    await page.goto(`${line.url}/`, { waitUntil: "commit" });
    await page.locator("main h1").waitFor();
    const heading = Date.now() - began;
    await settle(page);
    await page.locator("main .columns h2").first().waitFor();
    const whole = Date.now() - began;
    console.log(`# at ${BITS_PER_S / 1000} kbit/s and ${LATENCY_MS} ms: the heading after ${heading} ms, the first view after ${whole} ms; ${line.bytes - before} bytes`);
    await page.context().close();
    return whole;
  }

  test("shows the first view within five seconds", async () => {
    // What else this machine does meanwhile is not the line's: the best of five counts.
    let best = Infinity;
    for (let i = 0; i < 5 && best > FIRST_VIEW_MS; i++) best = Math.min(best, await firstView());
    assert.ok(best <= FIRST_VIEW_MS, `${best} ms`);
  });

  test("carries a whole report in 150 KB, from the first address to the published page", async () => {
    const page = await slowPage({ viewport: { width: 320, height: 640 }, locale: "fr-FR" });
    await signInAs(page, line.url, "org/benin-igf");
    // What that page asked for has come, and is not counted.
    await settle(page);
    await page.goto("about:blank");
    const devtools = await page.context().newCDPSession(page);
    await devtools.send("Network.clearBrowserCache");
    const before = line.bytes;
    const began = Date.now();
    await page.goto(`${line.url}/?page=report&cycle=2027&lang=fr`);
    await settle(page);
    const opened = Date.now() - began;
    const form = line.bytes - before;
    await page.locator("form.compose input[type=text]").first().fill("FGI Bénin 2027 (exemple fictif)");
    await page.locator("form.compose textarea").first().fill("Deux jours à Cotonou. (exemple fictif) ".repeat(20));
    await page.locator("form.compose textarea").nth(1).fill("Les licences doivent suivre la taille des réseaux. (exemple fictif)");
    await preview(page);
    await publish(page);
    const published = line.bytes - before;
    await page.locator(".done a.button").click();
    await page.getByText("Les licences doivent suivre").first().waitFor();
    await settle(page);
    const all = line.bytes - before;
    console.log(`# a report: the form after ${opened} ms and ${form} bytes, published after ${published} bytes, ${all} with its own page`);
    await page.context().close();
    assert.ok(all <= REPORT_BYTES, `${all} bytes`);
  });
});
