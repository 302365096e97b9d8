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
  const contents = `
    export { toBinary, create } from "@bufbuild/protobuf";
    export { anyPack } from "@bufbuild/protobuf/wkt";
    export { DraftSchema } from "./gen/igf/liaison/v1/event_pb";
    export { GetHubResponseSchema } from "./gen/igf/liaison/v1/directory_service_pb";
    export { ErrorInfoSchema, RetryInfoSchema } from "./gen/google/rpc/error_details_pb";
    export { StatusSchema } from "./gen/google/rpc/status_pb";`;
  await build({ stdin: { contents, resolveDir: DASHBOARD, loader: "ts" }, bundle: true, platform: "node", format: "esm", outfile, logLevel: "warning" });
  const loaded = await import(pathToFileURL(outfile));
  await rm(folder, { recursive: true });
  return loaded;
}

const { anyPack, create, ErrorInfoSchema, RetryInfoSchema, StatusSchema, toBinary, ...contract } = await load();
export const { DraftSchema } = contract;

const GRPC_WEB = "application/grpc-web+proto";

// An answer of the hub with these fields, as Playwright sends it.
export function hubAnswers(type, fields) {
  const frame = (flags, bytes) => {
    const head = Buffer.alloc(5);
    head.writeUInt8(flags, 0);
    head.writeUInt32BE(bytes.length, 1);
    return [head, bytes];
  };
  const message = toBinary(contract[`${type}Schema`], create(contract[`${type}Schema`], fields));
  const TRAILER = 0x80;
  return { status: 200, contentType: GRPC_WEB, body: Buffer.concat([...frame(0, message), ...frame(TRAILER, Buffer.from("grpc-status: 0\r\n"))]) };
}

// What the hub answers whoever has had their share, as Playwright sends it.
export function shareIsUsed(waitMs) {
  const RESOURCE_EXHAUSTED = 8;
  const message = "calls: 1 a second";
  const details = [
    anyPack(ErrorInfoSchema, create(ErrorInfoSchema, { reason: "QUOTA_EXCEEDED", domain: "liaison.igf" })),
    anyPack(RetryInfoSchema, create(RetryInfoSchema, { retryDelay: { seconds: BigInt(Math.floor(waitMs / 1000)), nanos: (waitMs % 1000) * 1_000_000 } })),
  ];
  const status = toBinary(StatusSchema, create(StatusSchema, { code: RESOURCE_EXHAUSTED, message, details }));
  const headers = { "grpc-status": String(RESOURCE_EXHAUSTED), "grpc-message": message, "grpc-status-details-bin": Buffer.from(status).toString("base64") };
  return { status: 200, contentType: GRPC_WEB, headers };
}

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
