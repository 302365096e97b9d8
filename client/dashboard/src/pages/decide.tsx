// Proposing a decision, and moving it on: outcome before format, and what adoption asks for in sight
// all the time.
import { Decision, DecisionState, DecisionSchema, PositionKind, WorkFormat } from "../../gen/igf/liaison/v1/bodies_pb";
import type { DecisionView, SuggestFormatsResponse } from "../../gen/igf/liaison/v1/liaison_service_pb";
import { OrganisationKind, Relation } from "../../gen/igf/liaison/v1/types_pb";
import { useState } from "preact/hooks";
import { hex, unhex } from "../hex";
import { events, heeding, liaison, PATIENCE } from "../hub";
import { useLoad } from "../live";
import type { PageProps } from "../main";
import { Await, Empty, EventLink, HubSays, Notice, Org, Page, Problem, Tag } from "../parts/basic";
import type { Caller } from "../parts/caller";
import { AudienceChoice, Choice, Compose, enumOptions, LanguageChoice, Paragraphs, Refused, TextField } from "../parts/compose";
import { ADOPTION, Checklist } from "../parts/decision";
import { openEvent } from "../parts/fields";
import { digestsOf, inputNumbers } from "../parts/inputs";
import { OrganisationList, useOrganisations } from "../parts/organisations";
import { TopicChoice, useTopics } from "../parts/topics";
import { useDraft } from "../publish";
import { sequenceOf, to, useQuery } from "../route";
import { currentLanguage, name, t } from "../words";
import { today } from "../parts/cycle";

const OUTCOMES = ["key-messages", "good-practice", "policy-options", "standing-work", "regional-picture", "exchange", "ask-of-organisation", "nothing"];

interface DecideFields {
  state: string;
  title: string;
  focusQuestion: string;
  outcomeKind: string;
  product: string;
  owner: string;
  due: string;
  test: string;
  starts: string;
  ends: string;
  priority: string;
  format: string;
  steward: string;
  reasons: string;
  consensus: string;
  inputs: string;
  topics: string[];
  answers: Record<string, string>;
  language: string;
  audience: string;
}

interface Standing {
  view: DecisionView;
  audience: string;
  cycle: string;
  topics: string[];
  addressees: string[];
  latest: Uint8Array;
}

const EMPTY: DecideFields = {
  state: String(DecisionState.PROPOSED), title: "", focusQuestion: "", outcomeKind: "key-messages", product: "", owner: "", due: "", test: "",
  starts: "", ends: "", priority: "", format: "0", steward: "", reasons: "", consensus: "", inputs: "", topics: [], answers: {}, language: "", audience: "",
};

// What of the checklist is not filled in yet.
export function unfilled(fields: DecideFields, openObjections: string[]): string[] {
  const has: Record<(typeof ADOPTION)[number], boolean> = {
    focus_question: fields.focusQuestion.trim() !== "",
    outcome_product: fields.product.trim() !== "",
    outcome_owner: fields.owner.trim() !== "",
    outcome_due_on: fields.due !== "",
    outcome_test: fields.test.trim() !== "",
    time_frame: fields.starts !== "" && fields.ends !== "",
    priority: Number(fields.priority) > 0,
    work_format: Number(fields.format) > 0,
    steward: fields.steward.trim() !== "",
    reasons: fields.reasons.trim() !== "",
    references: inputNumbers(fields.inputs).length > 0,
    answers: openObjections.every((one) => (fields.answers[one] ?? "").trim() !== ""),
  };
  return ADOPTION.filter((one) => !has[one]);
}

// The words of all versions, the later ones over the earlier.
function merged(versions: Decision[]): Partial<Decision> {
  const all: Record<string, unknown> = {};
  for (const version of versions) {
    for (const field of DecisionSchema.fields) {
      const value = (version as unknown as Record<string, unknown>)[field.localName];
      if (typeof value === "string" ? value !== "" : Array.isArray(value) ? value.length > 0 : value) all[field.localName] = value;
    }
  }
  return all as Partial<Decision>;
}

function Formats(props: { outcome: string; ends: string; cycle: string }) {
  const [advice, set] = useState<SuggestFormatsResponse | null>(null);
  const [error, fail] = useState<unknown>(null);
  const ask = async () => {
    fail(null);
    try {
      const wanted = { outcome: props.outcome, cycle: props.cycle, timeFrame: { startsOn: today(), endsOn: props.ends } };
      set(await heeding(() => liaison.suggestFormats(wanted, { timeoutMs: PATIENCE })));
    } catch (refused) {
      fail(refused);
    }
  };
  return (
    <>
      <button type="button" onClick={ask}>
        {t("which_format")}
      </button>
      {error !== null && <Problem error={error} />}
      {advice && (
        <ul class="items">
          {advice.advice.map((one) => (
            <li key={one.format}>
              <strong>{name("format", WorkFormat[one.format] ?? "")}</strong> <Tag kind={one.fits ? "good" : ""}>{t(one.fits ? "it_fits" : "does_not_fit")}</Tag>
              {one.forIt.map((why, i) => (
                <span key={why} class="why-line">
                  + <HubSays sentences={[one.forItSentences[i]]} english={why} />
                </span>
              ))}
              {one.againstIt.map((why, i) => (
                <span key={why} class="why-line">
                  − <HubSays sentences={[one.againstItSentences[i]]} english={why} />
                </span>
              ))}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

function Form(props: { caller: Caller; cycle: string; standing: Standing | null; start: DecideFields }) {
  const { caller, standing } = props;
  const topics = useTopics();
  const organisations = useOrganisations();
  const root = standing?.view.decision;
  const state = useDraft<DecideFields>(`decision.${root?.sequence ?? "new"}.${caller.organisation}`, props.start);
  const { fields, set } = state;
  const objections = (standing?.view.positions ?? []).filter((one) => one.kind === PositionKind.OBJECT && one.event);
  const open = objections.filter((one) => !one.answered).map((one) => hex(one.event!.digest));
  const adopting = Number(fields.state) === DecisionState.ADOPTED;
  const seats = (organisations.value ?? []).filter((one) => one.organisation?.kind === OrganisationKind.MAG && one.organisation.organisation.includes("/seat-"));

  const make = async () => {
    const digests = await digestsOf(inputNumbers(fields.inputs), standing?.view.considered ?? []);
    if (typeof digests === "string") return digests;
    return {
      author: caller.organisation,
      audience: standing?.audience || fields.audience || `${caller.hub.hub}/public`,
      cycle: standing?.cycle || props.cycle,
      topics: standing ? standing.topics : fields.topics,
      language: fields.language || currentLanguage(),
      addressees: standing?.addressees ?? [],
      references: [
        ...(root ? [{ digest: root.digest, relation: Relation.REVISES }] : []),
        ...digests.map((digest) => ({ digest, relation: Relation.CONSIDERS })),
      ],
      body: {
        case: "decision" as const,
        value: {
          state: Number(fields.state),
          title: fields.title.trim(),
          focusQuestion: fields.focusQuestion.trim(),
          priority: Math.max(0, Math.floor(Number(fields.priority) || 0)),
          ...(fields.starts || fields.ends ? { timeFrame: { startsOn: fields.starts, endsOn: fields.ends } } : {}),
          outcomeProduct: fields.product.trim(),
          outcomeOwner: fields.owner.trim(),
          outcomeDueOn: fields.due,
          outcomeTest: fields.test.trim(),
          workFormat: Number(fields.format),
          steward: fields.steward.trim(),
          reasons: fields.reasons.trim(),
          consensusNote: fields.consensus.trim(),
          answers: Object.entries(fields.answers)
            .filter(([, answer]) => answer.trim())
            .map(([objection, answer]) => ({ objection: unhex(objection), answer: answer.trim() })),
        },
      },
    };
  };

  return (
    <div class="beside">
      <Compose state={state} author={caller.organisation} make={make} refusal={(error) => <Refused error={error} heading={t(adopting ? "adoption_refused" : "refused")} />}>
        <OrganisationList id="organisations" />
        {standing && <Choice label={t("move_to")} value={fields.state} set={(value) => set({ state: value })} options={enumOptions(DecisionState, "state")} />}
        <TextField label={t("title")} value={fields.title} set={(title) => set({ title })} required />
        <Paragraphs label={name("field", "focus_question")} value={fields.focusQuestion} set={(focusQuestion) => set({ focusQuestion })} rows={2} />
        <fieldset>
          <legend>{t("outcome_first")}</legend>
          <Choice label={t("outcome_kind")} value={fields.outcomeKind} set={(outcomeKind) => set({ outcomeKind })} options={OUTCOMES.map((one): [string, string] => [one, name("outcome", one)])} />
          <Paragraphs label={name("field", "outcome_product")} value={fields.product} set={(product) => set({ product })} rows={2} />
          <div class="two">
            <TextField label={name("field", "outcome_owner")} value={fields.owner} set={(owner) => set({ owner })} list="organisations" ltr />
            <TextField label={name("field", "outcome_due_on")} type="date" value={fields.due} set={(due) => set({ due })} />
          </div>
          <Paragraphs label={name("field", "outcome_test")} value={fields.test} set={(test) => set({ test })} rows={2} />
        </fieldset>
        <div class="two">
          <TextField label={t("first_day")} type="date" value={fields.starts} set={(starts) => set({ starts })} />
          <TextField label={t("last_day")} type="date" value={fields.ends} set={(ends) => set({ ends })} />
        </div>
        <fieldset>
          <legend>{t("then_format")}</legend>
          <Formats outcome={fields.outcomeKind} ends={fields.due || fields.ends} cycle={standing?.cycle || props.cycle} />
          <Choice label={name("field", "work_format")} value={fields.format} set={(format) => set({ format })} options={[["0", t("not_said")], ...enumOptions(WorkFormat, "format")]} />
        </fieldset>
        <div class="two">
          <TextField label={name("field", "priority")} type="number" min={1} max={99} value={fields.priority} set={(priority) => set({ priority })} hint={t("priority_hint")} />
          <TextField label={name("field", "steward")} value={fields.steward} set={(steward) => set({ steward })} list="seats" hint={t("steward_hint")} ltr />
        </div>
        <datalist id="seats">
          {seats.map((one) => (
            <option key={one.organisation!.organisation} value={one.organisation!.organisation} />
          ))}
        </datalist>
        <Paragraphs label={name("field", "reasons")} value={fields.reasons} set={(reasons) => set({ reasons })} />
        <Paragraphs label={name("field", "consensus_note")} value={fields.consensus} set={(consensus) => set({ consensus })} rows={2} />
        <TextField label={t("inputs_considered")} value={fields.inputs} set={(inputs) => set({ inputs })} hint={t("inputs_hint")} ltr />
        {objections.length > 0 && (
          <fieldset>
            <legend>{t("answers_to_objections")}</legend>
            {objections.map((one) => {
              const id = hex(one.event!.digest);
              return (
                <div class="repeated" key={id}>
                  <p>
                    <Org of={one.organisation} /> <EventLink event={one.event!} withAuthor={false} /> {one.answered && <Tag kind="good">{t("answered_objection")}</Tag>}
                  </p>
                  <Paragraphs label={t("your_answer")} rows={2} value={fields.answers[id] ?? ""} set={(answer) => set({ answers: { ...fields.answers, [id]: answer } })} />
                </div>
              );
            })}
          </fieldset>
        )}
        {!standing && <TopicChoice topics={topics} value={fields.topics} set={(list) => set({ topics: list })} />}
        <div class="two">
          <LanguageChoice value={fields.language} set={(language) => set({ language })} />
          {!standing && <AudienceChoice hub={caller.hub.hub} value={fields.audience} set={(audience) => set({ audience })} />}
        </div>
      </Compose>
      <aside aria-label={t("adoption_asks_for")}>
        <h2>{t("adoption_asks_for")}</h2>
        <Checklist missing={unfilled(fields, open)} />
      </aside>
    </div>
  );
}

export function Propose(props: PageProps) {
  const { caller, cycle } = props;
  const sequence = sequenceOf(useQuery().get("event"));
  const loaded = useLoad(async (signal) => {
    if (sequence === null) return { standing: null, start: EMPTY };
    const options = { signal, timeoutMs: PATIENCE };
    const view = (await liaison.getDecision({ key: { case: "sequence", value: sequence } }, options)).decision!;
    const versions = await Promise.all(
      view.versions.map(async (one) => openEvent((await events.getEvent({ key: { case: "sequence", value: one.sequence } }, options)).event!)),
    );
    const words = merged(versions.flatMap((one) => (one.message ? [one.message as Decision] : [])));
    const first = versions[0]!;
    const standing: Standing = {
      view,
      audience: first.header.audience,
      cycle: first.header.cycle,
      topics: first.header.topics,
      addressees: first.header.addressees,
      latest: versions[versions.length - 1]!.event.digest,
    };
    const facts = view.facts;
    const start: DecideFields = {
      ...EMPTY,
      state: String(DecisionState.ADOPTED),
      title: words.title ?? "",
      focusQuestion: words.focusQuestion ?? "",
      product: words.outcomeProduct ?? "",
      owner: facts?.outcomeOwner ?? "",
      due: facts?.outcomeDueOn ?? "",
      test: words.outcomeTest ?? "",
      starts: facts?.timeFrame?.startsOn ?? "",
      ends: facts?.timeFrame?.endsOn ?? "",
      priority: facts?.priority ? String(facts.priority) : "",
      format: String(facts?.workFormat ?? 0),
      steward: facts?.steward ?? "",
      reasons: words.reasons ?? "",
      consensus: words.consensusNote ?? "",
      inputs: view.considered.map((one) => String(one.sequence)).join(", "),
      answers: Object.fromEntries((words.answers ?? []).map((one) => [hex(one.objection), one.answer])),
      language: first.header.language,
    };
    return { standing, start };
  }, ["decide", sequence]);
  return (
    <Page title={sequence !== null ? t("move_decision") : t("propose")} lead={t("propose_lead")}>
      {caller && !caller.isMag && !caller.isSecretariat && (
        <Notice>
          <p>
            {t("propose_sign_in")} {!caller.organisation && <a href={to("signin")}>{t("sign_in")}</a>}
          </p>
        </Notice>
      )}
      {caller && (caller.isMag || caller.isSecretariat) && (
        <Await of={loaded}>{({ standing, start }) => <Form key={String(sequence ?? "new")} caller={caller} cycle={cycle} standing={standing} start={start} />}</Await>
      )}
      {!caller && <Empty>{t("loading")}</Empty>}
    </Page>
  );
}
