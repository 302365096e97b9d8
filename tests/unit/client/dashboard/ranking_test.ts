import assert from "node:assert/strict";
import { test } from "node:test";
import { HEAVIEST, PARTS, readWeights, scoreOf, type Shares, swapsOf, type Weights, writeWeights } from "../../../../client/dashboard/src/ranking";

const none = Object.fromEntries(PARTS.map((part) => [part, 0])) as Weights;
const weigh = (some: Partial<Weights>): Weights => ({ ...none, ...some });

const order = (topics: Shares[], weights: Weights) =>
  topics.map((_, i) => i).sort((a, b) => scoreOf(topics[b]!, weights) - scoreOf(topics[a]!, weights) || a - b);

test("weights survive the address, and nonsense in it changes nothing", () => {
  const weights = weigh({ organisations: 3, regions: 2.5 });
  assert.deepEqual(readWeights(writeWeights(weights)), weights);
  for (const text of [null, "", "organisations:0", "organisations:-1", "organisations:x", "loudness:5", "organisations:101"]) {
    assert.equal(readWeights(text), null, String(text));
  }
});

test("a score is the weighted mean of the shares, times a hundred", () => {
  assert.equal(scoreOf({ organisations: 1, regions: 0.5 }, weigh({ organisations: 1, regions: 1 })), 75);
  assert.equal(scoreOf({ organisations: 1 }, none), 0);
});

test("where topics change places is where they have the same score", () => {
  const topics: Shares[] = [{ organisations: 0.9, regions: 0.2 }, { organisations: 0.4, regions: 0.8 }];
  const swaps = swapsOf(topics, weigh({ organisations: 2, regions: 1 }));
  const regions = swaps.find((swap) => swap.part === "regions");
  assert.deepEqual([regions?.more, regions?.overtakes, regions?.overtaken], [true, 1, 0]);
  assert.ok(Math.abs(regions!.weight - 5 / 3) < 1e-9);
});

test("at random: the order holds up to the nearest swap, and not beyond it", () => {
  const seed = Number(process.env["SEED"] ?? Date.now() % 1_000_000);
  console.log(`# SEED=${seed}`);
  let state = seed + 1;
  const random = () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
  let swapsSeen = 0;
  for (let round = 0; round < 300; round++) {
    const weights = Object.fromEntries(PARTS.map((part) => [part, Math.round(random() * 6) / 2])) as Weights;
    if (PARTS.every((part) => weights[part] === 0)) continue;
    const unsorted: Shares[] = Array.from({ length: 5 }, () => Object.fromEntries(PARTS.map((part) => [part, random()])));
    const topics = order(unsorted, weights).map((i) => unsorted[i]!);
    for (const swap of swapsOf(topics, weights)) {
      swapsSeen += 1;
      const step = swap.more ? 1e-6 : -1e-6;
      assert.deepEqual(order(topics, { ...weights, [swap.part]: swap.weight - step }), [0, 1, 2, 3, 4], `SEED=${seed} round ${round}`);
      assert.notDeepEqual(order(topics, { ...weights, [swap.part]: swap.weight + step }), [0, 1, 2, 3, 4], `SEED=${seed} round ${round}`);
      assert.ok(swap.weight > 0 && swap.weight <= HEAVIEST);
    }
  }
  assert.ok(swapsSeen > 500, `${swapsSeen} swaps`);
});
