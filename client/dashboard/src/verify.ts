// What anybody can check of the record with a browser alone (WebCrypto): signed checkpoints as C2SP
// writes them, the Merkle trees of RFC 6962, and what an event's leaf says of its header, its words
// and its author. It believes nothing that the hub says; only the log's key has to come from
// elsewhere to mean something. Layouts: storage/format/FORMAT.md.

export type Bytes = Uint8Array<ArrayBuffer>;

const text = new TextEncoder();

// A copy that WebCrypto takes, whatever it was a view of.
export const bytesOf = (of: ArrayLike<number>): Bytes => Uint8Array.from(of);

export function join(...parts: ArrayLike<number>[]): Bytes {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

export const same = (a: ArrayLike<number>, b: ArrayLike<number>): boolean =>
  a.length === b.length && Array.prototype.every.call(a, (byte: number, i: number) => byte === b[i]);

export const sha256 = async (...parts: ArrayLike<number>[]): Promise<Bytes> =>
  new Uint8Array(await crypto.subtle.digest("SHA-256", join(...parts)));

// Null for what is no base64 as RFC 4648 writes it.
export function fromBase64(encoded: string): Bytes | null {
  try {
    const raw = atob(encoded);
    return btoa(raw) === encoded ? Uint8Array.from(raw, (c) => c.charCodeAt(0)) : null;
  } catch {
    return null;
  }
}

export const toBase64 = (of: Uint8Array): string => btoa(String.fromCharCode(...of));

// --- trees -----------------------------------------------------------------------------------------

export const leafHash = (leaf: Uint8Array): Promise<Bytes> => sha256([0], leaf);
const nodeHash = (left: Uint8Array, right: Uint8Array): Promise<Bytes> => sha256([1], left, right);

// The root that a leaf and its siblings lead to (RFC 9162, 2.1.3.2); null where they cannot stand in
// a tree of that size.
export async function rootOfInclusion(index: bigint, size: bigint, leaf: Bytes, proof: Uint8Array[]): Promise<Bytes | null> {
  if (index < 0n || index >= size) return null;
  let [at, last, root] = [index, size - 1n, leaf];
  for (const sibling of proof) {
    if (last === 0n || sibling.length !== 32) return null;
    if (at % 2n === 1n || at === last) {
      root = await nodeHash(sibling, root);
      while (at % 2n === 0n && at !== 0n) [at, last] = [at >> 1n, last >> 1n];
    } else {
      root = await nodeHash(root, sibling);
    }
    [at, last] = [at >> 1n, last >> 1n];
  }
  return last === 0n ? root : null;
}

// Whether a tree only grew (RFC 9162, 2.1.4.2).
export async function isConsistent(
  older: { size: bigint; root: Uint8Array },
  newer: { size: bigint; root: Uint8Array },
  proof: Uint8Array[],
): Promise<boolean> {
  if (older.size > newer.size || proof.some((hash) => hash.length !== 32)) return false;
  if (older.size === newer.size) return proof.length === 0 && same(older.root, newer.root);
  if (older.size === 0n) return proof.length === 0;
  const path = [...proof];
  if ((older.size & (older.size - 1n)) === 0n) path.unshift(older.root);
  const first = path.shift();
  if (!first) return false;
  let [at, last] = [older.size - 1n, newer.size - 1n];
  while (at % 2n === 1n) [at, last] = [at >> 1n, last >> 1n];
  let [old, now] = [bytesOf(first), bytesOf(first)];
  for (const hash of path) {
    if (last === 0n) return false;
    if (at % 2n === 1n || at === last) {
      old = await nodeHash(hash, old);
      now = await nodeHash(hash, now);
      while (at % 2n === 0n && at !== 0n) [at, last] = [at >> 1n, last >> 1n];
    } else {
      now = await nodeHash(now, hash);
    }
    [at, last] = [at >> 1n, last >> 1n];
  }
  return last === 0n && same(old, older.root) && same(now, newer.root);
}

// The root over all leaves of a tree (RFC 6962, 2.1).
export async function rootOf(leaves: Uint8Array[]): Promise<Bytes> {
  if (leaves.length === 0) return sha256();
  // Perfect subtrees, the largest first.
  const whole: { size: number; root: Bytes }[] = [];
  for (const leaf of leaves) {
    let one = { size: 1, root: await leafHash(leaf) };
    while (whole.length > 0 && whole[whole.length - 1]!.size === one.size) {
      one = { size: 2 * one.size, root: await nodeHash(whole.pop()!.root, one.root) };
    }
    whole.push(one);
  }
  let root = whole.pop()!.root;
  while (whole.length > 0) root = await nodeHash(whole.pop()!.root, root);
  return root;
}

// --- signed notes ----------------------------------------------------------------------------------

export interface Checkpoint {
  origin: string;
  size: bigint;
  root: Bytes;
  // What is signed, and by whom it says to be.
  text: string;
  signatures: { name: string; keyId: Bytes; signature: Bytes }[];
}

// Null for what is no signed checkpoint.
export function parseCheckpoint(note: string): Checkpoint | null {
  const end = note.lastIndexOf("\n\n");
  if (end < 0 || !note.endsWith("\n")) return null;
  const signed = note.slice(0, end + 1);
  const [origin, size, encoded] = signed.split("\n");
  const root = fromBase64(encoded ?? "");
  if (!origin || !/^(0|[1-9]\d{0,18})$/.test(size ?? "") || root?.length !== 32) return null;
  const signatures: Checkpoint["signatures"] = [];
  for (const line of note.slice(end + 2, -1).split("\n")) {
    const found = /^\u2014 ([^\s+]+) (\S+)$/.exec(line);
    const raw = found && fromBase64(found[2]!);
    if (!found || !raw || raw.length < 5) return null;
    signatures.push({ name: found[1]!, keyId: raw.slice(0, 4), signature: raw.slice(4) });
  }
  return { origin, size: BigInt(size!), root, text: signed, signatures };
}

export interface NoteKey {
  name: string;
  keyId: Bytes;
  type: number;
  publicKey: Bytes;
}

// The id of a key, with its type before it, under that name.
export const keyIdOf = async (name: string, typedKey: ArrayLike<number>): Promise<Bytes> => (await sha256(text.encode(`${name}\n`), typedKey)).slice(0, 4);

// Null for what is no key, or has an id that is not the key's.
export async function parseKey(vkey: string): Promise<NoteKey | null> {
  const found = /^([^\s+]+)\+([0-9a-f]{8})\+(\S+)$/.exec(vkey);
  const key = found && fromBase64(found[3]!);
  if (!found || key?.length !== 33) return null;
  const keyId = await keyIdOf(found[1]!, key);
  const said = Uint8Array.from(found[2]!.match(/../g)!, (pair) => parseInt(pair, 16));
  return same(keyId, said) ? { name: found[1]!, keyId, type: key[0]!, publicKey: key.slice(1) } : null;
}

// Undefined where this browser cannot check Ed25519.
export async function isSignedBy(publicKey: Uint8Array, signature: Uint8Array, message: ArrayLike<number>): Promise<boolean | undefined> {
  let key: CryptoKey;
  try {
    key = await crypto.subtle.importKey("raw", bytesOf(publicKey), "Ed25519", false, ["verify"]);
  } catch (error) {
    if ((error as Error).name === "NotSupportedError") return undefined;
    return false; // a key that is none
  }
  return crypto.subtle.verify("Ed25519", key, bytesOf(signature), bytesOf(message));
}

// By this key, once at least and never wrongly. Undefined as above.
export async function isCheckpointOf(checkpoint: Checkpoint, key: NoteKey): Promise<boolean | undefined> {
  const own = checkpoint.signatures.filter((one) => one.name === key.name && same(one.keyId, key.keyId));
  if (own.length === 0 || key.type !== 1 || checkpoint.origin !== key.name) return false;
  for (const one of own) {
    const signed = await isSignedBy(key.publicKey, one.signature, text.encode(checkpoint.text));
    if (!signed) return signed;
  }
  return true;
}

// --- events ----------------------------------------------------------------------------------------

export interface Leaf {
  kind: number;
  sequence: bigint;
  hubTimeUs: bigint;
  registrySize: bigint;
  digest: Bytes;
  keyHash: Bytes;
  signature: Bytes;
}

const LEAF_SIZE_BYTES: Record<number, number> = { 1: 154, 2: 154, 3: 242, 4: 166, 5: 158 };
export const RELAYED = 3;

export function parseLeaf(raw: Uint8Array): Leaf | null {
  if (raw.length < 2 || raw[0] !== 1 || LEAF_SIZE_BYTES[raw[1]!] !== raw.length) return null;
  const leaf = bytesOf(raw);
  const view = new DataView(leaf.buffer);
  return {
    kind: leaf[1]!,
    sequence: view.getBigUint64(2),
    hubTimeUs: view.getBigUint64(10),
    registrySize: view.getBigUint64(18),
    digest: leaf.slice(26, 58),
    keyHash: leaf.slice(58, 90),
    signature: leaf.slice(90, 154),
  };
}

export interface RegistryLeaf {
  index: bigint;
  digest: Bytes;
}

export function parseRegistryLeaf(raw: Uint8Array): RegistryLeaf | null {
  if (raw.length !== 146 || raw[0] !== 1) return null;
  const leaf = bytesOf(raw);
  return { index: new DataView(leaf.buffer).getBigUint64(2), digest: leaf.slice(18, 50) };
}

// What an author signs of a header (DSSE 1.0.2).
export function paeOf(header: Uint8Array): Bytes {
  const type = "application/vnd.igf.liaison.event-header.v1+protobuf";
  return join(text.encode(`DSSEv1 ${type.length} ${type} ${header.length} `), header);
}

export const digestOf = (header: Uint8Array): Promise<Bytes> => sha256(paeOf(header));

export const commitmentOf = (section: number, salt: Uint8Array, data: Uint8Array): Promise<Bytes> =>
  sha256(text.encode("igf.liaison/section/v1"), [0, section >> 8, section & 255], salt, data);
