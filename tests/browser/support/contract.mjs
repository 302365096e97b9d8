// The contract's own descriptors, and publishing by them: JSON through the gateway, as curl does.
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { PROJECT } from "./hub.mjs";

const DASHBOARD = path.join(PROJECT, "client/dashboard");
const { build } = createRequire(path.join(DASHBOARD, "package.json"))("esbuild");

async function load() {
  const folder = await mkdtemp(path.join(os.tmpdir(), "liaison-contract-"));
  const outfile = path.join(folder, "contract.mjs");
  const contents = 'export { DraftSchema } from "./gen/igf/liaison/v1/event_pb";';
  await build({ stdin: { contents, resolveDir: DASHBOARD, loader: "ts" }, bundle: true, platform: "node", format: "esm", outfile, logLevel: "warning" });
  const loaded = await import(pathToFileURL(outfile));
  await rm(folder, { recursive: true });
  return loaded;
}

export const { DraftSchema } = await load();

// Of everything that can be published: `local_report` and its descriptor.
export const bodies = () => Object.fromEntries(DraftSchema.fields.filter((field) => field.oneof?.name === "body").map((field) => [field.name, field.message]));

// The receipt, or what the hub says against it.
export async function publishJson(url, draft) {
  const answer = await fetch(`${url}/igf.liaison.v1.PublishService/Publish`, {
    method: "POST",
    headers: { "content-type": "application/json", "liaison-as": draft.author },
    body: JSON.stringify({ items: [{ draft }] }),
  });
  const said = await answer.json();
  if (!answer.ok) throw new Error(`${answer.status} ${said.message} ${JSON.stringify(said.details?.map((one) => one.debug) ?? "")}`);
  return said.receipts[0];
}
