// Pointing at a topic, and saying what one wants of the IGF.
import { Purpose, Standing, TimeHorizon } from "../../gen/igf/liaison/v1/types_pb";
import type { PageProps } from "../main";
import { Page } from "../parts/basic";
import { AudienceChoice, BegunUnsigned, Choice, Compose, enumOptions, LanguageChoice, OnceKnown, Paragraphs, TextField, WritingAs } from "../parts/compose";
import { OrganisationList } from "../parts/organisations";
import { TopicChoice, useTopics } from "../parts/topics";
import { useDraft } from "../publish";
import { currentLanguage, t } from "../words";

const EMPTY = {
  title: "", text: "", topics: [] as string[], purpose: String(Purpose.INFORMATION), standing: String(Standing.ORGANISATION_POSITION),
  horizon: String(TimeHorizon.THIS_CYCLE), by: "", whom: "org/igf-mag", outcome: "", evidence: "", actingAs: "", language: "", audience: "",
};

export function Signal(props: PageProps) {
  const { caller } = props;
  const me = caller?.organisation ?? "";
  const topics = useTopics();
  const state = useDraft(`signal.${me}`, EMPTY);
  const { fields, set } = state;
  return (
    <Page title={t("page_signal")} lead={t("signal_lead")}>
      <WritingAs caller={caller} />
      <OrganisationList id="organisations" />
      <OnceKnown caller={caller}>
        <BegunUnsigned state={state} unsigned="signal." />
        <Compose
          state={state}
          author={me}
          make={() => {
            if (!me || !caller) return t("report_sign_in");
            return {
              author: me,
              audience: fields.audience || `${caller.hub.hub}/public`,
              cycle: props.cycle,
              topics: fields.topics.length > 0 ? fields.topics : ["unspecified"],
              language: fields.language || currentLanguage(),
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
            };
          }}
        >
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
          <div class="two">
            <LanguageChoice value={fields.language} set={(language) => set({ language })} />
            {caller && <AudienceChoice hub={caller.hub.hub} value={fields.audience} set={(audience) => set({ audience })} />}
          </div>
        </Compose>
      </OnceKnown>
    </Page>
  );
}
