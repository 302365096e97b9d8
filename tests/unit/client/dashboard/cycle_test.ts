import "./page";
import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { CycleSchema, CycleState } from "../../../../client/dashboard/gen/igf/liaison/v1/bodies_pb";
import { evaluationOf } from "../../../../client/dashboard/src/parts/cycle";

const at = (time: string): number => Date.parse(`${time}:00Z`);
const cycle = (phases: [string, string, string][], state = CycleState.OPEN) =>
  create(CycleSchema, { cycleId: "2027", state, phases: phases.map(([phase, startsOn, endsOn]) => ({ phase, startsOn, endsOn })) });
const offered = (of: ReturnType<typeof cycle>, time: string): string => {
  const { isOpen, takesConflicts } = evaluationOf(of, at(time));
  return `${isOpen ? "scores" : "-"} ${takesConflicts ? "conflicts" : "-"}`;
};

test("scores are offered in the phase, from the first place on Earth to the last", () => {
  const one = cycle([["call", "2027-01-01", "2027-02-01"], ["evaluation", "2027-03-01", "2027-03-10"]]);
  assert.equal(offered(one, "2027-01-15T12:00"), "- conflicts");
  assert.equal(offered(one, "2027-02-28T09:59"), "- conflicts");
  assert.equal(offered(one, "2027-02-28T10:00"), "scores conflicts");
  assert.equal(offered(one, "2027-03-11T11:59"), "scores conflicts");
  assert.equal(offered(one, "2027-03-11T12:00"), "- -");
});

test("between two windows a conflict alone is offered", () => {
  const two = cycle([["evaluation.first", "2027-03-01", "2027-03-10"], ["evaluation.second", "2027-05-01", "2027-05-10"]]);
  assert.equal(offered(two, "2027-03-05T12:00"), "scores conflicts");
  assert.equal(offered(two, "2027-04-05T12:00"), "- conflicts");
  assert.equal(offered(two, "2027-05-05T12:00"), "scores conflicts");
  assert.equal(offered(two, "2027-06-05T12:00"), "- -");
  assert.equal(evaluationOf(two, at("2027-04-05T12:00")).windows.length, 2);
});

test("without such a phase a conflict alone, in a closed cycle nothing", () => {
  assert.equal(offered(cycle([["call", "2027-01-01", "2027-12-31"]]), "2027-04-05T12:00"), "- conflicts");
  assert.equal(offered(cycle([["evaluations", "2027-01-01", "2027-12-31"]]), "2027-04-05T12:00"), "- conflicts");
  assert.equal(offered(cycle([["evaluation", "2027-01-01", "2027-12-31"]], CycleState.CLOSED), "2027-04-05T12:00"), "- -");
});
