// Writing, always in the same three steps: fill in, see what will be published, publish.
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Draft, Receipt } from "../../gen/igf/liaison/v1/event_pb";
import { events, heeding, trouble } from "../hub";
import { type DraftInit, type DraftState, rehearse, send, toDraft } from "../publish";
import { fieldInWords } from "../refusals";
import { toEvent } from "../route";
import { currentLanguage, LANGUAGES, languageName, name, t } from "../words";
import { ByHub, Notice, Org, Problem } from "./basic";
import { DraftBody } from "./fields";

// --- fields ----------------------------------------------------------------------------------------

interface FieldProps {
  label: string;
  value: string;
  set: (value: string) => void;
  hint?: string;
  required?: boolean;
}

let nextId = 0;
function useId(): string {
  const id = useRef("");
  if (!id.current) id.current = `field-${++nextId}`;
  return id.current;
}

function Labelled(props: { id: string; label: string; hint?: string; required?: boolean; children: ComponentChildren }) {
  return (
    <div class="field">
      <label for={props.id}>
        {props.label} {props.required && <span class="quiet">({t("needed")})</span>}
      </label>
      {props.hint && (
        <p class="hint" id={`${props.id}-hint`}>
          {props.hint}
        </p>
      )}
      {props.children}
    </div>
  );
}

export function TextField(props: FieldProps & { type?: "text" | "date" | "number" | "url" | "password"; list?: string; min?: number; max?: number; ltr?: boolean }) {
  const id = useId();
  return (
    <Labelled id={id} {...props}>
      <input
        id={id}
        type={props.type ?? "text"}
        value={props.value}
        required={props.required}
        list={props.list}
        min={props.min}
        max={props.max}
        dir={props.ltr ? "ltr" : (props.type ?? "text") === "text" ? "auto" : undefined}
        autocomplete="off"
        inputMode={props.type === "number" ? "numeric" : undefined}
        aria-describedby={props.hint ? `${id}-hint` : undefined}
        onInput={(input) => props.set(input.currentTarget.value)}
      />
    </Labelled>
  );
}

export function Paragraphs(props: FieldProps & { rows?: number }) {
  const id = useId();
  return (
    <Labelled id={id} {...props}>
      <textarea
        id={id}
        rows={props.rows ?? 3}
        required={props.required}
        dir="auto"
        aria-describedby={props.hint ? `${id}-hint` : undefined}
        value={props.value}
        onInput={(input) => props.set(input.currentTarget.value)}
      />
    </Labelled>
  );
}

export function Choice(props: FieldProps & { options: [string, string][] }) {
  const id = useId();
  return (
    <Labelled id={id} {...props}>
      <select id={id} value={props.value} aria-describedby={props.hint ? `${id}-hint` : undefined} onChange={(change) => props.set(change.currentTarget.value)}>
        {props.options.map(([value, text]) => (
          <option key={value} value={value} selected={value === props.value}>
            {text}
          </option>
        ))}
      </select>
    </Labelled>
  );
}

// The names of an enumeration as choices, by number.
export function enumOptions(of: Record<string, string | number>, prefix: string, only?: number[]): [string, string][] {
  return Object.entries(of)
    .filter((one): one is [string, number] => typeof one[1] === "number" && one[1] !== 0 && (!only || only.includes(one[1])))
    .map(([word, value]) => [String(value), name(prefix, word)]);
}

export function LanguageChoice(props: { value: string; set: (value: string) => void }) {
  const others = ["pt", "de", "sw", "hi"];
  return (
    <Choice
      label={t("written_in")}
      value={props.value || currentLanguage()}
      set={props.set}
      options={[...Object.entries(LANGUAGES), ...others.map((code): [string, string] => [code, languageName(code)])]}
    />
  );
}

export function AudienceChoice(props: { hub: string; value: string; set: (value: string) => void }) {
  const of = (one: string) => `${props.hub}/${one}`;
  return (
    <Choice
      label={t("who_may_read")}
      value={props.value || of("public")}
      set={props.set}
      options={["public", "partners", "mag"].map((one): [string, string] => [of(one), name("audience", one)])}
    />
  );
}

// --- the three steps -------------------------------------------------------------------------------

type Step =
  | { at: "writing"; refused?: unknown; eventId?: string }
  | { at: "checking"; waits?: boolean }
  | { at: "preview"; draft: Draft; refused?: unknown }
  | { at: "sending"; draft: Draft; tries: number; byHub?: boolean }
  | { at: "done"; receipt: Receipt };

export interface ComposeProps<T> {
  state: DraftState<T>;
  author: string;
  // What the fields say, as it would be published; a text where something is missing.
  make: () => DraftInit | string | Promise<DraftInit | string>;
  children: ComponentChildren;
  submit?: string;
  // Said below the refusal, `what adoption asks for`.
  refusal?: (error: unknown) => ComponentChildren;
  done?: (receipt: Receipt) => ComponentChildren;
  // Whether there is more in sight than fields.
  inUse?: (is: boolean) => void;
}

// Whether a form is to be seen: while it is asked for, and from then on for as long as there is something
// in it. The page may hear that the work is done, or that the choice is made, while somebody writes, or
// before they have the answer to what they sent.
export function useStays(isAskedFor: boolean, state: { isOwn: boolean }, inUse: boolean): boolean {
  const stays = useRef(false);
  stays.current = isAskedFor || (stays.current && (state.isOwn || inUse));
  return stays.current;
}

// Whose draft it is decides how far it has come: nobody publishes what another had in sight.
export function Compose<T>(props: ComposeProps<T>) {
  return <Steps key={props.state.key} {...props} />;
}

function Steps<T>(props: ComposeProps<T>) {
  const { state } = props;
  const [step, go] = useState<Step>({ at: "writing" });
  const [lacking, lack] = useState("");
  const heading = useRef<HTMLHeadingElement>(null);
  const stop = useRef<AbortController>();

  useEffect(() => {
    if (step.at === "preview" || step.at === "done") heading.current?.focus();
  }, [step.at]);
  useEffect(() => () => stop.current?.abort(), []);
  const isInUse = step.at !== "writing" || step.refused !== undefined;
  useEffect(() => props.inUse?.(isInUse), [isInUse]);

  const preview = async (eventId: string) => {
    lack("");
    // From here on what was refused before is not what stands there.
    go({ at: "checking" });
    let draft: Draft | undefined;
    try {
      const made = await props.make();
      if (typeof made === "string") {
        go({ at: "writing" });
        return lack(made);
      }
      const rehearsed = (draft = toDraft({ ...made, eventId } as DraftInit));
      await heeding(
        () => rehearse(rehearsed),
        () => go({ at: "checking", waits: true }),
      );
      go({ at: "preview", draft });
    } catch (refused) {
      // Without a line it can be looked at and kept, and goes out when there is one.
      if (draft && trouble(refused).line) go({ at: "preview", draft, refused });
      else go({ at: "writing", refused, eventId });
    }
  };

  const publish = async (draft: Draft) => {
    const abort = (stop.current = new AbortController());
    state.markSent(true);
    go({ at: "sending", draft, tries: 0 });
    try {
      const receipt = await send(draft, abort.signal, (tries, byHub) => go({ at: "sending", draft, tries, byHub }));
      state.clear();
      go({ at: "done", receipt });
    } catch (refused) {
      if (abort.signal.aborted) return go({ at: "preview", draft });
      if (!trouble(refused).line) state.markSent(false);
      go({ at: "writing", refused, eventId: draft.eventId });
    }
  };

  if (step.at === "done") {
    return (
      <section class="panel done">
        <h2 tabIndex={-1} ref={heading}>
          {t("published")}
        </h2>
        <p>
          {t(step.receipt.duplicate ? "was_there_already" : "is_in_the_record")}{" "}
          <a href={toEvent(step.receipt.position?.sequence ?? 0n)}>{t("see_it", { n: String(step.receipt.position?.sequence ?? 0n) })}</a>
        </p>
        {props.done?.(step.receipt)}
        <button type="button" onClick={() => go({ at: "writing" })}>
          {t("write_another")}
        </button>
      </section>
    );
  }

  if (step.at === "preview" || step.at === "sending") {
    return (
      <section class="panel preview">
        <h2 tabIndex={-1} ref={heading}>
          {t("preview")}
        </h2>
        <p class="lead">{t("preview_lead")}</p>
        <dl class="facts">
          <dt>{t("by")}</dt>
          <dd>
            <Org of={step.draft.author} />
          </dd>
          <dt>{t("who_may_read")}</dt>
          <dd>{name("audience", step.draft.audience.split("/")[1] ?? "")}</dd>
          <dt>{t("written_in")}</dt>
          <dd>{languageName(step.draft.language)}</dd>
        </dl>
        <DraftBody draft={step.draft} />
        {step.at === "preview" && step.refused !== undefined && (
          <Notice>
            <p>{t("not_checked")}</p>
          </Notice>
        )}
        {step.at === "sending" && (
          <Notice>
            <p>{step.tries === 0 ? t("sending") : t(step.byHub ? "sending_waits" : "sending_again")}</p>
          </Notice>
        )}
        <div class="buttons">
          <button type="button" class="primary" disabled={step.at === "sending"} onClick={() => publish(step.draft)}>
            {t("publish")}
          </button>
          <button
            type="button"
            onClick={() => {
              if (step.at === "sending") stop.current?.abort();
              else go({ at: "writing" });
            }}
          >
            {step.at === "sending" ? t("stop_sending") : t("back_to_writing")}
          </button>
        </div>
      </section>
    );
  }

  return (
    <form
      class="compose"
      onSubmit={(submit) => {
        submit.preventDefault();
        void preview(state.eventId);
      }}
    >
      {props.children}
      {lacking && (
        <Notice kind="bad">
          <p>{lacking}</p>
        </Notice>
      )}
      {step.at === "writing" && step.refused !== undefined && (
        <>
          {props.refusal?.(step.refused) ?? <Problem error={step.refused} />}
          {trouble(step.refused).reason === "EVENT_ID_REUSED" && (
            <>
              <Arrived author={props.author} eventId={step.eventId ?? state.eventId} />
              <p>
                <button type="button" onClick={() => void preview(state.renew())}>
                  {t("publish_as_new")}
                </button>
              </p>
            </>
          )}
        </>
      )}
      {step.at === "checking" && step.waits && (
        <Notice>
          <p>{t("waits")}</p>
        </Notice>
      )}
      <div class="buttons">
        <button type="submit" class="primary" disabled={step.at === "checking"}>
          {step.at === "checking" ? t("checking") : (props.submit ?? t("preview"))}
        </button>
        {state.isKept && (
          <button type="button" onClick={() => state.clear()}>
            {t("discard")}
          </button>
        )}
      </div>
      <p class="quiet">{state.isKept ? t("kept_here") : t("will_be_kept_here")}</p>
    </form>
  );
}

// What was sent before the line went may have arrived as it then was.
function Arrived(props: { author: string; eventId: string }) {
  const [found, set] = useState<bigint | null>(null);
  useEffect(() => {
    events.getEvent({ key: { case: "name", value: { author: props.author, eventId: props.eventId } } }).then(
      ({ event }) => set(event?.sequence ?? null),
      () => {},
    );
  }, [props.author, props.eventId]);
  if (found === null) return null;
  return (
    <p>
      {t("arrived_before")} <a href={toEvent(found)}>{t("see_it", { n: String(found) })}</a>
    </p>
  );
}

export function Refused(props: { error: unknown; heading: string }) {
  const what = trouble(props.error);
  if (what.refusals.length === 0) return <Problem error={props.error} />;
  return (
    <Notice kind="bad">
      <p>
        <strong>{props.heading}</strong>
      </p>
      <ul class="checklist">
        {what.refusals.map((one) => (
          <li key={one.field + one.description} class="missing">
            <strong>{fieldInWords(one.field)}</strong>: <ByHub>{one.description}</ByHub>
          </li>
        ))}
      </ul>
    </Notice>
  );
}
