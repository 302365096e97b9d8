// Checks one event of the record step by step, with what the hub hands out for it.
import { createClient, type Transport } from "@connectrpc/connect";
import { fromBinary } from "@bufbuild/protobuf";
import { EventHeaderSchema, SectionStatus } from "../../gen/igf/liaison/v1/event_pb";
import type { Event } from "../../gen/igf/liaison/v1/event_pb";
import { Tree, type RegistryTreeEntry, TransparencyService } from "../../gen/igf/liaison/v1/transparency_service_pb";
import { KeyAction } from "../../gen/igf/liaison/v1/bodies_pb";
import { PATIENCE } from "../hub";
import { ofBrowser } from "../kept";
import {
  bytesOf, type Checkpoint, commitmentOf, digestOf, isCheckpointOf, isConsistent, isSignedBy, keyIdOf, type Leaf, leafHash, type NoteKey, paeOf, parseCheckpoint,
  parseKey, parseLeaf, parseRegistryLeaf, RELAYED, rootOf, rootOfInclusion, same, sha256, toBase64,
} from "../verify";

// `unknown`: this browser, or whoever asks, cannot tell.
export type Result = "good" | "bad" | "unknown";
export type Step = "signed" | "grew" | "stands" | "leaf" | "words" | "author";

export interface Check {
  step: Step;
  result: Result;
  // Which way it went: the end of a word's name.
  how: string;
}

export interface Checked {
  checks: Check[];
  checkpoint: string;
  leafHash: string;
  index: bigint;
  proof: string[];
}

export const client = (transport: Transport) => createClient(TransparencyService, transport);
export type Client = ReturnType<typeof client>;

const MOST_REGISTRY_ENTRIES = 20_000;
const check = (step: Step, result: boolean | undefined, how = ""): Check => ({
  step,
  result: result === undefined ? "unknown" : result ? "good" : "bad",
  how: how || (result === undefined ? "unknown" : result ? "good" : "bad"),
});

// --- what this browser saw before ------------------------------------------------------------------

const SEEN = "liaison.checkpoint";

// The note that this browser saw last of a log; empty: none.
const seenBefore = (origin: string): string => ofBrowser.get(`${SEEN} ${origin}`) ?? "";
const remember = (origin: string, note: string): void => void ofBrowser.set(`${SEEN} ${origin}`, note);

export interface Head {
  note: string;
  checkpoint: Checkpoint;
  key: NoteKey;
  vkey: string;
  registryNote: string;
  checks: Check[];
  // Of what this browser saw before, where it is not what it sees now.
  contradicted: string;
}

// The newest checkpoint: by the log's key, and a continuation of what this browser saw before.
export async function checkHead(hub: Client, covering = 0n): Promise<Head | null> {
  const answer = await hub.getCheckpoint({ covering }, { timeoutMs: PATIENCE });
  const checkpoint = parseCheckpoint(answer.note);
  const key = await parseKey(answer.logVkey);
  if (!checkpoint || !key || checkpoint.origin !== answer.logOrigin) return null;
  const signed = await isCheckpointOf(checkpoint, key);
  const head: Head = { note: answer.note, checkpoint, key, vkey: answer.logVkey, registryNote: answer.registryNote, checks: [check("signed", signed)], contradicted: "" };
  const before = parseCheckpoint(seenBefore(checkpoint.origin));
  if (before) {
    const grew = await hasGrown(hub, before, checkpoint);
    head.checks.push(check("grew", grew));
    if (!grew) head.contradicted = seenBefore(checkpoint.origin);
  } else {
    head.checks.push(check("grew", undefined, "first"));
  }
  // What contradicts it stays: it is the evidence.
  if (signed !== false && !head.contradicted && (before?.size ?? 0n) <= checkpoint.size) remember(checkpoint.origin, answer.note);
  return head;
}

async function hasGrown(hub: Client, before: Checkpoint, now: Checkpoint): Promise<boolean> {
  const [older, newer] = before.size <= now.size ? [before, now] : [now, before];
  if (older.size === newer.size) return same(older.root, newer.root);
  if (older.size === 0n) return true;
  const { hashes } = await hub.getConsistencyProof({ tree: Tree.LOG, oldSize: older.size, newSize: newer.size }, { timeoutMs: PATIENCE });
  return isConsistent(older, newer, hashes);
}

// --- one event -------------------------------------------------------------------------------------

// With the head that was checked already, where it covers the event. Null where there is no checkpoint
// that can be read.
export async function checkEvent(hub: Client, event: Event, known: Head | null): Promise<Checked | null> {
  const options = { timeoutMs: PATIENCE };
  let head = known && known.checkpoint.size >= event.sequence ? known : await checkHead(hub, event.sequence);
  for (let tries = 0; head && head.checkpoint.size < event.sequence && tries < 20; ++tries) {
    await new Promise((resolve) => setTimeout(resolve, 250));
    head = await checkHead(hub, event.sequence);
  }
  if (!head) return null;
  const index = event.sequence - 1n;
  const size = head.checkpoint.size;
  const proof = await hub.getInclusionProof({ tree: Tree.LOG, leafIndex: index, size }, options);
  const entry = (await hub.listLeaves({ firstSequence: event.sequence, lastSequence: event.sequence }, options)).entries[0];
  const raw = entry?.leaf ?? new Uint8Array();
  const leaf = parseLeaf(raw);
  const hash = leaf ? await leafHash(raw) : bytesOf(proof.leafHash);
  const root = await rootOfInclusion(index, size, hash, proof.hashes);
  const checks = [...head.checks, check("stands", root !== null && same(root, head.checkpoint.root))];
  if (!leaf) {
    checks.push(check("leaf", undefined));
  } else {
    checks.push(check("leaf", leaf.sequence === event.sequence && same(await digestOf(event.header), leaf.digest)));
    checks.push(await checkWords(event));
    checks.push(await checkAuthor(hub, event, leaf, head));
  }
  return { checks, checkpoint: head.note, leafHash: toBase64(hash), index, proof: proof.hashes.map(toBase64) };
}

// Each section against its commitment in the header.
async function checkWords(event: Event): Promise<Check> {
  const { commitments } = fromBinary(EventHeaderSchema, event.header);
  let erased = false;
  for (const { kind, commitment } of commitments) {
    const section = event.sections.find((one) => one.kind === kind);
    if (!section) continue; // not for whoever asks
    if (section.status === SectionStatus.WITHHELD) continue; // it stayed where the event comes from
    if (section.status === SectionStatus.ERASED) {
      erased = true;
      continue;
    }
    if (!same(await commitmentOf(kind, section.salt, section.data), commitment)) return check("words", false);
  }
  return check("words", true, erased ? "erased" : "good");
}

async function checkAuthor(hub: Client, event: Event, leaf: Leaf, head: Head): Promise<Check> {
  if (leaf.kind === RELAYED) return check("author", undefined, "relayed");
  if (leaf.keyHash.every((byte) => byte === 0)) return check("author", true, "attested");
  const registry = await wholeRegistry(hub);
  const signedSize = parseCheckpoint(head.registryNote);
  if (!registry || !signedSize) return check("author", undefined, "unknown");
  // The registry that the log's key has signed, whole: no key can be hidden in it, or taken out.
  const covered = registry.slice(0, Number(signedSize.size));
  const name = signedSize.origin;
  const registryKey = { ...head.key, name, keyId: await keyIdOf(name, [head.key.type, ...head.key.publicKey]) };
  const registrySigned = await isCheckpointOf(signedSize, registryKey);
  if (registrySigned === undefined) return check("author", undefined, "unknown");
  if (!registrySigned || signedSize.origin !== `${head.checkpoint.origin}/registry`) return check("author", false, "registry");
  if (!same(await rootOf(covered.map((one) => one.leaf)), signedSize.root)) return check("author", false, "registry");
  for (const { leaf: entry, header } of covered) {
    const digest = parseRegistryLeaf(entry)?.digest;
    if (!digest || !same(digest, await digestOf(header))) return check("author", false, "registry");
  }
  const key = await keyInForce(covered.slice(0, Number(leaf.registrySize)), fromBinary(EventHeaderSchema, event.header).author, leaf.keyHash);
  if (!key) return check("author", false, "registry");
  return check("author", await isSignedBy(key, leaf.signature, paeOf(event.header)));
}

// Null for one too large to be read here.
async function wholeRegistry(hub: Client): Promise<RegistryTreeEntry[] | null> {
  const entries: RegistryTreeEntry[] = [];
  for (;;) {
    const page = await hub.listRegistryEntries({ beginIndex: BigInt(entries.length) }, { timeoutMs: PATIENCE });
    if (page.size > BigInt(MOST_REGISTRY_ENTRIES)) return null;
    entries.push(...page.entries);
    if (BigInt(entries.length) >= page.size || page.entries.length === 0) return entries;
  }
}

// The key of that hash which the author has by the end of these entries.
async function keyInForce(entries: RegistryTreeEntry[], author: string, keyHash: Uint8Array): Promise<Uint8Array | null> {
  let key: Uint8Array | null = null;
  for (const entry of entries) {
    const { facts } = fromBinary(EventHeaderSchema, entry.header);
    if (facts.case !== "key" || facts.value.organisation !== author || !same(await sha256(facts.value.publicKey), keyHash)) continue;
    key = facts.value.action === KeyAction.ADD ? facts.value.publicKey : null;
  }
  return key;
}
