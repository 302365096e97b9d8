// How fresh the page is: one stream for all tabs of a browser says how far the log has come, and
// every view that is open asks again when it has moved. A dropped line is noticed by the missing
// heartbeat, and taken up again by itself.
import { useEffect, useRef, useState } from "preact/hooks";
import { StartAt } from "../gen/igf/liaison/v1/event_service_pb";
import { events, spread, trouble } from "./hub";
import { sessionEra, useSession } from "./session";

export interface Freshness {
  // `refused`: the line is there, and the hub has no room for one more who follows it.
  state: "connecting" | "live" | "dropped" | "refused";
  head: bigint;
  // When the hub was last heard.
  heard: Date | null;
}

const HEARTBEAT_S = 5;
const SILENCE_MS = 3 * HEARTBEAT_S * 1000;
const SHORTEST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;

let now: Freshness = { state: "connecting", head: 0n, heard: null };
const listeners = new Set<(fresh: Freshness) => void>();
const channel = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel("liaison.live");
let stop: AbortController | null = null;
let wake: (() => void) | null = null;
let isLeading = false;

// Whoever has nothing from the leading tab has it hang before them, and takes the lead: a little later
// each, so that one does and the others hear of it.
const PATIENCE_WITH_LEADER_MS = SILENCE_MS + 2000 + Math.random() * 3000;
let silence: ReturnType<typeof setTimeout> | undefined;

function hear(): void {
  clearTimeout(silence);
  if (!isLeading) silence = setTimeout(missLeader, PATIENCE_WITH_LEADER_MS);
}

function missLeader(): void {
  if (isLeading) return;
  if (now.state === "live") become({ ...now, state: "dropped" }, false);
  startLive({ steal: true });
}

function become(next: Freshness, tell = true): void {
  now = next;
  for (const listener of listeners) listener(now);
  if (tell) channel?.postMessage(next);
}

channel?.addEventListener("message", (message: MessageEvent<Freshness>) => {
  // One that comes back late knows less.
  if (isLeading) return;
  hear();
  become(message.data, false);
});

// One stream, until it ends or goes silent.
async function follow(signal: AbortSignal): Promise<void> {
  const silence = new AbortController();
  const end = () => silence.abort();
  signal.addEventListener("abort", end);
  let timer = setTimeout(end, SILENCE_MS);
  try {
    // Without a filter: with one, the hub says how far it has come with its heartbeats only.
    const frames = events.subscribe(
      { start: { case: "startAt", value: StartAt.LIVE }, heartbeatInterval: { seconds: BigInt(HEARTBEAT_S) } },
      { signal: silence.signal },
    );
    for await (const { frame } of frames) {
      clearTimeout(timer);
      timer = setTimeout(end, SILENCE_MS);
      const value = frame.value as { head?: { sequence: bigint }; position?: { sequence: bigint } } | undefined;
      const head = value?.head?.sequence ?? value?.position?.sequence ?? now.head;
      become({ state: "live", head: head > now.head || frame.case === "confirmed" ? head : now.head, heard: new Date() });
    }
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", end);
  }
}

// A new line, or a page that is looked at again, ends it, but what the hub asks one to wait passes.
function pause(milliseconds: number, atLeast: number): Promise<void> {
  const began = Date.now();
  return new Promise((resolve) => {
    let timer = setTimeout(resolve, milliseconds);
    wake = () => {
      clearTimeout(timer);
      timer = setTimeout(resolve, Math.max(0, began + atLeast - Date.now()));
    };
  });
}

async function keepFollowing(signal: AbortSignal): Promise<void> {
  let wait = SHORTEST_PAUSE_MS;
  while (!signal.aborted) {
    const heardBefore = now.heard;
    let asked = 0;
    try {
      await follow(signal);
    } catch (error) {
      // Else, whatever it was, the line is down; the views say what the hub refuses.
      asked = spread(trouble(error).waitMs);
    }
    if (signal.aborted) return;
    if (now.heard !== heardBefore) wait = SHORTEST_PAUSE_MS;
    become({ ...now, state: asked > 0 ? "refused" : "dropped" });
    await pause(Math.max(asked, wait * (0.75 + Math.random() / 2)), asked);
    wait = Math.min(wait * 2, LONGEST_PAUSE_MS);
  }
}

// The tab that holds the lock has the stream; when it goes, or hangs, another one takes it.
export function startLive({ steal = false } = {}): void {
  stop?.abort();
  const mine = (stop = new AbortController());
  const follow = async () => {
    isLeading = true;
    clearTimeout(silence);
    // So that the others tell a line that is down from a tab that hangs.
    const beat = setInterval(() => channel?.postMessage(now), HEARTBEAT_S * 1000);
    mine.signal.addEventListener("abort", () => clearInterval(beat));
    await keepFollowing(mine.signal);
  };
  if (!navigator.locks || !channel) return void follow();
  hear();
  const how = steal ? { steal } : { signal: mine.signal };
  void navigator.locks.request("liaison.live", how, follow).catch(() => {
    // Somebody took it while this tab hung: it waits its turn again.
    if (stop !== mine) return;
    isLeading = false;
    startLive();
  });
}

const lookNow = () => wake?.();
window.addEventListener("online", lookNow);
document.addEventListener("visibilitychange", lookNow);

export function useFreshness(): Freshness {
  const [fresh, set] = useState(now);
  useEffect(() => {
    listeners.add(set);
    set(now);
    return () => void listeners.delete(set);
  }, []);
  return fresh;
}

export interface Loaded<T> {
  value: T | null;
  error: unknown;
  loading: boolean;
  reload: () => void;
}

// Not more often than this; the first change is looked at once.
const BETWEEN_LOADS_MS = 1000;

// What a call answers, asked again when the log has moved, and when the hub that had no room for it
// says so. What is shown stays until there is more.
// Lists to choose from are not `live`: on a slow line each event would cost as much as a page. With
// other `pages` it is the same list, longer, and stays in sight until it is there.
export function useLoad<T>(load: (signal: AbortSignal) => Promise<T>, keys: unknown[], { live = true, pages = 1 } = {}): Loaded<T> {
  useSession();
  const key = JSON.stringify([...keys, sessionEra()], (_, value) => (typeof value === "bigint" ? `${value}` : value));
  const [loaded, set] = useState<{ key: string; value: T | null; error: unknown; loading: boolean }>({ key, value: null, error: null, loading: true });
  const [asked, ask] = useState(0);
  const lastAt = useRef(0);
  const underWay = useRef(false);
  // Until the hub may be asked again that had no room: then it is, whatever the log does meanwhile.
  const waitsUntil = useRef(0);
  // Of what has come while a load was under way: it is finished first, or on a slow line nothing would
  // ever be shown of a log that does not rest.
  const late = useRef<(() => void) | null>(null);
  const loadNow = useRef(load);
  loadNow.current = load;

  useEffect(() => {
    const abort = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    lastAt.current = Date.now();
    waitsUntil.current = 0;
    underWay.current = true;
    const settle = (next: () => void) => {
      if (abort.signal.aborted) return;
      underWay.current = false;
      next();
      late.current?.();
    };
    set((before) => (before.key === key ? { ...before, loading: true } : { key, value: null, error: null, loading: true }));
    loadNow.current(abort.signal).then(
      (value) => settle(() => set({ key, value, error: null, loading: false })),
      (error: unknown) =>
        settle(() => {
          const wait = spread(trouble(error).waitMs);
          waitsUntil.current = Date.now() + wait;
          if (wait > 0) timer = setTimeout(() => ask((n) => n + 1), wait);
          set((before) => ({ key, value: before.key === key ? before.value : null, error, loading: false }));
        }),
    );
    return () => {
      abort.abort();
      clearTimeout(timer);
    };
  }, [key, asked, pages]);

  useEffect(() => {
    if (!live) return;
    let seen = now.head;
    let state = now.state;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const listener = (fresh: Freshness) => {
      const moved = fresh.head !== seen && seen !== 0n;
      const back = fresh.state === "live" && (state === "dropped" || state === "refused");
      seen = fresh.head;
      state = fresh.state;
      // What was asked of a line that went is not waited for.
      if (back) underWay.current = false;
      if (moved || back) askSoon();
    };
    const askSoon = () => {
      late.current = underWay.current ? askSoon : null;
      if (underWay.current || timer || Date.now() < waitsUntil.current) return;
      timer = setTimeout(() => {
        timer = undefined;
        ask((n) => n + 1);
      }, Math.max(0, lastAt.current + BETWEEN_LOADS_MS - Date.now()));
    };
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
      late.current = null;
      clearTimeout(timer);
    };
  }, [live]);

  return {
    value: loaded.key === key ? loaded.value : null,
    error: loaded.key === key ? loaded.error : null,
    loading: loaded.loading || loaded.key !== key,
    reload: () => ask((n) => n + 1),
  };
}
