// Chromium, one at a time, and what is asked of every page that it shows.
import { mkdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { chromium } from "playwright-core";
import { PROJECT } from "./hub.mjs";

const require = createRequire(import.meta.url);
const AXE = await readFile(require.resolve("axe-core/axe.min.js"), "utf8");
export const SHOTS = process.env.LIAISON_SHOTS ?? path.join(PROJECT, "build/browser-shots");
await mkdir(SHOTS, { recursive: true });

export const openBrowser = () =>
  chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"],
  });

// A page whose complaints are collected: scripts that fail, and what the policy forbids.
export async function openPage(browser, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: "en-GB", reducedMotion: "reduce", ...options });
  const page = await context.newPage();
  page.complaints = [];
  page.on("pageerror", (error) => page.complaints.push(`error: ${error.message}`));
  page.on("console", (message) => {
    // A line that is cut on purpose is reported by the browser itself.
    if (message.type() === "error" && !/ERR_(CONNECTION|EMPTY|INCOMPLETE|INTERNET|NETWORK)|Failed to load resource/.test(message.text())) {
      page.complaints.push(`console: ${message.text()}`);
    }
  });
  return page;
}

export async function signInAs(page, url, organisation) {
  await page.goto(`${url}/?page=trust`);
  await page.evaluate((as) => sessionStorage.setItem("liaison.as", as), organisation);
}

// Everything has been loaded and nothing is under way, and that stays so: a page that has just come is
// idle for a moment before it asks for what it shows.
export async function settle(page) {
  await page.waitForSelector("main h1");
  await page.waitForFunction(
    () => {
      const idle = !document.querySelector('[aria-busy="true"]') && !document.querySelector(".await > .loading");
      globalThis.idleLooks = idle ? (globalThis.idleLooks ?? 0) + 1 : 0;
      if (globalThis.idleLooks < 4) return false;
      globalThis.idleLooks = 0;
      return true;
    },
    null,
    { timeout: 30_000, polling: 30 },
  );
}

// What was written is kept in the browser, a moment later.
export const isKept = (page, text) =>
  page.waitForFunction((sought) => Object.entries(localStorage).some(([name, kept]) => name.startsWith("liaison.draft.") && kept.includes(sought)), text);

export async function violations(page) {
  await page.evaluate(AXE);
  const found = await page.evaluate(() =>
    globalThis.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"], resultTypes: ["violations"] }),
  );
  return found.violations.map((one) => `${one.id}: ${one.nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(" | ")}`);
}

export const isTooWide = (page) => page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);

export const shoot = (page, name, options = {}) => page.screenshot({ path: path.join(SHOTS, `${name}.png`), ...options });
