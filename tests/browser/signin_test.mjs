// Coming in with a token: it stays in its tab, is nowhere in the address, and a wrong one is forgotten.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { openBrowser, openPage, settle, shoot } from "./support/browser.mjs";
import { Hub } from "./support/hub.mjs";

describe("signing in", () => {
  let browser, hub;
  before(async () => {
    [browser, hub] = await Promise.all([openBrowser(), new Hub().start({ identities: true })]);
  });
  after(async () => {
    await browser?.close();
    await hub?.stop();
  });

  const enter = async (page, token) => {
    await page.goto(`${hub.url}/?page=signin`);
    await settle(page);
    await page.getByLabel(/^Token/).fill(token);
    await page.locator("form.compose button.primary").click();
  };

  test("a token comes in, for this tab alone, until one leaves", async () => {
    const page = await openPage(browser);
    const addresses = [];
    page.on("request", (request) => addresses.push(request.url()));
    await enter(page, hub.token);
    await page.getByRole("button", { name: "Sign out" }).waitFor();
    await shoot(page, "signed-in");
    await page.reload();
    await page.getByRole("button", { name: "Sign out" }).waitFor();
    assert.deepEqual(addresses.filter((one) => one.includes(hub.token)), []);
    const other = await page.context().newPage();
    await other.goto(hub.url);
    await other.getByRole("link", { name: "Sign in" }).waitFor();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("link", { name: "Sign in" }).waitFor();
    assert.equal(await page.evaluate(() => sessionStorage.length + localStorage.length), 0);
    assert.deepEqual(page.complaints, []);
    await page.context().close();
  });

  test("a wrong token is refused, and forgotten", async () => {
    const page = await openPage(browser);
    await enter(page, `${hub.token.slice(0, -2)}xx`);
    await page.locator(".notice.bad").waitFor();
    assert.equal(await page.evaluate(() => sessionStorage.getItem("liaison.token")), null);
    await page.getByRole("link", { name: "Sign in" }).waitFor();
    await page.context().close();
  });
});
