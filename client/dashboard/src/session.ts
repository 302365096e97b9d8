// Who the reader is. A token is kept for this tab alone, and is never in the URL.
import { useEffect, useState } from "preact/hooks";
import { ofTab } from "./kept";

const TOKEN = "liaison.token";
const ACTING = "liaison.as";
const listeners = new Set<() => void>();
let era = 0;

export const token = (): string => ofTab.get(TOKEN) ?? "";
export const actingAs = (): string => ofTab.get(ACTING) ?? "";

// Counts up whenever somebody else is looking.
export const sessionEra = (): number => era;

function changed(): void {
  era += 1;
  for (const listener of listeners) listener();
}

export function signIn(newToken: string, organisation: string): void {
  if (newToken) ofTab.set(TOKEN, newToken);
  else ofTab.remove(TOKEN);
  if (organisation) ofTab.set(ACTING, organisation);
  else ofTab.remove(ACTING);
  changed();
}

// Whoever came by an invitation has nothing here: their browser keeps what the hub gave it, and no
// script can read that. It ends at the hub.
export async function signOut(): Promise<void> {
  const keptHere = token() !== "" || actingAs() !== "";
  ofTab.remove(TOKEN);
  ofTab.remove(ACTING);
  if (!keptHere) await fetch("/leave", { method: "POST", redirect: "manual" }).catch(() => {});
  changed();
}

export function useSession(): number {
  const [now, set] = useState(era);
  useEffect(() => {
    const listener = () => set(era);
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }, []);
  return now;
}
