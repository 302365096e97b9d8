// Where the reader is: all of it stands in the URL, so that any view can be sent to somebody.
import { useEffect, useState } from "preact/hooks";

export type Query = URLSearchParams;
type Changes = Record<string, string | number | bigint | undefined | null>;

const listeners = new Set<() => void>();
let query = new URLSearchParams(location.search);

export const here = (): Query => query;

// What stays when one goes to another page.
const KEPT = ["lang", "cycle"];

function withChanges(base: Query, changes: Changes): string {
  const next = new URLSearchParams(base);
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined || value === null || value === "") next.delete(name);
    else next.set(name, String(value));
  }
  const text = next.toString();
  return text === "" ? "?" : `?${text}`;
}

// A whole number of the URL, where it is one of these; else the usual one. Anybody can write anything
// there.
export function numberIn(of: Query, name: string, is: (value: number) => boolean, usual = 0): number {
  const text = of.get(name) ?? "";
  return /^\d{1,9}$/.test(text) && is(Number(text)) ? Number(text) : usual;
}

// The number of an event; null where the text is none that can be.
export const sequenceOf = (text: string | null): bigint | null => (/^[1-9]\d{0,18}$/.test(text ?? "") ? BigInt(text!) : null);

// This page, with something else changed.
export const same = (changes: Changes): string => withChanges(query, changes);

// Another page; language and cycle go along.
export function to(page: string, changes: Changes = {}): string {
  const base = new URLSearchParams();
  for (const name of KEPT) {
    const value = query.get(name);
    if (value) base.set(name, value);
  }
  if (page !== "now") base.set("page", page);
  return withChanges(base, changes);
}

export const toEvent = (sequence: bigint | number): string => to("event", { event: sequence });

// Whoever listens instead of looking hears where they are now: until they do something themselves, the
// heading of whatever page comes has the focus.
let isArriving = false;

export function focusOnArrival(heading: HTMLElement | null): void {
  if (isArriving) heading?.focus({ preventScroll: true });
}

for (const act of ["keydown", "pointerdown"]) document.addEventListener(act, () => (isArriving = false), true);

const place = (): string => `${query.get("page") ?? "now"} ${query.get("event") ?? ""}`;

function arrive(): void {
  isArriving = true;
  // Of a page that stays, with something else on it.
  setTimeout(() => focusOnArrival(document.querySelector<HTMLElement>("main h1")), 0);
}

function read(): void {
  query = new URLSearchParams(location.search);
  for (const listener of listeners) listener();
}

export function go(url: string, { replace = false, keepFocus = false } = {}): void {
  const before = place();
  if (replace) history.replaceState(null, "", url);
  else history.pushState(null, "", url);
  read();
  if (place() !== before && !keepFocus) {
    window.scrollTo(0, 0);
    arrive();
  }
}

export function useQuery(): Query {
  const [, again] = useState(0);
  useEffect(() => {
    const listener = () => again((n) => n + 1);
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }, []);
  return query;
}

window.addEventListener("popstate", () => {
  const before = place();
  read();
  if (place() !== before) arrive();
});

// Links within the dashboard change the view instead of loading it again.
document.addEventListener("click", (click) => {
  if (click.defaultPrevented || click.button !== 0) return;
  if (click.metaKey || click.ctrlKey || click.shiftKey || click.altKey) return;
  const link = (click.target as Element | null)?.closest?.("a");
  const url = link?.getAttribute("href");
  if (!link || !url?.startsWith("?") || link.target || link.hasAttribute("download")) return;
  click.preventDefault();
  const at = url.indexOf("#");
  go(url);
  if (at >= 0) {
    const id = url.slice(at + 1);
    setTimeout(() => {
      const target = document.getElementById(id);
      target?.scrollIntoView();
      if (!target) return;
      isArriving = false;
      target.focus();
    }, 50);
  }
});
