import "./page";
import assert from "node:assert/strict";
import { webcrypto } from "node:crypto";
import { test } from "node:test";
import en from "../../../../client/dashboard/src/words/en";
import {
  bytesOf, isCheckpointOf, isConsistent, join, leafHash, parseCheckpoint, parseKey, parseLeaf, rootOf, rootOfInclusion, same, sha256, toBase64,
} from "../../../../client/dashboard/src/verify";

globalThis.crypto ??= webcrypto as Crypto; // Node 18

const MOST = 33;
const leaves = Array.from({ length: MOST }, (_, i) => new TextEncoder().encode(`leaf ${i}`));

// As RFC 6962 defines them, recursively: no code of the verifier's.
const half = (n: number): number => {
  let k = 1;
  while (2 * k < n) k *= 2;
  return k;
};
async function naiveRoot(of: Uint8Array[]): Promise<Uint8Array> {
  if (of.length === 1) return leafHash(of[0]!);
  const k = half(of.length);
  return sha256([1], await naiveRoot(of.slice(0, k)), await naiveRoot(of.slice(k)));
}
async function naivePath(m: number, of: Uint8Array[]): Promise<Uint8Array[]> {
  if (of.length === 1) return [];
  const k = half(of.length);
  return m < k ? [...(await naivePath(m, of.slice(0, k))), await naiveRoot(of.slice(k))] : [...(await naivePath(m - k, of.slice(k))), await naiveRoot(of.slice(0, k))];
}
async function naiveProof(m: number, of: Uint8Array[], whole: boolean): Promise<Uint8Array[]> {
  if (m === of.length) return whole ? [] : [await naiveRoot(of)];
  const k = half(of.length);
  return m <= k
    ? [...(await naiveProof(m, of.slice(0, k), whole)), await naiveRoot(of.slice(k))]
    : [...(await naiveProof(m - k, of.slice(k), false)), await naiveRoot(of.slice(0, k))];
}
const flipped = (of: Uint8Array, bit: number): Uint8Array => {
  const other = of.slice();
  other[bit >> 3]! ^= 1 << (bit & 7);
  return other;
};

test("a leaf is proven at every place of every tree, and with a bit changed at none", async () => {
  for (let size = 1; size <= MOST; ++size) {
    const tree = leaves.slice(0, size);
    const root = await naiveRoot(tree);
    assert.ok(same(await rootOf(tree), root));
    for (let index = 0; index < size; ++index) {
      const proof = await naivePath(index, tree);
      const leaf = await leafHash(leaves[index]!);
      const leadsTo = async (at: number, of: Uint8Array[], n = size) => {
        const found = await rootOfInclusion(BigInt(at), BigInt(n), leaf, of);
        return found !== null && same(found, root);
      };
      assert.ok(await leadsTo(index, proof), `${index} of ${size}`);
      for (let i = 0; i < proof.length; ++i) {
        const wrong = proof.map((hash, j) => (i === j ? flipped(hash, (37 * i + index) % 256) : hash));
        assert.ok(!(await leadsTo(index, wrong)), `${index} of ${size}, ${i}`);
      }
      assert.ok(!(await leadsTo(index, [...proof, root])));
      if (proof.length > 0) assert.ok(!(await leadsTo(index, proof.slice(1))));
      if (size > 1) assert.ok(!(await leadsTo((index + 1) % size, proof)));
      assert.ok(!(await leadsTo(size, proof)));
    }
  }
});

test("a tree is shown to have grown from every size, and with a bit changed from none", async () => {
  const roots = [await sha256()];
  for (let size = 1; size <= MOST; ++size) roots.push(bytesOf(await naiveRoot(leaves.slice(0, size))));
  for (let now = 1; now <= MOST; ++now) {
    for (let old = 1; old <= now; ++old) {
      const proof = await naiveProof(old, leaves.slice(0, now), true);
      const grew = (of: Uint8Array[], root = roots[old]!) => isConsistent({ size: BigInt(old), root }, { size: BigInt(now), root: roots[now]! }, of);
      assert.ok(await grew(proof), `${old} to ${now}`);
      assert.ok(!(await grew(proof, bytesOf(flipped(roots[old]!, old)))), `${old} to ${now}`);
      for (let i = 0; i < proof.length; ++i) {
        assert.ok(!(await grew(proof.map((hash, j) => (i === j ? flipped(hash, now) : hash)))), `${old} to ${now}, ${i}`);
      }
      if (proof.length > 0) assert.ok(!(await grew(proof.slice(1))));
      assert.ok(!(await grew([...proof, roots[1]!])));
    }
  }
  assert.ok(!(await isConsistent({ size: 9n, root: roots[9]! }, { size: 5n, root: roots[5]! }, [])));
});

async function signer(name: string) {
  const pair = (await crypto.subtle.generateKey("Ed25519", true, ["sign", "verify"])) as CryptoKeyPair;
  const key = join([1], new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey)));
  const id = (await sha256(new TextEncoder().encode(`${name}\n`), key)).slice(0, 4);
  return {
    vkey: `${name}+${[...id].map((byte) => byte.toString(16).padStart(2, "0")).join("")}+${toBase64(key)}`,
    line: async (text: string) =>
      `\u2014 ${name} ${toBase64(join(id, new Uint8Array(await crypto.subtle.sign("Ed25519", pair.privateKey, new TextEncoder().encode(text)))))}\n`,
  };
}

test("a checkpoint is the log's if its key signed it, and never wrongly", async () => {
  const log = await signer("fictional.example/log");
  const other = await signer("fictional.example/witness");
  const impostor = await signer("fictional.example/log");
  const key = (await parseKey(log.vkey))!;
  const text = `fictional.example/log\n7\n${toBase64(await sha256())}\n`;
  const opened = (note: string) => parseCheckpoint(note);
  const good = opened(`${text}\n${await log.line(text)}${await other.line(text)}`)!;
  assert.equal(good.size, 7n);
  assert.deepEqual(good.signatures.map((one) => one.name), ["fictional.example/log", "fictional.example/witness"]);
  assert.equal(await isCheckpointOf(good, key), true);
  assert.equal(await isCheckpointOf(opened(`${text}\n${await other.line(text)}`)!, key), false);
  assert.equal(await isCheckpointOf(opened(`${text}\n${await impostor.line(text)}`)!, key), false);
  const grown = text.replace("\n7\n", "\n8\n");
  assert.equal(await isCheckpointOf(opened(`${grown}\n${await log.line(text)}`)!, key), false);
  // One right signature does not make up for a wrong one by the same key.
  assert.equal(await isCheckpointOf(opened(`${grown}\n${await log.line(grown)}${await log.line(text)}`)!, key), false);
  const line = await log.line(text);
  for (const note of [text, `${text}\n`, `${text}${line}`, `${text}\n${line.trimEnd()}`, `${text}\n${line.replace("\u2014", "-")}`, `${text.replace("7", "07")}\n${line}`, `${text.replace("7", "-7")}\n${line}`, ""]) {
    assert.equal(opened(note), null, JSON.stringify(note));
  }
});

test("a key with an id that is not its own is none", async () => {
  const { vkey } = await signer("fictional.example/log");
  assert.ok(await parseKey(vkey));
  for (const wrong of [vkey.replace("fictional", "fictions"), vkey.replace(/\+([0-9a-f])/, (_, digit: string) => `+${digit === "0" ? "1" : "0"}`), `${vkey}A`, "", "a+b+c"]) {
    assert.equal(await parseKey(wrong), null, wrong);
  }
});

test("a leaf is read only in a layout that it can have", () => {
  const leaf = new Uint8Array(154);
  leaf.set([1, 2, 0, 0, 0, 0, 0, 0, 1, 2]);
  assert.equal(parseLeaf(leaf)!.sequence, 258n);
  for (const wrong of [leaf.slice(1), join(leaf, [0]), join([2], leaf.slice(1)), join([1, 3], leaf.slice(2)), new Uint8Array()]) assert.equal(parseLeaf(wrong), null);
});

test("every way that a step can go has words", () => {
  const ways: Record<string, string[]> = {
    signed: ["good", "bad", "unknown"], grew: ["good", "bad", "first"], stands: ["good", "bad"], leaf: ["good", "bad", "unknown"],
    words: ["good", "bad", "erased"], author: ["good", "bad", "attested", "relayed", "registry", "unknown"],
  };
  const wanted = Object.entries(ways).flatMap(([step, hows]) => hows.map((how) => `check_${step}_${how}`));
  assert.deepEqual(Object.keys(en).filter((key) => /^check_\w+_\w+$/.test(key)).sort(), wanted.sort());
});
