// The frame around every page: where one is, who one is, how fresh it is, in which language.
import { type ComponentType, type FunctionComponent, render } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Cycle } from "../gen/igf/liaison/v1/bodies_pb";
import { startLive, useFreshness } from "./live";
import { Await, Notice } from "./parts/basic";
import { type Caller, useCaller } from "./parts/caller";
import { CyclePicker, useCycle, useCycles } from "./parts/cycle";
import { Now } from "./pages/now";
import { go, same, to, useQuery } from "./route";
import { signOut } from "./session";
import { clock, currentLanguage, LANGUAGES, number, t, useLanguage } from "./words";

export interface PageProps {
  cycle: string;
  caller: Caller | null;
  // What is known of that cycle.
  cycleFacts?: Cycle;
}

type PageComponent = FunctionComponent<PageProps>;

// Everything but the first page is fetched when somebody goes there.
// A map: an object would have `toString` for a page.
const PAGES = new Map<string, () => Promise<PageComponent>>(Object.entries({
  radar: () => import("./pages/radar").then((m) => m.Radar),
  decisions: () => import("./pages/decisions").then((m) => m.Decisions),
  requests: () => import("./pages/requests").then((m) => m.Requests),
  prioritise: () => import("./pages/prioritise").then((m) => m.Prioritise),
  report: () => import("./pages/report").then((m) => m.Report),
  partners: () => import("./pages/partners").then((m) => m.Partners),
  trust: () => import("./pages/trust").then((m) => m.Trust),
  pack: () => import("./pages/pack").then((m) => m.Pack),
  event: () => import("./pages/event").then((m) => m.EventPage),
  signin: () => import("./pages/signin").then((m) => m.SignIn),
  signal: () => import("./pages/signal").then((m) => m.Signal),
  propose: () => import("./pages/decide").then((m) => m.Propose),
  triage: () => import("./pages/triage").then((m) => m.Triage),
  carry: () => import("./pages/carry").then((m) => m.Carry),
  support: () => import("./pages/support").then((m) => m.Support),
}));

// Pages on which something is written for a cycle.
const WRITTEN_ON = new Set(["report", "signal", "propose", "support", "triage", "carry", "prioritise"]);
const MENU = ["now", "radar", "decisions", "requests", "prioritise", "report", "partners", "pack", "trust"] as const;

function usePage(page: string): { component: PageComponent | null; failed: boolean; again: () => void } {
  const [state, set] = useState<{ page: string; component: PageComponent | null; failed: boolean }>({ page: "now", component: Now, failed: false });
  const [tries, again] = useState(0);
  useEffect(() => {
    if (page === "now") return set({ page, component: Now, failed: false });
    let still = true;
    PAGES.get(page)!().then(
      (component) => still && set({ page, component, failed: false }),
      () => still && set({ page, component: null, failed: true }),
    );
    return () => void (still = false);
  }, [page, tries]);
  return state.page === page ? { ...state, again: () => again((n) => n + 1) } : { component: null, failed: false, again: () => {} };
}

// What is shown was asked for since.
const OPENED = new Date();

function Freshness() {
  const fresh = useFreshness();
  const at = fresh.heard ? clock(fresh.heard) : "–";
  const text =
    fresh.state === "live"
      ? t("fresh_live", { head: fresh.head, at })
      : fresh.state === "dropped"
        ? t("fresh_dropped", { at })
        : fresh.state === "refused"
          ? t("fresh_refused", { at: clock(fresh.heard ?? OPENED) })
          : t("fresh_connecting");
  return (
    <p class={`fresh ${fresh.state}`}>
      <span class="dot" aria-hidden="true" />
      {text}
    </p>
  );
}

// Told once when the line goes and once when it is back; the clock beside it is not read out.
function LineNews() {
  const { state } = useFreshness();
  return (
    <p class="hidden" role="status">
      {state === "dropped" ? t("line_down") : state === "refused" ? t("not_live") : ""}
    </p>
  );
}

function Who(props: { caller: Caller | null }) {
  const { caller } = props;
  if (!caller) return null;
  if (!caller.organisation) return <a href={to("signin")}>{t("sign_in")}</a>;
  return (
    <span class="who">
      <a href={to("partners", { organisation: caller.organisation })}>
        <bdi dir="ltr">{caller.organisation.replace(/^org\//, "")}</bdi>
      </a>{" "}
      <button type="button" class="plain" onClick={signOut}>
        {t("sign_out")}
      </button>
    </span>
  );
}

function LanguagePicker() {
  return (
    <label class="picker">
      <span>{t("language")}</span>
      <select
        value={currentLanguage()}
        onChange={(change) => go(same({ lang: change.currentTarget.value }), { replace: true, keepFocus: true })}
      >
        {Object.entries(LANGUAGES).map(([code, own]) => (
          <option key={code} value={code} lang={code} selected={code === currentLanguage()}>
            {own}
          </option>
        ))}
      </select>
    </label>
  );
}

function App() {
  const query = useQuery();
  const language = useLanguage();
  const cycles = useCycles();
  const asked = query.get("page") ?? "now";
  const cycle = useCycle(cycles, WRITTEN_ON.has(asked));
  const caller = useCaller();
  const page = asked === "now" || PAGES.has(asked) ? asked : "now";
  const { component, failed, again } = usePage(page);
  if (!language) return null;
  const Shown = component as ComponentType<PageProps> | null;
  return (
    <>
      <a class="skip" href="#main" onClick={() => document.getElementById("main")?.focus()}>
        {t("skip")}
      </a>
      <header class="top">
        <p class="brand">
          <a href={to("now")}>IGF Liaison</a>
        </p>
        <div class="tools">
          <CyclePicker cycles={cycles} now={cycle} />
          <LanguagePicker />
          <Who caller={caller.value} />
        </div>
        <nav class="menu" aria-label={t("menu")}>
          <ul>
            {MENU.map((one) => (
              <li key={one}>
                <a href={to(one)} aria-current={one === page ? "page" : undefined}>
                  {t(`page_${one}`)}
                </a>
              </li>
            ))}
          </ul>
        </nav>
      </header>
      <main id="main" tabIndex={-1} class={`page-${page}`}>
        {caller.value?.hub.acceptsWrites === false && (
          <Notice kind="bad">
            <p>{t("no_writes")}</p>
          </Notice>
        )}
        {failed && (
          <Notice kind="bad">
            <p>{t("line_down")}</p>
            <button type="button" onClick={again}>
              {t("try_again")}
            </button>
          </Notice>
        )}
        {Shown && (cycle !== undefined || page === "now") ? (
          <Shown cycle={cycle ?? ""} caller={caller.value} cycleFacts={cycles.value?.find((one) => one.cycleId === cycle)} />
        ) : (
          <>
            <h1 tabIndex={-1}>{t(`page_${MENU.find((one) => one === page) ?? "now"}`)}</h1>
            <Await of={cycles}>{() => <p class="quiet loading">{t("loading")}</p>}</Await>
          </>
        )}
      </main>
      <footer class="bottom">
        <Freshness />
        <LineNews />
        {caller.value && <p>{t("hub_named", { hub: caller.value.hub.hub, n: number(caller.value.hub.head?.sequence ?? 0n) })}</p>}
        <p>{t("independent")}</p>
      </footer>
    </>
  );
}

const root = document.getElementById("app")!;
root.textContent = "";
render(<App />, root);
startLive();
