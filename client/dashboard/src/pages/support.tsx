// Those who do the work say what they need: a request like any other, in sight until it is answered.
import { SupportKind } from "../../gen/igf/liaison/v1/bodies_pb";
import type { PageProps } from "../main";
import { Page } from "../parts/basic";
import { AudienceChoice, BegunUnsigned, Choice, Compose, enumOptions, LanguageChoice, OnceKnown, Paragraphs, TextField, WritingAs } from "../parts/compose";
import { OrganisationList } from "../parts/organisations";
import { useDraft } from "../publish";
import { currentLanguage, t } from "../words";

const EMPTY = { title: "", text: "", kind: String(SupportKind.PEOPLE), whom: "org/igf-mag", by: "", actingAs: "", language: "", audience: "" };

export function Support(props: PageProps) {
  const { caller } = props;
  const me = caller?.organisation ?? "";
  const state = useDraft(`support.${me}`, EMPTY);
  const { fields, set } = state;
  return (
    <Page title={t("page_support")} lead={t("support_lead")}>
      <WritingAs caller={caller} />
      <OrganisationList id="organisations" />
      <OnceKnown caller={caller}>
        <BegunUnsigned state={state} unsigned="support." />
        <Compose
          state={state}
          author={me}
          make={() => {
            if (!me || !caller) return t("report_sign_in");
            if (!fields.title.trim()) return t("title_needed");
            const asked = fields.whom.split(/[\s,;]+/).filter(Boolean);
            if (asked.length === 0) return t("whom_needed");
            return {
              author: me,
              audience: fields.audience || `${caller.hub.hub}/public`,
              cycle: props.cycle,
              language: fields.language || currentLanguage(),
              addressees: asked,
              body: {
                case: "supportRequest",
                value: { dueOn: fields.by, kind: Number(fields.kind), title: fields.title.trim(), text: fields.text.trim(), actingAs: fields.actingAs.trim() },
              },
            };
          }}
        >
          <TextField label={t("what_is_needed")} value={fields.title} set={(title) => set({ title })} required />
          <Choice label={t("what_kind_of_help")} value={fields.kind} set={(kind) => set({ kind })} options={enumOptions(SupportKind, "support")} />
          <div class="two">
            <TextField label={t("of_whom")} value={fields.whom} set={(whom) => set({ whom })} list="organisations" required ltr />
            <TextField label={t("by_when")} type="date" value={fields.by} set={(by) => set({ by })} required />
          </div>
          <Paragraphs label={t("text")} value={fields.text} set={(text) => set({ text })} rows={4} />
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
