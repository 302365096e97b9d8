// Pointing at a topic, and saying what one wants of the IGF.
import { Purpose, Standing, TimeHorizon } from "../../gen/igf/liaison/v1/types_pb";
import type { PageProps } from "../main";
import { Choice, enumOptions, Paragraphs, TextField } from "../parts/compose";
import { TopicChoice, useTopics } from "../parts/topics";
import { Writing } from "../parts/writing";
import { t } from "../words";

const EMPTY = {
  title: "", text: "", topics: [] as string[], purpose: String(Purpose.INFORMATION), standing: String(Standing.ORGANISATION_POSITION),
  horizon: String(TimeHorizon.THIS_CYCLE), by: "", whom: "org/igf-mag", outcome: "", evidence: "", actingAs: "", language: "", audience: "",
};

export function Signal(props: PageProps) {
  const topics = useTopics();
  return (
    <Writing
      caller={props.caller}
      title={t("page_signal")}
      lead={t("signal_lead")}
      kind="signal"
      empty={EMPTY}
      cycle={props.cycle}
      make={(fields) => ({
        topics: fields.topics.length > 0 ? fields.topics : ["unspecified"],
        addressees: fields.whom.trim() ? [fields.whom.trim()] : [],
        body: {
          case: "topicSignal",
          value: {
            purpose: Number(fields.purpose),
            standing: Number(fields.standing),
            timeHorizon: Number(fields.horizon),
            requestedDate: fields.by,
            title: fields.title.trim(),
            text: fields.text.trim(),
            desiredOutcome: fields.outcome.trim(),
            evidence: fields.evidence.trim() ? [{ uri: fields.evidence.trim() }] : [],
            actingAs: fields.actingAs.trim(),
          },
        },
      })}
    >
      {(fields, set) => (
        <>
          <TextField label={t("title")} value={fields.title} set={(title) => set({ title })} required />
          <Paragraphs label={t("text")} value={fields.text} set={(text) => set({ text })} rows={5} />
          <TopicChoice topics={topics} value={fields.topics} set={(list) => set({ topics: list })} />
          <Choice label={t("what_you_want")} value={fields.purpose} set={(purpose) => set({ purpose })} options={enumOptions(Purpose, "purpose", [Purpose.INFORMATION, Purpose.ACTION])} />
          <div class="two">
            <TextField label={t("of_whom")} value={fields.whom} set={(whom) => set({ whom })} list="organisations" ltr />
            <TextField label={t("by_when")} type="date" value={fields.by} set={(by) => set({ by })} />
          </div>
          <Paragraphs label={t("desired_outcome")} value={fields.outcome} set={(outcome) => set({ outcome })} />
          <div class="two">
            <Choice label={t("whose_voice")} value={fields.standing} set={(standing) => set({ standing })} options={enumOptions(Standing, "standing")} />
            <Choice label={t("how_soon")} value={fields.horizon} set={(horizon) => set({ horizon })} options={enumOptions(TimeHorizon, "horizon")} />
          </div>
          <TextField label={t("link")} type="url" value={fields.evidence} set={(evidence) => set({ evidence })} />
          <TextField label={t("acting_as")} value={fields.actingAs} set={(actingAs) => set({ actingAs })} hint={t("acting_as_hint")} />
        </>
      )}
    </Writing>
  );
}
