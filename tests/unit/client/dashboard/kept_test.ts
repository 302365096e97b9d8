import "./page";
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { ofBrowser } from "../../../../client/dashboard/src/kept";
import { actingAs, signIn, signOut, token } from "../../../../client/dashboard/src/session";

const storages = (get: () => Partial<Storage>) => {
  for (const name of ["localStorage", "sessionStorage"]) Object.defineProperty(globalThis, name, { configurable: true, get });
};
const refused = () => {
  throw new Error("SecurityError");
};
afterEach(() => {
  for (const name of ["localStorage", "sessionStorage"]) Reflect.deleteProperty(globalThis, name);
});

test("where the browser refuses its storage, what is kept lasts as long as the page", async () => {
  storages(refused);
  assert.equal(ofBrowser.get("refused"), null);
  assert.equal(ofBrowser.set("refused", "text"), false);
  assert.equal(ofBrowser.get("refused"), "text");
  assert.equal(ofBrowser.outlives("refused"), false);
  ofBrowser.remove("refused");
  assert.equal(ofBrowser.get("refused"), null);
  assert.equal(token(), "");
  signIn("a token", "org/apnic");
  assert.deepEqual([token(), actingAs()], ["a token", "org/apnic"]);
  await signOut();
  assert.deepEqual([token(), actingAs()], ["", ""]);
});

test("where the storage is full, the newest text is the one that comes back", () => {
  const kept = new Map([["full", "old"]]);
  let isFull = true;
  storages(() => ({
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, text) => void (isFull ? refused() : kept.set(key, text)),
    removeItem: (key) => void kept.delete(key),
  }));
  assert.equal(ofBrowser.get("full"), "old");
  assert.equal(ofBrowser.set("full", "new"), false);
  assert.equal(ofBrowser.get("full"), "new");
  isFull = false;
  assert.equal(ofBrowser.set("full", "newer"), true);
  assert.equal(ofBrowser.outlives("full"), true);
  ofBrowser.remove("full");
  assert.equal(ofBrowser.get("full"), null);
});
