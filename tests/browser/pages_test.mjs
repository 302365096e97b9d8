// Every page, with nothing in the hub and with the sample data and the roadmap walk: nobody is locked
// out, nothing runs off a narrow screen, nothing is said in the record's own words.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { isTooWide, openBrowser, openPage, settle, shoot, signInAs, violations } from "./support/browser.mjs";
import { hubAnswers } from "./support/contract.mjs";
import { Hub } from "./support/hub.mjs";

const PAGES = {
  now: "?for=mag",
  radar: "?page=radar",
  radar_number: "?page=radar&topic=igf-call-2024/25:access&part=regions&w=organisations:3,regions:2",
  gaps: "?page=radar&view=gaps",
  links: "?page=radar&view=links",
  heard: "?page=radar&view=heard&column=african",
  decisions: "?page=decisions",
  requests: "?page=requests",
  prioritise: "?page=prioritise",
  report: "?page=report",
  partners: "?page=partners",
  organisation: "?page=partners&organisation=org/benin-igf",
  regions: "?page=partners&view=regions",
  calendar: "?page=partners&view=calendar",
  pack: "?page=pack&topics=3",
  trust: "?page=trust",
  report_page: "?page=event&event=1780",
  decision: "?page=event&event=1785",
  propose: "?page=propose",
  move: "?page=propose&event=1785",
  signal: "?page=signal",
  triage: "?page=triage",
  group: "?page=triage&view=group",
  carry: "?page=carry",
  support: "?page=support",
  signin: "?page=signin",
};
const OTHER_WORDS = {
  fr: /feuille|curseur|empreinte/i,
  es: /\bhojas?\b|huella|\bcursor/i,
  ru: /(?<!\p{L})лист(?!\p{L})|курсор|отпечат/iu,
  ar: /ورقة|بصمة|المؤشر/,
  zh: /叶|游标|摘要/,
};
const OWN_WORDS = /\b(leaf|leaves|cursors?|digests?)\b/i;

async function visit(page, hub, name, more) {
  await page.goto(`${hub.url}/${PAGES[name]}&${more}`);
  await settle(page).catch((error) => assert.fail(`${name}: ${error.message.split("\n")[0]}`));
  const found = [...(await violations(page)), ...page.complaints.splice(0)];
  if (await isTooWide(page)) found.push("runs off the screen");
  for (const english of await page.locator("main .by-hub").allInnerTexts()) found.push(`says in English \`${english}\``);
  if (name !== "trust") {
    const said = (await page.innerText("body")).match(OWN_WORDS);
    if (said) found.push(`says \`${said[0]}\``);
  }
  return found.map((one) => `${name}: ${one}`);
}

describe("pages", () => {
  let browser, full, empty;
  before(async () => {
    [browser, full, empty] = await Promise.all([openBrowser(), new Hub().start({ walk: true }), new Hub().start()]);
  });
  after(async () => {
    await browser?.close();
    await full?.stop();
    await empty?.stop();
  });

  test("are for everybody, with nothing in the hub", async () => {
    const page = await openPage(browser);
    await signInAs(page, empty.url, "org/igf-secretariat");
    const found = [];
    for (const name of Object.keys(PAGES)) {
      found.push(...(await visit(page, empty, name, "")));
      await shoot(page, `empty-${name}`);
    }
    await page.context().close();
    assert.deepEqual(found, []);
  });

  test("are for everybody, with the sample data and the walk", async () => {
    const page = await openPage(browser);
    await signInAs(page, full.url, "org/igf-mag/seat-3");
    const found = [];
    for (const name of Object.keys(PAGES)) {
      found.push(...(await visit(page, full, name, name === "heard" ? "cycle=2025" : "cycle=2027")));
      await shoot(page, `full-${name}`, { fullPage: true });
    }
    await page.context().close();
    assert.deepEqual(found, []);
  });

  test("are no others than they are: a wrong name is Now, a wrong language English", async () => {
    const page = await openPage(browser);
    for (const name of ["toString", "__proto__", "constructor", "nowhere"]) {
      for (const address of [`?page=${name}`, `?lang=${name}`]) {
        await page.goto(`${full.url}/${address}`);
        await settle(page);
        await page.locator("main.page-now .lead").waitFor({ timeout: 10_000 }).catch(() => assert.fail(`${address}: ${page.complaints}`));
        assert.equal(await page.locator("main h1").innerText(), "Now");
        assert.deepEqual(page.complaints.splice(0), []);
      }
    }
    await page.context().close();
  });

  // Anybody can write anything into an address, and what is sent on gets cut short.
  test("make of an odd address what can be made of it", async () => {
    const ODD = [
      "?page=event&event=99999999999999999999999999", "?page=event&event=-1", "?page=event&event=", "?page=event&id=zz", "?page=event&id=abcd",
      "?page=requests&state=abc", "?page=requests&state=99", "?page=requests&state=1e3", "?page=pack&topics=2.5", "?page=pack&topics=-3", "?page=pack&topics=x",
      "?page=partners&kind=999999999999", "?page=partners&region=-1", "?page=radar&topic=nothing&part=nothing", "?page=radar&w=organisations:NaN,regions:-1",
      "?page=radar&view=nothing", "?page=prioritise&w=relevance:x", "?page=trust&event=abc", "?cycle=nowhere", "?page=radar&cycle=nowhere", "?page=decisions&cycle=%00",
      "?for=nobody", "?page=partners&organisation=org/nobody", "?page=triage&input=x&event=y", "?page=propose&event=0",
    ];
    const page = await openPage(browser);
    await signInAs(page, full.url, "org/igf-mag/seat-3");
    const found = [];
    for (const address of ODD) {
      await page.goto(`${full.url}/${address}`);
      await settle(page);
      for (const bad of await page.locator("main .notice.bad").allInnerTexts()) found.push(`${address}: ${bad}`);
      found.push(...page.complaints.splice(0).map((one) => `${address}: ${one}`));
    }
    await page.context().close();
    assert.deepEqual(found, []);
  });

  test("fit 320 pixels, in Arabic from right to left", async () => {
    const page = await openPage(browser, { viewport: { width: 320, height: 640 } });
    await signInAs(page, full.url, "org/igf-mag/seat-3");
    const found = [];
    for (const name of Object.keys(PAGES)) {
      found.push(...(await visit(page, full, name, `cycle=${name === "heard" ? 2025 : 2027}&lang=ar`)));
      assert.equal(await page.getAttribute("html", "dir"), "rtl");
      assert.equal(await page.getAttribute("html", "lang"), "ar");
      await shoot(page, `arabic-320-${name}`);
    }
    await page.context().close();
    assert.deepEqual(found, []);
  });

  // Why something stands there, why it does not fit, who is silent, who could.
  test("say what the hub says in every language", async () => {
    const page = await openPage(browser);
    await signInAs(page, full.url, "org/igf-mag/seat-3");
    const found = [];
    for (const language of Object.keys(OTHER_WORDS)) {
      for (const name of ["now", "radar_number", "gaps", "links", "heard", "prioritise", "pack"]) {
        await page.goto(`${full.url}/${PAGES[name]}&cycle=${["links", "heard"].includes(name) ? 2025 : 2027}&lang=${language}`);
        await settle(page);
        for (const english of await page.locator("main .by-hub").allInnerTexts()) found.push(`${language}, ${name}: ${english}`);
        await shoot(page, `${language}-${name}`, { fullPage: true });
      }
    }
    await page.goto(`${full.url}/?for=mag&cycle=2027&lang=fr`);
    await settle(page);
    assert.match(await page.locator(".why").first().innerText(), /Elle est|Personne n’a encore dit|Vous ne l’avez pas|le demande à/);
    await page.context().close();
    assert.deepEqual(found, []);
  });

  // Whoever has a page read to them hears English as English.
  test("mark as English what has no words yet, and what never has any", async () => {
    const page = await openPage(browser);
    await signInAs(page, full.url, "org/igf-mag/seat-3");
    let release;
    const held = new Promise((resolve) => (release = resolve));
    await page.route("**/assets/part-*.js", async (route) => {
      const response = await route.fetch();
      if ((await response.text()).includes("Personne n’a encore dit")) await held;
      await route.fulfill({ response }).catch(() => {});
    });
    await page.goto(`${full.url}/?for=mag&cycle=2027&lang=fr`);
    const waiting = page.locator(".why [aria-busy=true]");
    await waiting.first().waitFor();
    assert.equal(await waiting.count(), await waiting.locator("bdi[lang=en][dir=ltr]").count());
    release();
    await settle(page);
    assert.equal(await page.locator("main .by-hub").count(), 0);

    await page.goto(`${full.url}/?page=signal&cycle=2027&lang=fr`);
    await settle(page);
    await page.locator("form.compose input[type=text]").first().fill("Un exemple fictif");
    await page.locator("form.compose input[list=organisations]").fill("nobody that could be");
    await page.locator("form.compose button.primary").click();
    const wrong = page.locator("form.compose .notice.bad");
    await wrong.locator("li").first().waitFor();
    assert.match(await wrong.innerText(), /Quelque chose n’est pas comme il le faut/);
    assert.equal(await wrong.locator("li").count(), await wrong.locator("li bdi[lang=en][dir=ltr]").count());
    await page.context().close();
  });

  test("say of a hub that takes nothing why, in the reader's language", async () => {
    const page = await openPage(browser);
    const refusal = "the hub's clock has jumped by 2h";
    await page.route("**/igf.liaison.v1.DirectoryService/GetHub", (route) =>
      route.fulfill(hubAnswers("GetHubResponse", { hub: "igf", caller: "", acceptsWrites: false, refusal, refusalReason: "CLOCK_JUMPED" })),
    );
    await page.goto(`${full.url}/?page=trust&lang=fr`);
    await settle(page);
    await page.getByText("Le nœud ne reçoit rien de nouveau pour le moment.").waitFor();
    assert.equal(await page.locator("main bdi[lang=en]").innerText(), refusal);
    await page.context().close();
  });

  // A hub that federates has the same page: nothing on it may say that there is no other.
  test("say how what came from another hub is told apart", async () => {
    const page = await openPage(browser);
    const said = new Set();
    for (const language of ["en", ...Object.keys(OTHER_WORDS)]) {
      await page.goto(`${full.url}/?page=trust&lang=${language}`);
      await settle(page);
      said.add(await page.locator("section[aria-labelledby=peers]").innerText());
    }
    assert.equal(said.size, 6);
    const english = [...said][0];
    assert.match(english, /came from another hub names that hub/);
    assert.doesNotMatch(english, /exchanges|no other/);
    await page.context().close();
  });

  // Where nobody has written anything, all that is said is said by the dashboard.
  test("say nothing in the record's own words, in the other languages at 320 pixels", async () => {
    const page = await openPage(browser, { viewport: { width: 320, height: 640 } });
    await signInAs(page, empty.url, "org/igf-secretariat");
    const found = [];
    for (const [language, own] of Object.entries(OTHER_WORDS)) {
      await page.goto(`${empty.url}/?page=trust&lang=${language}`);
      await settle(page);
      assert.match(await page.innerText("main"), own, `${language}: Trust does not say what they mean`);
      for (const name of Object.keys(PAGES).filter((one) => one !== "trust")) {
        await page.goto(`${empty.url}/${PAGES[name]}&lang=${language}`);
        await settle(page);
        const said = (await page.innerText("body")).match(own);
        if (said) found.push(`${language}, ${name}: says \`${said[0]}\``);
        if (await isTooWide(page)) found.push(`${language}, ${name}: runs off the screen`);
      }
      await shoot(page, `${language}-320`);
    }
    await page.context().close();
    assert.deepEqual(found, []);
  });

  test("are found again by their address alone", async () => {
    const page = await openPage(browser);
    await page.goto(`${full.url}/?page=radar&cycle=2027`);
    await settle(page);
    await page.click("table a >> text=/^Rights/");
    await page.getByText("Change the weights").click();
    await page.locator('.weights input[type="range"]').nth(1).focus();
    await page.keyboard.press("Home");
    await page.waitForURL(/w=/);
    const address = page.url();
    const shown = await page.locator("#behind").innerText();
    await page.goto("about:blank");
    await page.goto(address);
    await settle(page);
    assert.equal(await page.locator("#behind").innerText(), shown);
    assert.match(address, /topic=.*rights/);
    assert.equal(await page.locator('.weights input[type="range"]').nth(1).inputValue(), "0");
    await page.context().close();
  });
});
