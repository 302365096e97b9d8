// The work on a decision: how far it has come, and what came of it.
import { DecisionState, TestResult } from "../../gen/igf/liaison/v1/bodies_pb";
import type { DecisionView } from "../../gen/igf/liaison/v1/liaison_service_pb";
import { Relation } from "../../gen/igf/liaison/v1/types_pb";
import { useState } from "preact/hooks";
import { useDraft } from "../publish";
import { currentLanguage, t } from "../words";
import type { Caller } from "./caller";
import { Choice, Compose, enumOptions, LanguageChoice, Paragraphs, TextField, useStays } from "./compose";
import type { OpenedEvent } from "./fields";

const WORKED_ON = new Set([DecisionState.ADOPTED, DecisionState.ADOPTED_INCOMPLETE, DecisionState.IN_PROGRESS]);

const speaksFor = (me: string, whom: string | undefined): boolean => !!whom && (me === whom || me.startsWith(`${whom}/`));

const mayReportOn = (view: DecisionView, caller: Caller): boolean =>
  WORKED_ON.has(view.state) &&
  (caller.isSecretariat || speaksFor(caller.organisation, view.facts?.outcomeOwner) || speaksFor(caller.organisation, view.facts?.steward));

interface WorkProps {
  on: OpenedEvent;
  view: DecisionView;
  caller: Caller;
}

const about = ({ on, view, caller }: WorkProps, language: string) => ({
  author: caller.organisation,
  audience: on.header.audience,
  cycle: view.decision?.cycle ?? on.header.cycle,
  language,
  references: [{ digest: view.decision?.digest ?? on.event.digest, relation: Relation.REPORTS_ON }],
});

const linksOf = (text: string) => (text.trim() ? [{ uri: text.trim() }] : []);

export function ProgressForm(props: WorkProps) {
  const { view, caller } = props;
  const state = useDraft(`progress.${view.decision?.sequence}.${caller.organisation}`, {
    percent: String(view.percent), expected: "", text: "", link: "", actingAs: "", language: currentLanguage(),
  });
  const { fields, set } = state;
  const [begun] = useState(state.isKept);
  const [inUse, use] = useState(false);
  if (!useStays(mayReportOn(view, caller), state, inUse)) return null;
  return (
    <details class="panel noprint" open={begun}>
      <summary>{t("report_progress")}</summary>
      <Compose
        state={state}
        inUse={use}
        author={caller.organisation}
        make={() =>
          !fields.text.trim()
            ? t("say_what_was_done")
            : {
                ...about(props, fields.language),
                body: {
                  case: "progress",
                  value: {
                    percent: Math.max(0, Math.floor(Number(fields.percent) || 0)), expectedOn: fields.expected, text: fields.text.trim(),
                    links: linksOf(fields.link), actingAs: fields.actingAs.trim(),
                  },
                },
              }
        }
      >
        <Paragraphs label={t("what_was_done")} value={fields.text} set={(text) => set({ text })} required />
        <div class="two">
          <TextField label={t("field_percent")} type="number" min={0} max={100} value={fields.percent} set={(percent) => set({ percent })} />
          <TextField label={t("field_expected_on")} type="date" value={fields.expected} set={(expected) => set({ expected })} />
        </div>
        <TextField label={t("link")} type="url" value={fields.link} set={(link) => set({ link })} />
        <TextField label={t("acting_as")} value={fields.actingAs} set={(actingAs) => set({ actingAs })} hint={t("acting_as_hint")} />
        <LanguageChoice value={fields.language} set={(language) => set({ language })} />
      </Compose>
    </details>
  );
}

export function OutcomeForm(props: WorkProps) {
  const { view, caller } = props;
  const state = useDraft(`outcome.${view.decision?.sequence}.${caller.organisation}`, {
    result: String(TestResult.MET), delivered: "", title: "", product: "", note: "", link: "", actingAs: "", language: currentLanguage(),
  });
  const { fields, set } = state;
  const [begun] = useState(state.isKept);
  const [inUse, use] = useState(false);
  if (!useStays(mayReportOn(view, caller), state, inUse)) return null;
  return (
    <details class="panel noprint" open={begun}>
      <summary>{t("report_outcome")}</summary>
      <Compose
        state={state}
        inUse={use}
        author={caller.organisation}
        make={() =>
          !fields.product.trim()
            ? t("say_the_product")
            : {
                ...about(props, fields.language),
                body: {
                  case: "outcome",
                  value: {
                    testResult: Number(fields.result), deliveredOn: fields.delivered, title: fields.title.trim(), product: fields.product.trim(),
                    testNote: fields.note.trim(), links: linksOf(fields.link), actingAs: fields.actingAs.trim(),
                  },
                },
              }
        }
      >
        <TextField label={t("title")} value={fields.title} set={(title) => set({ title })} />
        <Paragraphs label={t("field_product")} value={fields.product} set={(product) => set({ product })} required />
        <div class="two">
          <Choice label={t("field_test_result")} value={fields.result} set={(result) => set({ result })} options={enumOptions(TestResult, "test")} />
          <TextField label={t("field_delivered_on")} type="date" value={fields.delivered} set={(delivered) => set({ delivered })} />
        </div>
        <Paragraphs label={t("field_test_note")} value={fields.note} set={(note) => set({ note })} rows={2} />
        <TextField label={t("link")} type="url" value={fields.link} set={(link) => set({ link })} />
        <TextField label={t("acting_as")} value={fields.actingAs} set={(actingAs) => set({ actingAs })} hint={t("acting_as_hint")} />
        <LanguageChoice value={fields.language} set={(language) => set({ language })} />
      </Compose>
    </details>
  );
}
