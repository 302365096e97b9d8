// Connect-Web, which nobody here wrote, against the gateway: every unary method and a stream.
//
//   node every_method.mjs http://127.0.0.1:PORT FOLDER_WITH_GENERATED_TYPES
//
// Connect-Web is a browser's library; Node's fetch is the same as a browser's.
import { readdirSync } from "node:fs";
import { createClient, Code, ConnectError } from "@connectrpc/connect";
import { createConnectTransport, createGrpcWebTransport } from "@connectrpc/connect-web";
import { create } from "@bufbuild/protobuf";

const [base, generated] = process.argv.slice(2);
const folder = `${generated}/igf/liaison/v1`;
const modules = await Promise.all(
  readdirSync(folder).filter((name) => name.endsWith("_pb.js")).map((name) => import(`${folder}/${name}`)));
const services = modules.flatMap((module) => Object.values(module).filter((v) => v?.kind === "service"));
const types = Object.assign({}, ...modules);

// What the hub itself refuses an empty request with. Anything else would be the gateway's fault.
const refusals = new Set([Code.InvalidArgument, Code.NotFound, Code.FailedPrecondition,
  Code.PermissionDenied, Code.Unauthenticated, Code.OutOfRange]);

let failures = 0;
function saw(good, what) {
  console.log(`${good ? "ok    " : "FAILED"}  ${what}`);
  if (!good) failures += 1;
}

async function callEveryUnaryMethod(transport, name) {
  let answered = 0;
  let refused = 0;
  for (const service of services) {
    const client = createClient(service, transport);
    for (const method of service.methods.filter((m) => m.methodKind === "unary")) {
      try {
        const answer = await client[method.localName]({}, { timeoutMs: 20000 });
        answered += answer.$typeName === method.output.typeName ? 1 : 0;
      } catch (error) {
        const failed = ConnectError.from(error);
        // A refusal comes with the hub's reason, so it came from there and came whole.
        const isWhole = refusals.has(failed.code) && failed.details.length > 0;
        refused += isWhole ? 1 : 0;
        if (!isWhole) saw(false, `${name} ${service.typeName}/${method.name}: ${failed.message}`);
      }
    }
  }
  const all = services.flatMap((s) => s.methods).filter((m) => m.methodKind === "unary").length;
  saw(answered + refused === all && answered > 5,
    `${name}: ${all} unary methods, ${answered} answered, ${refused} refused by the hub with a reason`);
}

function draftOf(title) {
  return create(types.DraftSchema, {
    eventId: crypto.randomUUID(), author: "org/foreign", audience: "igf/public", language: "en",
    topics: ["unspecified"], body: { case: "topicSignal", value: { title } },
  });
}

async function aStreamDelivers(transport) {
  const reader = createClient(types.EventService, transport);
  const writer = createClient(types.PublishService, transport);
  const over = new AbortController();
  const draft = draftOf("A fictional signal · 信号 · إشارة");
  const frames = [];
  try {
    for await (const { frame } of reader.subscribe({ start: { case: "startAt", value: types.StartAt.LIVE } },
      { signal: over.signal })) {
      frames.push(frame.case);
      if (frame.case === "confirmed") await writer.publish({ items: [{ item: { case: "draft", value: draft } }] });
      if (frame.case === "events") over.abort();
    }
  } catch (error) {
    saw(ConnectError.from(error).code === Code.Canceled, "the stream ends when its reader wants it to");
  }
  saw(frames[0] === "confirmed" && frames.includes("events"), `a stream delivers: ${frames.join(", ")}`);
}

const grpcWeb = createGrpcWebTransport({ baseUrl: base });
await callEveryUnaryMethod(grpcWeb, "gRPC-Web");
await callEveryUnaryMethod(createConnectTransport({ baseUrl: base, useBinaryFormat: false }), "Connect, JSON");
await aStreamDelivers(grpcWeb);
process.exitCode = failures === 0 ? 0 : 1;
