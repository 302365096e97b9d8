// An initiative's local report: five minutes on a phone, every field but the title voluntary, kept in
// the browser until the hub has it.
import { MeetingMode } from "../../gen/igf/liaison/v1/bodies_pb";
import { Purpose, StakeholderGroup } from "../../gen/igf/liaison/v1/types_pb";
import type { PageProps } from "../main";
import { Choice, enumOptions, Paragraphs, TextField } from "../parts/compose";
import { TopicChoice, useTopics } from "../parts/topics";
import { Writing } from "../parts/writing";
import type { DraftInit } from "../publish";
import { toEvent } from "../route";
import { currentLanguage, name, t } from "../words";

interface Said {
  topic: string;
  text: string;
}

interface ReportFields {
  title: string;
  startsOn: string;
  endsOn: string;
  venue: string;
  mode: string;
  text: string;
  topics: string[];
  messages: Said[];
  requests: { text: string; to: string; by: string }[];
  onsite: string;
  online: string;
  byGroup: Record<string, string>;
  firstTimers: string;
  process: string;
  convergence: string;
  disagreement: string;
  followUp: string;
  link: string;
  languages: string;
  approver: string;
  licence: string;
  language: string;
  audience: string;
  recordedFor: string;
}

const EMPTY_REPORT: ReportFields = {
  title: "", startsOn: "", endsOn: "", venue: "", mode: "0", text: "", topics: [], messages: [{ topic: "", text: "" }],
  requests: [{ text: "", to: "", by: "" }], onsite: "", online: "", byGroup: {}, firstTimers: "", process: "", convergence: "", disagreement: "",
  followUp: "", link: "", languages: "", approver: "", licence: "", language: "", audience: "", recordedFor: "",
};

const MOST_MESSAGES = 5;
const asCount = (text: string): number => Math.max(0, Math.min(1_000_000, Math.floor(Number(text) || 0)));

// What is left out stays unsaid: no empty part is sent.
// Whoever writes down for others is the recorder; otherwise empty.
function reportDraft(fields: ReportFields, recorder: string): DraftInit {
  const language = fields.language || currentLanguage();
  const requests = fields.requests.filter((one) => one.text.trim());
  const askedOf = (one: { to: string }) => one.to.trim() || "org/igf-mag";
  const participants = [
    { mode: MeetingMode.ONSITE, count: asCount(fields.onsite) },
    { mode: MeetingMode.ONLINE, count: asCount(fields.online) },
    ...Object.entries(fields.byGroup).map(([group, count]) => ({ stakeholderGroup: Number(group), count: asCount(count) })),
  ].filter((one) => one.count > 0);
  const said = fields.messages.filter((one) => one.text.trim());
  const topics = [...new Set([...fields.topics, ...said.map((one) => one.topic).filter(Boolean)])];
  return {
    topics,
    language,
    addressees: [...new Set(requests.map(askedOf))],
    ...(recorder && fields.recordedFor
      ? { recordedFor: { contributor: { case: "organisation" as const, value: fields.recordedFor.trim() } }, recordedBy: recorder }
      : {}),
    body: {
      case: "localReport",
      value: {
        title: fields.title.trim(),
        startsOn: fields.startsOn,
        endsOn: fields.endsOn,
        mode: Number(fields.mode),
        venue: fields.venue.trim(),
        text: fields.text.trim(),
        keyMessages: said.map((one) => ({ topic: one.topic, text: one.text.trim(), language })),
        requests: requests.map((one) => ({ purpose: Purpose.ACTION, to: askedOf(one), by: one.by, text: one.text.trim() })),
        participants,
        firstTimers: asCount(fields.firstTimers),
        process: fields.process.trim(),
        convergence: fields.convergence.trim(),
        disagreement: fields.disagreement.trim(),
        followUp: fields.followUp.trim(),
        links: fields.link.trim() ? [{ uri: fields.link.trim() }] : [],
        workingLanguages: fields.languages.split(/[\s,;]+/).filter(Boolean),
        approverRole: fields.approver.trim(),
        licence: fields.licence.trim(),
      },
    },
  };
}

export function Report(props: PageProps) {
  const { caller } = props;
  const topics = useTopics();
  return (
    <Writing
      caller={caller}
      title={t("page_report")}
      lead={t("report_lead")}
      kind="report"
      empty={EMPTY_REPORT}
      cycle={props.cycle}
      make={(fields, { organisation, isSecretariat }) => reportDraft(fields, isSecretariat ? organisation : "")}
      done={(receipt) => (
        <>
          <p>{t("report_done")}</p>
          <p>
            <a class="button" href={toEvent(receipt.position?.sequence ?? 0n)}>
              {t("your_page")}
            </a>
          </p>
        </>
      )}
    >
      {(fields, set) => <ReportFieldset fields={fields} set={set} topics={topics} isSecretariat={caller?.isSecretariat ?? false} />}
    </Writing>
  );
}

function ReportFieldset(props: { fields: ReportFields; set: (changes: Partial<ReportFields>) => void; topics: ReturnType<typeof useTopics>; isSecretariat: boolean }) {
  const { fields, set, topics } = props;
  const change = <K extends "messages" | "requests">(list: K, i: number, changes: Partial<ReportFields[K][number]>) =>
    set({ [list]: fields[list].map((one, j) => (j === i ? { ...one, ...changes } : one)) } as Partial<ReportFields>);
  return (
    <>
      <TextField label={t("report_title")} value={fields.title} set={(title) => set({ title })} required hint={t("report_title_hint")} />
      <div class="two">
        <TextField label={t("first_day")} type="date" value={fields.startsOn} set={(startsOn) => set({ startsOn, endsOn: fields.endsOn || startsOn })} />
        <TextField label={t("last_day")} type="date" value={fields.endsOn} set={(endsOn) => set({ endsOn })} />
      </div>
      <div class="two">
        <TextField label={t("venue")} value={fields.venue} set={(venue) => set({ venue })} />
        <Choice label={t("mode")} value={fields.mode} set={(mode) => set({ mode })} options={[["0", t("not_said")], ...enumOptions(MeetingMode, "mode")]} />
      </div>
      <Paragraphs label={t("what_happened")} value={fields.text} set={(text) => set({ text })} rows={4} />
      <fieldset>
        <legend>{t("key_messages")}</legend>
        <p class="hint">{t("key_messages_hint")}</p>
        {fields.messages.map((one, i) => (
          <div class="repeated" key={i}>
            <Paragraphs label={t("message_n", { n: i + 1 })} rows={2} value={one.text} set={(text) => change("messages", i, { text })} />
            <Choice
              label={t("on_topic")}
              value={one.topic}
              set={(topic) => change("messages", i, { topic })}
              options={[["", t("not_said")], ...(topics.value ?? []).map((two): [string, string] => [two.topic, two.label])]}
            />
          </div>
        ))}
        {fields.messages.length < MOST_MESSAGES && (
          <button type="button" onClick={() => set({ messages: [...fields.messages, { topic: "", text: "" }] })}>
            {t("another_message")}
          </button>
        )}
      </fieldset>
      <fieldset>
        <legend>{t("asks_of_igf")}</legend>
        <p class="hint">{t("asks_hint")}</p>
        {fields.requests.map((one, i) => (
          <div class="repeated" key={i}>
            <Paragraphs label={t("request_n_text", { n: i + 1 })} rows={2} value={one.text} set={(text) => change("requests", i, { text })} />
            <div class="two">
              <TextField label={t("of_whom")} value={one.to} set={(whom) => change("requests", i, { to: whom })} list="organisations" hint={t("of_whom_hint")} ltr />
              <TextField label={t("by_when")} type="date" value={one.by} set={(by) => change("requests", i, { by })} />
            </div>
          </div>
        ))}
        <button type="button" onClick={() => set({ requests: [...fields.requests, { text: "", to: "", by: "" }] })}>
          {t("another_request")}
        </button>
      </fieldset>
      <details>
        <summary>{t("who_came")}</summary>
        <div class="two">
          <TextField label={name("mode", "onsite")} type="number" min={0} value={fields.onsite} set={(onsite) => set({ onsite })} />
          <TextField label={name("mode", "online")} type="number" min={0} value={fields.online} set={(online) => set({ online })} />
          <TextField label={t("first_timers")} type="number" min={0} value={fields.firstTimers} set={(firstTimers) => set({ firstTimers })} />
          {enumOptions(StakeholderGroup, "group").map(([value, text]) => (
            <TextField key={value} label={text} type="number" min={0} value={fields.byGroup[value] ?? ""} set={(count) => set({ byGroup: { ...fields.byGroup, [value]: count } })} />
          ))}
        </div>
      </details>
      <details>
        <summary>{t("more_to_say")}</summary>
        <TopicChoice topics={topics} value={fields.topics} set={(list) => set({ topics: list })} />
        <Paragraphs label={name("field", "process")} value={fields.process} set={(process) => set({ process })} />
        <Paragraphs label={name("field", "convergence")} value={fields.convergence} set={(convergence) => set({ convergence })} />
        <Paragraphs label={name("field", "disagreement")} value={fields.disagreement} set={(disagreement) => set({ disagreement })} />
        <Paragraphs label={name("field", "follow_up")} value={fields.followUp} set={(followUp) => set({ followUp })} />
        <TextField label={t("link")} type="url" value={fields.link} set={(link) => set({ link })} />
        <TextField label={t("working_languages")} value={fields.languages} set={(languages) => set({ languages })} hint={t("working_languages_hint")} ltr />
        <TextField label={name("field", "approver_role")} value={fields.approver} set={(approver) => set({ approver })} hint={t("approver_hint")} />
        <TextField label={name("field", "licence")} value={fields.licence} set={(licence) => set({ licence })} />
      </details>
      {props.isSecretariat && <TextField label={t("for_whom_written")} value={fields.recordedFor} set={(recordedFor) => set({ recordedFor })} list="organisations" ltr />}
    </>
  );
}
