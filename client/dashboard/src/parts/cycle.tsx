// Which IGF year is looked at: the one of the URL, else the one that today is in.
import { useEffect, useRef } from "preact/hooks";
import type { Cycle } from "../../gen/igf/liaison/v1/bodies_pb";
import { CycleState } from "../../gen/igf/liaison/v1/bodies_pb";
import { allPages, directory, PATIENCE } from "../hub";
import { type Loaded, useLoad } from "../live";
import { go, same, useQuery } from "../route";
import { t } from "../words";

export const today = (): string => new Date().toISOString().slice(0, 10);

export const begins = (cycle: Cycle): string =>
  cycle.phases.map((phase) => phase.startsOn).filter(Boolean).sort()[0] ?? "";
export const ends = (cycle: Cycle): string =>
  cycle.phases.map((phase) => phase.endsOn || phase.startsOn).filter(Boolean).sort().pop() ?? "";

// As the hub does for a window that names none: of the open cycles the one that today is in by its
// phases, else the one that began last.
export function usualCycle(cycles: Cycle[], day: string): string {
  const open = cycles.filter((one) => one.state !== CycleState.CLOSED);
  const within = open.filter((one) => begins(one) !== "" && begins(one) <= day && day <= ends(one));
  const begun = open.filter((one) => begins(one) !== "" && begins(one) <= day);
  const byBegin = (list: Cycle[]) => [...list].sort((a, b) => begins(a).localeCompare(begins(b))).pop();
  return (byBegin(within) ?? byBegin(begun) ?? byBegin(open))?.cycleId ?? "";
}

const HOUR_MS = 3_600_000;
const dayOf = (time: number): string => new Date(time).toISOString().slice(0, 10);

export interface Evaluation {
  // Scores are taken.
  isOpen: boolean;
  // A conflict of interest may be declared.
  takesConflicts: boolean;
  windows: { startsOn: string; endsOn: string }[];
}

// As the hub does: a day lasts from its first place on Earth to its last, and a conflict is declared
// before evaluation as well.
export function evaluationOf(cycle: Cycle, time: number): Evaluation {
  const windows = cycle.phases.filter((one) => one.phase === "evaluation" || one.phase.startsWith("evaluation."));
  const isAhead = (day: string) => day !== "" && dayOf(time + 14 * HOUR_MS) < day;
  const isPast = (day: string) => day !== "" && day < dayOf(time - 12 * HOUR_MS);
  const isOpen = cycle.state !== CycleState.CLOSED && windows.some((one) => !isAhead(one.startsOn) && !isPast(one.endsOn));
  const stillToEnd = windows.length === 0 || windows.some((one) => !isPast(one.endsOn));
  return { isOpen, takesConflicts: cycle.state !== CycleState.CLOSED && stillToEnd, windows };
}

export function useCycles(): Loaded<Cycle[]> {
  return useLoad(async (signal) => {
    const entries = await allPages(async (pageToken) => {
      const page = await directory.listCycles({ pageToken }, { signal, timeoutMs: PATIENCE });
      return { items: page.entries, nextPageToken: page.nextPageToken };
    });
    return entries.flatMap((entry) => (entry.cycle ? [entry.cycle] : []));
  }, ["cycles"]);
}

// Undefined while it is not known; empty where the hub has none. One that there is not is the usual
// one, as a page that there is not is Now. Where something is written it stays: one that is opened
// meanwhile is not the one that it is written for.
export function useCycle(cycles: Loaded<Cycle[]>, stays: boolean): string | undefined {
  const chosen = useQuery().get("cycle");
  const isNone = chosen !== null && cycles.value !== null && !cycles.value.some((one) => one.cycleId === chosen);
  useEffect(() => {
    if (isNone) go(same({ cycle: null }), { replace: true, keepFocus: true });
  }, [isNone]);
  const usual = cycles.value ? usualCycle(cycles.value, today()) : undefined;
  const kept = useRef<string>();
  kept.current = stays && !chosen ? kept.current || usual : undefined;
  return chosen || kept.current || usual;
}

export function CyclePicker(props: { cycles: Loaded<Cycle[]>; now: string | undefined }) {
  const list = [...(props.cycles.value ?? [])].sort((a, b) => begins(b).localeCompare(begins(a)));
  if (list.length === 0) return null;
  return (
    <label class="picker">
      <span>{t("cycle")}</span>
      <select
        value={props.now ?? ""}
        onChange={(change) => go(same({ cycle: change.currentTarget.value, topic: null, part: null }), { keepFocus: true })}
      >
        {list.map((one) => (
          <option key={one.cycleId} value={one.cycleId} selected={one.cycleId === props.now}>
            {one.cycleId}
          </option>
        ))}
      </select>
    </label>
  );
}
