// From the link of an invitation to a published report, by somebody who has a browser and nothing else:
// in the dashboard, and in a page without JavaScript.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { isTooWide, openBrowser, openPage, settle, shoot, violations } from "./support/browser.mjs";
import { preview, publish } from "./support/forms.mjs";
import { Hub } from "./support/hub.mjs";

const PHONE = { viewport: { width: 320, height: 640 }, locale: "fr-FR", ignoreHTTPSErrors: true };

describe("an invitation", () => {
  let browser, hub;
  before(async () => {
    [browser, hub] = await Promise.all([openBrowser(), new Hub().start({ secure: true })]);
    await hub.register("org/fictional-igf", "NRI_NATIONAL");
    await hub.register("org/fictional-igf-2", "NRI_NATIONAL");
  });
  after(async () => {
    await browser?.close();
    await hub?.stop();
  });

  // In French at 320 pixels, as far as the page that says who one is.
  async function comeIn(organisation, options) {
    const page = await openPage(browser, { ...PHONE, ...options });
    await page.goto(await hub.invite(organisation));
    await page.getByRole("heading", { name: "Vous êtes invité" }).waitFor();
    await page.getByRole("button", { name: "Entrer" }).click();
    await page.getByRole("heading", { name: "Vous êtes connecté" }).waitFor();
    return page;
  }

  const fits = async (page, name) => {
    await shoot(page, name, { fullPage: true });
    assert.equal(await isTooWide(page), false, name);
  };

  test("leads to a published report in French at 320 pixels, and out again", async () => {
    const page = await comeIn("org/fictional-igf");
    await fits(page, "invitation-fr-320-me");
    await page.getByRole("link", { name: "Écrire un rapport", exact: true }).click();
    await settle(page);
    await page.getByText("Vous écrivez au nom de").or(page.locator("form.compose")).first().waitFor();
    await page.locator("form.compose input[type=text]").first().fill("FGI fictif 2027 (exemple fictif)");
    await page.locator("form.compose textarea").first().fill("Deux jours de débats. (exemple fictif)");
    assert.deepEqual(await violations(page), []);
    await preview(page);
    await fits(page, "invitation-fr-320-preview");
    await publish(page);
    await page.locator(".done a.button").click();
    await page.getByText("Deux jours de débats. (exemple fictif)").waitFor();
    await page.getByText("Par le nœud, pour l'expéditeur").waitFor();
    await fits(page, "invitation-fr-320-report");
    // No script of any page sees what keeps the browser signed in.
    assert.equal(await page.evaluate(() => document.cookie + JSON.stringify(sessionStorage)), "{}");

    await page.getByRole("button", { name: "Se déconnecter" }).click();
    await page.getByRole("link", { name: "Se connecter" }).first().waitFor();
    assert.equal((await page.goto(`${hub.url}/me`)).status(), 401);
    assert.deepEqual(page.complaints, []);
    await page.context().close();
  });

  test("leads to a published report without JavaScript, with a preview before it", async () => {
    const page = await comeIn("org/fictional-igf-2", { javaScriptEnabled: false });
    await page.getByRole("link", { name: "Écrire un rapport dans une page sans JavaScript" }).click();
    await page.getByRole("heading", { name: "Rapport" }).waitFor();
    await fits(page, "plain-fr-320-form");
    const evil = `Du débat <b onclick="alert(1)">"vif"</b> & franc (exemple fictif)`;
    await page.getByLabel(/^Nom de la réunion/).fill("FGI sans script (exemple fictif)");
    await page.getByLabel("Premier jour").fill("2026-10-01");
    await page.getByLabel("Dernier jour").fill("2026-09-01");
    await page.getByLabel("Comment on s'est réuni").selectOption({ label: "Sur place" });
    await page.getByLabel("Ce qui s'est passé, en quelques phrases").fill(`${evil}\nSeconde ligne`);
    await page.getByLabel("Message 1").fill("Une phrase. (exemple fictif)");
    await page.getByRole("button", { name: "Aperçu" }).click();
    // What the hub refuses is said, and nothing that was written is lost.
    await page.getByRole("alert").getByText(/^Dernier jour/).waitFor();
    assert.equal(await page.getByLabel("Ce qui s'est passé, en quelques phrases").inputValue(), `${evil}\nSeconde ligne`);
    await fits(page, "plain-fr-320-refused");
    await page.getByLabel("Dernier jour").fill("2026-10-02");
    await page.getByRole("button", { name: "Aperçu" }).click();
    await page.getByRole("heading", { name: "Aperçu" }).waitFor();
    await page.getByText(evil).waitFor();
    assert.equal(await page.locator("b").count(), 0);
    await fits(page, "plain-fr-320-preview");
    await page.getByRole("button", { name: "Revenir" }).or(page.locator('button[value="edit"]')).first().click();
    assert.equal(await page.getByLabel("Message 1").inputValue(), "Une phrase. (exemple fictif)");
    await page.getByRole("button", { name: "Aperçu" }).click();
    await page.locator('button[value="publish"]').click();
    await page.waitForURL(/\/public\/events\/\d+$/);
    await page.getByText(evil).waitFor();
    assert.equal(await page.locator("b").count(), 0);
    await fits(page, "plain-fr-320-published");
    await page.context().close();
  });

  const reports = async () => JSON.parse(`[${(await hub.administer("list", "--filter", "type = local-report", "--output", "json")).trim().split("\n").filter(Boolean).join(",")}]`).length;

  test("lets nobody write in its name: a form from elsewhere, of another session, or made up", async () => {
    const [mine, other] = [await comeIn("org/fictional-igf"), await comeIn("org/fictional-igf-2")];
    const begun = await reports();
    const formOf = async (page) => {
      await page.goto(`${hub.url}/report?lang=fr`);
      return Object.fromEntries(await page.locator("input[type=hidden]").evaluateAll((all) => all.map((one) => [one.name, one.value])));
    };
    const [own, theirs] = [await formOf(mine), await formOf(other)];
    const post = (form, headers = {}) =>
      mine.request.post(`${hub.url}/report`, { form: { title: "Forged (fictional sample)", step: "publish", ...form }, headers, maxRedirects: 0 });
    const refused = [
      [own, { "Sec-Fetch-Site": "cross-site" }],
      [own, { Origin: "https://elsewhere.example" }],
      [theirs, {}],
      [{ ...own, proof: "" }, {}],
      [{ ...own, proof: own.proof.replace(/^./, (one) => (one === "0" ? "1" : "0")) }, {}],
      [{ ...own, event_id: theirs.event_id }, {}],
      [{}, {}],
    ];
    for (const [form, headers] of refused) assert.equal((await post(form, headers)).status(), 403, JSON.stringify(headers));
    assert.equal(await reports(), begun);
    // The very same form, as it was given out, is one report however often it is sent.
    const [first, second] = [await post(own), await post(own)];
    assert.deepEqual([first.status(), second.status()], [303, 303]);
    assert.equal(first.headers().location, second.headers().location);
    assert.equal(await reports(), begun + 1);
    // Nobody is in without a session.
    const stranger = await openPage(browser, PHONE);
    assert.equal((await stranger.goto(`${hub.url}/report`)).status(), 401);
    for (const page of [mine, other, stranger]) await page.context().close();
  });
});
