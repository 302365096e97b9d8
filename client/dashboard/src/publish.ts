// Publishing: a draft has its event id from the start, so that sending it again, over whatever line,
// has one effect.
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { useEffect, useRef, useState } from "preact/hooks";
import { DraftSchema, type Draft, type Receipt } from "../gen/igf/liaison/v1/event_pb";
import { Channel } from "../gen/igf/liaison/v1/types_pb";
import { hex } from "./hex";
import { publisher, spread, trouble } from "./hub";
import { ofBrowser, ofTab } from "./kept";

export type DraftInit = MessageInitShape<typeof DraftSchema>;

export function newEventId(): string {
  if (typeof crypto.randomUUID === "function") return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const id = hex(bytes);
  return `${id.slice(0, 8)}-${id.slice(8, 12)}-${id.slice(12, 16)}-${id.slice(16, 20)}-${id.slice(20)}`;
}

// --- what is being written stays in the browser ----------------------------------------------------

interface Kept<T> {
  eventId: string;
  fields: T;
  // It may have reached the hub already: the same has to be sent again, and nothing else.
  sent: boolean;
}

// What one tab has of the draft of a key, and whether any of it was written in this tab.
interface Held<T> {
  key: string;
  kept: Kept<T>;
  isKept: boolean;
  isOwn: boolean;
}

const PREFIX = "liaison.draft.";
const QUIET_MS = 300;

const anew = <T>(empty: T): Kept<T> => ({ eventId: newEventId(), fields: empty, sent: false });

function parse<T>(text: string | null, empty: T): Kept<T> | null {
  try {
    const kept = JSON.parse(text ?? "null") as Kept<T> | null;
    return kept?.eventId ? { ...kept, fields: { ...empty, ...kept.fields } } : null;
  } catch {
    return null; // somebody else's, or cut short: begin anew
  }
}

const isSame = (one: Kept<unknown>, two: Kept<unknown>): boolean => JSON.stringify(one.fields) === JSON.stringify(two.fields);

// A tab's own text comes first: another tab may have written over it, or published, what both had.
function read<T>(key: string, empty: T): Held<T> {
  const name = PREFIX + key;
  const own = parse(ofTab.get(name), empty);
  const kept = own ?? parse(ofBrowser.get(name), empty);
  return { key, kept: kept ?? anew(empty), isKept: kept !== null && (ofBrowser.outlives(name) || ofTab.outlives(name)), isOwn: own !== null };
}

function write<T>(key: string, kept: Kept<T>): boolean {
  const text = JSON.stringify(kept);
  ofTab.set(PREFIX + key, text);
  return ofBrowser.set(PREFIX + key, text);
}

// What another tab has written since under the same key is not this one's to remove.
function forget<T>(key: string, kept: Kept<T>): void {
  ofTab.remove(PREFIX + key);
  const there = ofBrowser.get(PREFIX + key);
  const other = parse<object>(there, {});
  if (other && !isSame(other, kept)) {
    ofBrowser.set(PREFIX + key, JSON.stringify({ ...other, eventId: newEventId(), sent: false }));
  } else {
    ofBrowser.remove(PREFIX + key);
  }
}

// Whether something was begun under this key.
export const isBegun = (key: string): boolean => ofBrowser.get(PREFIX + key) !== null;

export interface DraftState<T> {
  key: string;
  fields: T;
  eventId: string;
  sent: boolean;
  isKept: boolean;
  // Something of it was written here.
  isOwn: boolean;
  set: (changes: Partial<T>) => void;
  markSent: (sent: boolean) => void;
  // The same words as another event. Returns its id.
  renew: () => string;
  // Goes on with what was begun under another key, which is empty then.
  takeOver: (key: string) => void;
  clear: () => void;
}

export function useDraft<T extends object>(key: string, empty: T): DraftState<T> {
  const [, again] = useState(0);
  const held = useRef<Held<T>>();
  const timer = useRef<ReturnType<typeof setTimeout>>();
  // Whoever closes the page at once, or signs out, loses nothing.
  const flush = (of: Held<T> | undefined) => {
    if (timer.current === undefined || !of) return;
    clearTimeout(timer.current);
    timer.current = undefined;
    write(of.key, of.kept);
  };
  // Another key is another's draft: nothing of it is shown, and nothing written under it, any more.
  if (held.current?.key !== key) {
    flush(held.current);
    held.current = read(key, empty);
  }
  const now = held.current;
  const become = (next: Partial<Held<T>>) => {
    Object.assign(now, next);
    again((n) => n + 1);
  };
  const storeNow = (kept: Kept<T>) => {
    clearTimeout(timer.current);
    timer.current = undefined;
    become({ kept, isKept: write(key, kept), isOwn: true });
  };
  useEffect(() => {
    const leave = () => flush(held.current);
    const elsewhere = (change: StorageEvent) => {
      if (change.key !== PREFIX + key) return;
      if (!now.isOwn) return become(read(key, empty));
      const there = parse(change.newValue, empty);
      if (there) return void (isSame(there, now.kept) && !now.kept.sent && become({ kept: there }));
      const gone = parse(change.oldValue, empty);
      // Published there, or discarded: so is the same here. Anything else is another event, and stays.
      if (gone && isSame(gone, now.kept)) {
        forget(key, now.kept);
        become(read(key, empty));
      } else if (!now.kept.sent) {
        storeNow({ ...now.kept, eventId: newEventId() });
      }
    };
    window.addEventListener("pagehide", leave);
    window.addEventListener("storage", elsewhere);
    return () => {
      leave();
      window.removeEventListener("pagehide", leave);
      window.removeEventListener("storage", elsewhere);
    };
  }, [key]);
  return {
    key,
    fields: now.kept.fields,
    eventId: now.kept.eventId,
    sent: now.kept.sent,
    isKept: now.isKept,
    isOwn: now.isOwn,
    set: (changes) => {
      become({ kept: { ...now.kept, fields: { ...now.kept.fields, ...changes } }, isOwn: true });
      clearTimeout(timer.current);
      timer.current = setTimeout(() => {
        timer.current = undefined;
        become({ isKept: write(key, now.kept) });
      }, QUIET_MS);
    },
    markSent: (sent) => storeNow({ ...now.kept, sent }),
    renew: () => {
      const eventId = newEventId();
      storeNow({ ...now.kept, eventId, sent: false });
      return eventId;
    },
    takeOver: (other) => {
      const from = read(other, empty);
      storeNow({ ...from.kept, eventId: newEventId(), sent: false });
      forget(other, from.kept);
    },
    clear: () => {
      clearTimeout(timer.current);
      timer.current = undefined;
      forget(key, now.kept);
      become({ kept: anew(empty), isKept: false, isOwn: false });
    },
  };
}

// --- sending ---------------------------------------------------------------------------------------

const ONE_TRY_MS = 15_000;
const LONGEST_PAUSE_MS = 8_000;

export const toDraft = (init: DraftInit): Draft => create(DraftSchema, { channel: Channel.WEB, ...init } as DraftInit);

// Checks everything and writes nothing.
export async function rehearse(draft: Draft): Promise<void> {
  await publisher.publish({ items: [{ item: { case: "draft", value: draft } }], dryRun: true }, { timeoutMs: ONE_TRY_MS });
}

// A new line ends it, but for whom the hub has asked to wait.
function rest(milliseconds: number, byHub: boolean, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      window.removeEventListener("online", done);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    if (!byHub) window.addEventListener("online", done);
    signal.addEventListener("abort", done);
  });
}

// The same draft again and again until the hub has answered, whichever answer it is but that it has no
// room now.
export async function send(draft: Draft, signal: AbortSignal, waiting: (tries: number, byHub: boolean) => void): Promise<Receipt> {
  for (let tries = 1; ; tries++) {
    try {
      const { receipts } = await publisher.publish(
        { items: [{ item: { case: "draft", value: draft } }] },
        { signal, timeoutMs: ONE_TRY_MS },
      );
      return receipts[0]!;
    } catch (error) {
      const { line, waitMs } = trouble(error);
      const byHub = waitMs > 0;
      if (signal.aborted || (!line && !byHub)) throw error;
      waiting(tries, byHub);
      await rest(Math.max(spread(waitMs), Math.min(LONGEST_PAUSE_MS, 500 * 2 ** (tries - 1))), byHub, signal);
      if (signal.aborted) throw error;
    }
  }
}
