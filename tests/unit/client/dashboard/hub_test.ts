import "./page";
import assert from "node:assert/strict";
import { test } from "node:test";
import { Code, ConnectError } from "@connectrpc/connect";
import { ErrorInfoSchema, RetryInfoSchema } from "../../../../client/dashboard/gen/google/rpc/error_details_pb";
import { allPages, firstPages, hasMore, heeding, trouble } from "../../../../client/dashboard/src/hub";

const refusal = (reason: string, code: Code, milliseconds?: number) =>
  new ConnectError("no", code, undefined, [
    { desc: ErrorInfoSchema, value: { reason, domain: "liaison.igf" } },
    ...(milliseconds === undefined
      ? []
      : [{ desc: RetryInfoSchema, value: { retryDelay: { seconds: BigInt(Math.floor(milliseconds / 1000)), nanos: (milliseconds % 1000) * 1_000_000 } } }]),
  ]);

test("how long one is to wait is what the hub says, of what has no room now", () => {
  assert.equal(trouble(refusal("QUOTA_EXCEEDED", Code.ResourceExhausted, 10_100)).waitMs, 10_100);
  assert.equal(trouble(refusal("TOO_MANY_STREAMS", Code.ResourceExhausted, 1)).waitMs, 1);
  assert.equal(trouble(refusal("QUOTA_EXCEEDED", Code.ResourceExhausted)).waitMs, 0);
  // It heals when the operator makes room, and not because somebody waits.
  assert.equal(trouble(refusal("DISK_FULL", Code.ResourceExhausted, 5000)).waitMs, 0);
  assert.equal(trouble(refusal("NOT_PERMITTED", Code.PermissionDenied)).waitMs, 0);
  assert.equal(trouble(new Error("gone")).waitMs, 0);
  assert.equal(trouble(refusal("QUOTA_EXCEEDED", Code.ResourceExhausted, 100)).line, false);
});

test("what is asked at a press of a button is asked again when the time is over", async () => {
  const WAIT_MS = 120;
  const asked: number[] = [];
  let waits = 0;
  const answer = await heeding(
    async () => {
      asked.push(performance.now());
      if (asked.length < 3) throw refusal("QUOTA_EXCEEDED", Code.ResourceExhausted, WAIT_MS);
      return "an answer";
    },
    () => void ++waits,
  );
  assert.equal(answer, "an answer");
  assert.deepEqual([asked.length, waits], [3, 2]);
  for (const i of [1, 2]) assert.ok(asked[i]! - asked[i - 1]! >= WAIT_MS - 2, `${asked[i]! - asked[i - 1]!} ms`);
});

test("nobody waits for what is refused, or for longer than for an answer", async () => {
  for (const [reason, wait] of [["NOT_PERMITTED", undefined], ["QUOTA_EXCEEDED", 60_000]] as const) {
    let asked = 0;
    const error = refusal(reason, Code.ResourceExhausted, wait);
    await assert.rejects(heeding(() => (++asked, Promise.reject(error))), error);
    assert.equal(asked, 1);
  }
});

test("a list is read until it ends, or until it is enough", async () => {
  const pages = [{ items: [1, 2], nextPageToken: "1" }, { items: [], nextPageToken: "2" }, { items: [3, 4], nextPageToken: "3" }, { items: [5], nextPageToken: "" }];
  const page = async (token: string) => pages[Number(token || "0")]!;
  assert.deepEqual(await allPages(page), [1, 2, 3, 4, 5]);
  assert.deepEqual(await allPages(page, 2), [1, 2]);
  assert.deepEqual(await allPages(page, 3), [1, 2, 3, 4]);
  const first = await firstPages(2, page);
  assert.deepEqual([first.length, hasMore(first), hasMore(await firstPages(9, page))], [2, true, false]);
});
