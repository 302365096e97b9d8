// Any event's content, field by field, as it was written.
import { type DescField, type DescMessage, fromBinary, type Message } from "@bufbuild/protobuf";
import { reflect, type ReflectMessage, type ReflectList } from "@bufbuild/protobuf/reflect";
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import prefixes from "../../../../proto/words/prefixes.json";
import type { Draft, Event } from "../../gen/igf/liaison/v1/event_pb";
import { DraftSchema, EventHeaderSchema, SectionStatus } from "../../gen/igf/liaison/v1/event_pb";
import { EventType, Relation, SectionKind } from "../../gen/igf/liaison/v1/types_pb";
import { hex } from "../hex";
import { events, heeding, PATIENCE } from "../hub";
import { to, toEvent } from "../route";
import { countryName, day, languageName, name, number, t } from "../words";
import { Org, Said } from "./basic";

// What the words for an enumeration's values begin with.
export const PREFIX: Record<string, string> = prefixes;

const HIDDEN = new Set(["title", "external_ids", "possession", "public_key"]);

// --- other events, named by their hash -------------------------------------------------------------

interface Other {
  sequence: bigint;
  title: string;
  language: string;
}

// They never change.
const others = new Map<string, Promise<Other | null>>();

async function readOther(digest: Uint8Array): Promise<Other | null> {
  const { event } = await heeding(() => events.getEvent({ key: { case: "digest", value: digest } }, { timeoutMs: PATIENCE }));
  if (!event) return null;
  const { title, header } = openEvent(event);
  return { sequence: event.sequence, title: title || name("type", EventType[header.type] ?? ""), language: header.language };
}

// In its own words where it can be read; of a long list only the first are looked up.
function OtherEvent(props: { digest: Uint8Array; looksUp: boolean }) {
  const id = hex(props.digest);
  const [other, set] = useState<Other | null>(null);
  useEffect(() => {
    if (!props.looksUp) return;
    let still = true;
    if (!others.has(id)) others.set(id, readOther(props.digest));
    others.get(id)!.then(
      (found) => still && set(found),
      () => others.delete(id),
    );
    return () => void (still = false);
  }, [id, props.looksUp]);
  if (!other) return <a href={to("event", { id })}>{t("this_event")}</a>;
  return (
    <a href={toEvent(other.sequence)}>
      <Said lang={other.language}>{other.title}</Said> <bdi class="num" dir="ltr">#{String(other.sequence)}</bdi>
    </a>
  );
}

const MOST_LOOKED_UP = 20;

function Scalar(props: { field: DescField; value: unknown; language: string; looksUp: boolean }): ComponentChildren {
  const { field, value } = props;
  if (field.enum) return name(PREFIX[field.enum.name] ?? field.enum.name, field.enum.value[value as number]?.localName ?? String(value));
  if (value instanceof Uint8Array) {
    return value.length === 32 ? <OtherEvent digest={value} looksUp={props.looksUp} /> : null;
  }
  if (typeof value === "boolean") return t(value ? "yes" : "no");
  if (typeof value === "number" || typeof value === "bigint") return number(value);
  const text = String(value);
  if (/^org\//.test(text)) return <Org of={text} />;
  if (/_on$|_date$|^by$|^valid_/.test(field.name)) return day(text);
  if (/language/.test(field.name)) return languageName(text);
  if (field.name === "countries") return countryName(text);
  if (field.name === "uri") {
    return /^https?:\/\//.test(text) ? (
      <a href={text} rel="noopener noreferrer nofollow" target="_blank">
        <bdi dir="ltr">{text}</bdi>
      </a>
    ) : (
      <bdi dir="ltr">{text}</bdi>
    );
  }
  return (
    <Said lang={props.language} block={text.includes("\n")}>
      {text}
    </Said>
  );
}

function OneValue(props: { field: DescField; value: unknown; language: string; looksUp: boolean }): ComponentChildren {
  if (props.field.message) return <Fields of={props.value as ReflectMessage} language={props.language} inner looksUp={props.looksUp} />;
  return <Scalar {...props} />;
}

function isEmpty(value: unknown): boolean {
  return value === "" || value === 0 || value === 0n || value === false || (value instanceof Uint8Array && value.length === 0);
}

export function Fields(props: { of: ReflectMessage; language: string; inner?: boolean; looksUp?: boolean }) {
  const { of, language, looksUp = true } = props;
  const own = of.fields.find((field) => field.name === "language");
  const spoken = (own && of.isSet(own) && String(of.get(own))) || language;
  const rows = of.fields.flatMap((field) => {
    if ((!props.inner && HIDDEN.has(field.name)) || !of.isSet(field)) return [];
    const value = of.get(field) as unknown;
    if (field.fieldKind === "list") {
      const items = [...(value as ReflectList)];
      if (items.length === 0) return [];
      return [
        <div key={field.name}>
          <dt>{name("field", field.name)}</dt>
          <dd>
            <ul class="plainlist">
              {items.map((item, i) => (
                <li key={i}>
                  <OneValue field={field} value={item} language={spoken} looksUp={looksUp && i < MOST_LOOKED_UP} />
                </li>
              ))}
            </ul>
          </dd>
        </div>,
      ];
    }
    if (isEmpty(value)) return [];
    return [
      <div key={field.name}>
        <dt>{name("field", field.name)}</dt>
        <dd>
          <OneValue field={field} value={value} language={spoken} looksUp={looksUp} />
        </dd>
      </div>,
    ];
  });
  return <dl class={props.inner ? "facts inner" : "facts body"}>{rows}</dl>;
}

const titleOf = (of: ReflectMessage): string => {
  const field = of.fields.find((one) => one.name === "title");
  return field && of.isSet(field) ? String(of.get(field)) : "";
};

export function DraftBody(props: { draft: Draft }) {
  const field = DraftSchema.fields.find((one) => one.oneof?.name === "body" && one.localName === props.draft.body.case);
  if (!field?.message || !props.draft.body.value) return null;
  const body = reflect(field.message, props.draft.body.value as Message);
  return (
    <>
      {titleOf(body) && (
        <h3>
          <Said lang={props.draft.language}>{titleOf(body)}</Said>
        </h3>
      )}
      {props.draft.topics.length > 0 && <p class="quiet">{props.draft.topics.join(", ")}</p>}
      <Fields of={body} language={props.draft.language} />
      {props.draft.addressees.length > 0 && (
        <p>
          {t("addressed_to")}:{" "}
          {props.draft.addressees.map((one, i) => (
            <span key={one}>
              {i > 0 && ", "}
              <Org of={one} />
            </span>
          ))}
        </p>
      )}
      {props.draft.references.length > 0 && (
        <ul class="items">
          {props.draft.references.map((one, i) => (
            <li key={i}>
              <span class="by">{name("relation", Relation[one.relation] ?? "")}:</span> <OtherEvent digest={one.digest} looksUp={i < MOST_LOOKED_UP} />
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

// --- of what the log has ---------------------------------------------------------------------------

export interface OpenedEvent {
  event: Event;
  header: ReturnType<typeof headerOf>;
  body: ReflectMessage | null;
  message: Message | null;
  title: string;
  erased: boolean;
  withheld: boolean; // at the hub it comes from
}

export const headerOf = (event: Event) => fromBinary(EventHeaderSchema, event.header);

// The body that goes with the header's type: of the field of a draft that has the type's number.
export function bodySchema(type: number): DescMessage | undefined {
  return DraftSchema.fields.find((one) => one.number === 100 + type)?.message;
}

export function openEvent(event: Event): OpenedEvent {
  const header = headerOf(event);
  const content = event.sections.find((one) => one.kind === SectionKind.CONTENT);
  const schema = bodySchema(header.type);
  const erased = content?.status === SectionStatus.ERASED;
  const withheld = content?.status === SectionStatus.WITHHELD;
  const message = schema && content && !erased && !withheld ? fromBinary(schema, content.data) : null;
  const body = schema && message ? reflect(schema, message) : null;
  return { event, header, body, message, title: body ? titleOf(body) : "", erased, withheld };
}
