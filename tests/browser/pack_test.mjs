// The meeting pack as it comes out of the printer: one A4 sheet for each topic, the dashboard's and the
// one that the command line makes; tagged, so that it can be listened to, and legible in grey.
import assert from "node:assert/strict";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import { openBrowser, openPage, settle } from "./support/browser.mjs";
import { Hub } from "./support/hub.mjs";

const A4 = { width: 595, height: 842 }; // points
const MM_OFF = 3;

// By Chromium itself, as its own dialog would: its sheets, and how large they are.
async function print(page) {
  const devtools = await page.context().newCDPSession(page);
  const { data } = await devtools.send("Page.printToPDF", { preferCSSPageSize: true, printBackground: false, generateTaggedPDF: true });
  const pdf = Buffer.from(data, "base64").toString("latin1");
  const boxes = [...pdf.matchAll(/\/MediaBox\s*\[\s*0\s+0\s+([\d.]+)\s+([\d.]+)\s*\]/g)].map(([, width, height]) => ({ width: Number(width), height: Number(height) }));
  return { sheets: (pdf.match(/\/Type\s*\/Page\b(?!s)/g) ?? []).length, boxes, isTagged: /\/StructTreeRoot/.test(pdf) && /\/Marked\s+true/.test(pdf) };
}

// What a grey printer would make hard to read. Backgrounds are not printed, so all text stands on
// paper; contrast is of luminance, which grey keeps (WCAG 2.2, 1.4.3).
async function faint(page) {
  await page.emulateMedia({ media: "print" });
  const found = await page.evaluate(() => {
    const linear = (part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
    const contrastToPaper = (colour) => {
      const [red, green, blue, alpha = 1] = colour.match(/[\d.]+/g).map(Number);
      const on = (part) => linear((part / 255) * alpha + (1 - alpha));
      return 1.05 / (0.2126 * on(red) + 0.7152 * on(green) + 0.0722 * on(blue) + 0.05);
    };
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const wrong = [];
    let looked = 0;
    while (texts.nextNode()) {
      const { parentElement: element, data } = texts.currentNode;
      if (!data.trim() || element.closest("script, style, .hidden") || element.getClientRects().length === 0) continue;
      const { color, fontSize, opacity } = getComputedStyle(element);
      ++looked;
      if (contrastToPaper(color) < 4.5 || parseFloat(fontSize) < 8 || opacity !== "1") wrong.push(`${color} ${fontSize} ${opacity}: ${data.trim().slice(0, 40)}`);
    }
    return { wrong: wrong.slice(0, 10), looked };
  });
  assert.ok(found.looked > 100, `${found.looked} texts`);
  return found.wrong;
}

function isOneSheetEach(printed, topics) {
  assert.ok(topics > 5, `${topics} topics`);
  assert.equal(printed.sheets, topics + 1, "one cover, and one for each topic");
  assert.ok(printed.boxes.length > 0, "sheets have a size");
  for (const box of printed.boxes) {
    assert.ok(Math.abs(box.width - A4.width) < MM_OFF && Math.abs(box.height - A4.height) < MM_OFF, JSON.stringify(box));
  }
  assert.ok(printed.isTagged, "tagged");
}

describe("the meeting pack", () => {
  let browser, hub;
  before(async () => {
    [browser, hub] = await Promise.all([openBrowser(), new Hub().start({ walk: true })]);
  });
  after(async () => {
    await browser?.close();
    await hub?.stop();
  });

  for (const language of ["en", "fr", "ar"]) {
    test(`of the dashboard has one A4 sheet for each topic (${language})`, async () => {
      const page = await openPage(browser);
      await page.goto(`${hub.url}/?page=pack&topics=10&cycle=2027&lang=${language}`);
      await settle(page);
      const printed = await print(page);
      const topics = await page.locator(".sheet").count();
      console.log(`# the dashboard's pack (${language}): ${topics} topics, ${printed.sheets} sheets`);
      isOneSheetEach(printed, topics);
      assert.deepEqual(await faint(page), []);
      await page.context().close();
    });
  }

  test("of the command line has one A4 sheet for each topic", async () => {
    const file = path.join(hub.folder, "pack.html");
    await hub.cli("org/igf-mag", "pack", "--cycle", "2027", "--file", file);
    const page = await openPage(browser);
    await page.goto(pathToFileURL(file).href);
    const printed = await print(page);
    const topics = await page.locator("section.topic").count();
    console.log(`# the command line's pack: ${topics} topics, ${printed.sheets} sheets`);
    isOneSheetEach(printed, topics);
    assert.deepEqual(await faint(page), []);
    assert.deepEqual(page.complaints, []);
    await page.context().close();
  });
});
