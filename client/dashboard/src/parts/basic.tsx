// What all pages are made of.
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { EventType } from "../../gen/igf/liaison/v1/types_pb";
import type { EventSummary } from "../../gen/igf/liaison/v1/liaison_service_pb";
import type { Sentence } from "../../gen/igf/liaison/v1/sentence_pb";
import { trouble } from "../hub";
import type { Loaded } from "../live";
import { focusOnArrival, to, toEvent } from "../route";
import { fieldInWords, refusalInWords } from "../refusals";
import { allInWords } from "../sentences";
import { currentLanguage, languageName, moment, name, number, saidAs, t, useSentences } from "../words";

export function Page(props: { title: string; lead?: string; children: ComponentChildren }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${props.title} · IGF Liaison`;
  }, [props.title]);
  useEffect(() => focusOnArrival(heading.current), []);
  return (
    <>
      <h1 tabIndex={-1} ref={heading}>
        {props.title}
      </h1>
      {props.lead && <p class="lead">{props.lead}</p>}
      {props.children}
    </>
  );
}

// Words of somebody else, in their language and direction.
export function Said(props: { lang?: string; children: ComponentChildren; block?: boolean }) {
  const inner = (
    <bdi lang={props.lang || "und"} dir="auto">
      {props.children}
    </bdi>
  );
  return props.block ? <div class="said">{inner}</div> : inner;
}

// Sentences of the hub's, in the reader's language; as the hub said them where there are no words.
export function HubSays(props: { sentences: (Sentence | undefined)[]; english: string; between?: "list.comma" | "list.semicolon"; names?: Map<string, string> }) {
  const waits = useSentences();
  const said = allInWords(props.sentences, props.names);
  if (waits && !said) {
    return (
      <span aria-busy="true">
        <ByHub>{props.english}</ByHub>
      </span>
    );
  }
  return said ? <>{said.join(props.between ? (saidAs(props.between, {}, number) ?? ", ") : " ")}</> : <ByHub>{props.english}</ByHub>;
}

// What the hub says in English alone: why it refuses something.
export function ByHub(props: { children: ComponentChildren }) {
  return currentLanguage() === "en" ? (
    <>{props.children}</>
  ) : (
    <bdi lang="en" dir="ltr" class="by-hub">
      {props.children}
    </bdi>
  );
}

export const shortName = (organisation: string): string => organisation.replace(/^org\//, "");

export function Org(props: { of: string }) {
  if (!props.of) return <>{t("individual")}</>;
  return (
    <a href={to("partners", { organisation: props.of })}>
      <bdi dir="ltr">{shortName(props.of)}</bdi>
    </a>
  );
}

export const typeName = (type: EventType): string => name("type", EventType[type] ?? "UNSPECIFIED");

export const toDate = (time: { seconds: bigint } | undefined): Date | null => (time ? new Date(Number(time.seconds) * 1000) : null);

export function EventLink(props: { event: EventSummary; withAuthor?: boolean }) {
  const { event } = props;
  return (
    <span class="event">
      <a href={toEvent(event.sequence)}>
        <Said lang={event.language}>{event.title || typeName(event.type)}</Said>
      </a>
      {event.retracted && <span class="tag">{t("taken_back")}</span>}
      {props.withAuthor !== false && (
        <span class="by">
          {" "}
          <Org of={event.contributor || event.author} />
          {event.language && event.language !== currentLanguage() && ` · ${languageName(event.language)}`}
          {" · "}
          <SequenceNumber of={event.sequence} />
        </span>
      )}
    </span>
  );
}

const SequenceNumber = (props: { of: bigint }) => (
  <bdi class="num" dir="ltr">
    #{String(props.of)}
  </bdi>
);

export function EventNumbers(props: { of: bigint[] }) {
  if (props.of.length === 0) return null;
  return (
    <span class="numbers">
      {props.of.map((sequence) => (
        <a key={sequence} href={toEvent(sequence)}>
          <SequenceNumber of={sequence} />
        </a>
      ))}
    </span>
  );
}

export function Notice(props: { kind?: "bad" | "good" | "plain"; children: ComponentChildren }) {
  return (
    <div class={`notice ${props.kind ?? "plain"}`} role={props.kind === "bad" ? "alert" : "status"}>
      {props.children}
    </div>
  );
}

// `retry` asks again; where the hub has said when, that comes by itself.
export function Problem(props: { error: unknown; retry?: () => void }) {
  const what = trouble(props.error);
  const waits = props.retry !== undefined && what.waitMs > 0;
  const refusal = waits ? t("waits") : refusalInWords(what.reason);
  return (
    <Notice kind={waits ? "plain" : "bad"}>
      {refusal && <p>{refusal}</p>}
      <p class={refusal ? "quiet" : undefined}>{what.byHub ? <ByHub>{what.said}</ByHub> : what.said}</p>
      {what.refusals.length > 0 && (
        <ul>
          {what.refusals.map((one) => (
            <li key={one.field + one.description}>
              <strong>{fieldInWords(one.field)}</strong>: <ByHub>{one.description}</ByHub>
            </li>
          ))}
        </ul>
      )}
      {props.retry && !waits && (
        <button type="button" onClick={props.retry}>
          {t("try_again")}
        </button>
      )}
    </Notice>
  );
}

// What has been loaded; what was shown before stays while there is trouble.
export function Await<T>(props: { of: Loaded<T>; children: (value: T) => ComponentChildren }) {
  const { value, error, loading, reload } = props.of;
  return (
    <div aria-busy={loading} class="await">
      {error !== null && <Problem error={error} retry={reload} />}
      {/* Null may be the answer: nothing is there. */}
      {value !== null || (!loading && error === null) ? props.children(value as T) : error === null && <p class="quiet loading">{t("loading")}</p>}
    </div>
  );
}

export function Empty(props: { children: ComponentChildren }) {
  return <p class="quiet">{props.children}</p>;
}

export function More(props: { there: boolean; next: () => void }) {
  if (!props.there) return null;
  return (
    <button type="button" class="noprint" onClick={props.next}>
      {t("more")}
    </button>
  );
}

export function Scroll(props: { label: string; children: ComponentChildren }) {
  return (
    <div class="scroll" role="region" aria-label={props.label} tabIndex={0}>
      {props.children}
    </div>
  );
}

export function Tag(props: { children: ComponentChildren; kind?: string }) {
  return <span class={`tag ${props.kind ?? ""}`}>{props.children}</span>;
}

// A list of links of which one is where the reader is.
export function Tabs(props: { label: string; now: string; tabs: { id: string; href: string; text: string }[] }) {
  return (
    <nav class="tabs" aria-label={props.label}>
      <ul>
        {props.tabs.map((one) => (
          <li key={one.id}>
            <a href={one.href} aria-current={one.id === props.now ? "page" : undefined}>
              {one.text}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

export function When(props: { time: { seconds: bigint } | undefined }) {
  const date = toDate(props.time);
  return date ? <time dateTime={date.toISOString()}>{moment(date)}</time> : null;
}

// A share as a bar; the figure beside it says the same.
export function Bar(props: { share: number | undefined; kind?: string }) {
  const width = Math.max(0, Math.min(1, props.share ?? 0)) * 100;
  return (
    <svg class={`bar ${props.kind ?? ""}`} viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
      <rect class="track" width="100" height="8" />
      <rect class="fill" width={width} height="8" />
    </svg>
  );
}
