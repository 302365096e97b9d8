// Trust: what is signed is checked in the browser, for an event of each kind, and a hub that shows
// something else than it signed is caught.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { violations, openBrowser, openPage, settle, shoot } from "./support/browser.mjs";
import { Hub } from "./support/hub.mjs";

const PARTNER = "org/fictional-igf";
const signal = (author, title) => ({
  author, audience: "igf/public", cycle: "2025", topics: ["unspecified"], language: "en",
  topic_signal: { purpose: "PURPOSE_INFORMATION", title, text: "Fictional." },
});

describe("trust", () => {
  let browser, hub, attested, signed;
  before(async () => {
    [browser, hub] = await Promise.all([openBrowser(), new Hub().start({ secure: true })]);
    await hub.register(PARTNER, "NRI_NATIONAL");
    const partner = await hub.join(PARTNER);
    const publish = async (as, draft, ...words) => {
      const file = path.join(hub.folder, "draft.json");
      await writeFile(file, JSON.stringify(draft));
      return JSON.parse(await as("publish", ...words, file)).sequence;
    };
    const secretariat = (...words) => hub.administer(...words);
    attested = await publish(secretariat, signal("org/igf-secretariat", "A fictional signal, attested"));
    signed = await publish(partner, signal(PARTNER, "A fictional signal, signed"), "--sign");
    for (let i = 0; i < 5; ++i) await publish(secretariat, signal("org/igf-secretariat", `A fictional signal, number ${i}`));
  });
  after(async () => {
    await browser?.close();
    await hub?.stop();
  });

  const check = async (page, sequence) => {
    await page.goto(`${hub.url}/?page=trust&event=${sequence}`);
    await settle(page);
    const steps = page.locator("section[aria-labelledby=check] .verdicts li");
    await steps.last().waitFor();
    return steps.evaluateAll((items) => items.map((one) => one.dataset.result));
  };

  test("an event is checked from its words to the record's key", async () => {
    const page = await openPage(browser, { ignoreHTTPSErrors: true });
    await page.goto(`${hub.url}/?page=event&event=${attested}`);
    await page.getByRole("link", { name: "Check this record" }).click();
    const found = page.locator("section[aria-labelledby=check]");
    await found.getByText("Everything that can be checked here is right").waitFor();
    await found.getByText("The hub vouches for the author").waitFor();
    const asked = [];
    page.on("request", (request) => asked.push(request.url().split("/").pop()));
    assert.ok(!(await check(page, attested)).includes("bad"));
    assert.equal(asked.filter((one) => one === "GetCheckpoint").length, 1, "what is signed is asked for once");
    assert.deepEqual(await violations(page), []);
    await shoot(page, "trust-attested");
    await check(page, signed);
    await found.getByText("It is signed by the author, with a key that was in the registry").waitFor();
    await found.getByText("the record only grew", { exact: false }).or(found.getByText("The record only grew")).first().waitFor();
    await shoot(page, "trust-signed");
    assert.deepEqual(page.complaints, []);
    await page.context().close();
  });

  test("the proof is a file that the command line and the other verifier read", async () => {
    const page = await openPage(browser, { ignoreHTTPSErrors: true });
    await check(page, signed);
    await page.locator("details summary", { hasText: "The proof" }).click();
    const proof = await page.locator("section[aria-labelledby=check] pre").textContent();
    assert.equal(proof, await hub.administer("proof", String(signed)));
    await page.context().close();
  });

  // A bit of one byte of an answer of this method is another one.
  const tamper = (page, method, at) =>
    page.route(`**/igf.liaison.v1.${method}`, async (route) => {
      const response = await route.fetch();
      const body = await response.body();
      body[at(body)] ^= 1;
      await route.fulfill({ response, body });
    });

  test("what is not what the hub signed is caught", async () => {
    const inside = (words) => (body) => body.indexOf(words);
    const cases = [
      ["TransparencyService/GetInclusionProof", () => 5 + 2, "does not stand in what is signed"],
      ["EventService/GetEvent", inside("Fictional."), "not those that the author signed for"],
      ["EventService/GetEvent", inside("igf/public"), "not what stands there"],
      ["TransparencyService/ListRegistryEntries", inside(PARTNER), "not one that the author had"],
    ];
    for (const [method, at, words] of cases) {
      const page = await openPage(browser, { ignoreHTTPSErrors: true });
      await tamper(page, method, at);
      assert.ok((await check(page, signed)).includes("bad"), `${method}: ${words}`);
      await page.locator("section[aria-labelledby=check]").getByText(words).waitFor();
      await page.locator("section[aria-labelledby=check] .notice.bad").waitFor();
      if (words.includes("words")) await shoot(page, "trust-wrong");
      await page.context().close();
    }
  });

  test("a history that is not the one this browser saw is caught, and both texts are kept", async () => {
    const page = await openPage(browser, { ignoreHTTPSErrors: true });
    await check(page, signed);
    const [name, note] = await page.evaluate(() => Object.entries(localStorage).find(([key]) => key.startsWith("liaison.checkpoint")));
    // What a hub with another history had signed: the same size, another root.
    const other = note.replace(/^(.*\n\d+\n)(.)/, (_, before, first) => before + (first === "A" ? "B" : "A"));
    assert.notEqual(other, note);
    await page.evaluate(([key, value]) => localStorage.setItem(key, value), [name, other]);
    await page.reload();
    await page.getByText("not the one that this browser saw before").first().waitFor();
    await shoot(page, "trust-contradicted");
    await page.reload();
    await page.getByText("not the one that this browser saw before").first().waitFor();
    assert.equal(await page.evaluate((key) => localStorage.getItem(key), name), other, "the evidence stays");
    assert.deepEqual(await violations(page), []);
    await page.context().close();
  });
});
