// A form of the dashboard, in its three steps.
import assert from "node:assert/strict";

const step = (page, kind) =>
  page.locator("form.compose button.primary, .preview button.primary").filter({ visible: true }).first().click({ timeout: 20_000 }).catch((error) => assert.fail(`${kind}: ${error.message}`));

// What comes next, or what stands in its place.
const wait = async (page, selector, timeout) => {
  const refused = page.locator("form.compose .notice.bad").filter({ visible: true });
  await page.locator(selector).filter({ visible: true }).or(refused).first().waitFor({ timeout });
  if (await refused.count()) assert.fail(await refused.first().innerText());
};

export const send = (page) => step(page, "send");

export const preview = async (page) => {
  await step(page, "preview");
  await wait(page, ".preview h2", 30_000);
};

export const publish = async (page) => {
  await step(page, "publish");
  await wait(page, ".done h2", 60_000);
};
