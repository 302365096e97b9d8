import "./page";
import assert from "node:assert/strict";
import { test } from "node:test";
import { EventType } from "../../../../client/dashboard/gen/igf/liaison/v1/types_pb";
import { inputNumbers } from "../../../../client/dashboard/src/parts/inputs";
import { usualCycle } from "../../../../client/dashboard/src/parts/cycle";
import { bodySchema } from "../../../../client/dashboard/src/parts/fields";

const cycle = (cycleId: string, startsOn: string, endsOn: string, state = 0) => ({ cycleId, state, phases: [{ startsOn, endsOn }] }) as never;

test("the usual cycle is the open one that today is in, else the one that began last", () => {
  const cycles = [cycle("2026", "2026-01-10", "2026-06-30"), cycle("2027", "2026-12-07", "2027-06-25"), cycle("2025", "2025-01-01", "2026-12-31", 2)];
  assert.equal(usualCycle(cycles, "2026-05-01"), "2026");
  assert.equal(usualCycle(cycles, "2026-11-29"), "2026");
  assert.equal(usualCycle(cycles, "2027-01-01"), "2027");
  assert.equal(usualCycle(cycles, "2020-01-01"), "2027");
  assert.equal(usualCycle([], "2027-01-01"), "");
});

test("events are named by their numbers, however they are written", () => {
  assert.deepEqual(inputNumbers(" #1753, 1754;1753 and 9"), [1753n, 1754n, 9n]);
  assert.deepEqual(inputNumbers("none"), []);
});

test("every type that is published has a body that can be shown", () => {
  const types = Object.values(EventType).filter((one): one is EventType => typeof one === "number");
  // The hub itself says RULES; the draft has no body for it.
  const without = types.filter((one) => one !== EventType.UNSPECIFIED && one !== EventType.RULES && !bodySchema(one));
  assert.deepEqual(without.map((one) => EventType[one]), []);
  assert.equal(bodySchema(EventType.DECISION)?.name, "Decision");
  assert.equal(bodySchema(EventType.POSITION)?.name, "StatedPosition");
});
