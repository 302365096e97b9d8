// Those who do the work say what they need: a request like any other, in sight until it is answered.
import { SupportKind } from "../../gen/igf/liaison/v1/bodies_pb";
import type { PageProps } from "../main";
import { Choice, enumOptions, Paragraphs, TextField } from "../parts/compose";
import { Writing } from "../parts/writing";
import { t } from "../words";

const EMPTY = { title: "", text: "", kind: String(SupportKind.PEOPLE), whom: "org/igf-mag", by: "", actingAs: "", language: "", audience: "" };

export function Support(props: PageProps) {
  return (
    <Writing
      caller={props.caller}
      title={t("page_support")}
      lead={t("support_lead")}
      kind="support"
      empty={EMPTY}
      cycle={props.cycle}
      make={(fields) => {
        const asked = fields.whom.split(/[\s,;]+/).filter(Boolean);
        if (asked.length === 0) return t("whom_needed");
        return {
          addressees: asked,
          body: {
            case: "supportRequest",
            value: { dueOn: fields.by, kind: Number(fields.kind), title: fields.title.trim(), text: fields.text.trim(), actingAs: fields.actingAs.trim() },
          },
        };
      }}
    >
      {(fields, set) => (
        <>
          <TextField label={t("what_is_needed")} value={fields.title} set={(title) => set({ title })} required />
          <Choice label={t("what_kind_of_help")} value={fields.kind} set={(kind) => set({ kind })} options={enumOptions(SupportKind, "support")} />
          <div class="two">
            <TextField label={t("of_whom")} value={fields.whom} set={(whom) => set({ whom })} list="organisations" required ltr />
            <TextField label={t("by_when")} type="date" value={fields.by} set={(by) => set({ by })} required />
          </div>
          <Paragraphs label={t("text")} value={fields.text} set={(text) => set({ text })} rows={4} />
          <TextField label={t("acting_as")} value={fields.actingAs} set={(actingAs) => set({ actingAs })} hint={t("acting_as_hint")} />
        </>
      )}
    </Writing>
  );
}
