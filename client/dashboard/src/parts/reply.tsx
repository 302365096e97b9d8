// Saying something to an event: where one stands, or an answer to what it asks.
import { useState } from "preact/hooks";
import { PositionKind, ResponseKind } from "../../gen/igf/liaison/v1/bodies_pb";
import { Relation, Standing } from "../../gen/igf/liaison/v1/types_pb";
import { useDraft } from "../publish";
import { currentLanguage, t } from "../words";
import type { Caller } from "./caller";
import { Choice, Compose, enumOptions, LanguageChoice, Paragraphs, TextField } from "./compose";
import type { OpenedEvent } from "./fields";

export function PositionForm(props: { on: OpenedEvent; caller: Caller }) {
  const { on, caller } = props;
  const state = useDraft(`position.${on.event.sequence}.${caller.organisation}`, { kind: "1", standing: String(Standing.ORGANISATION_POSITION), reason: "", language: currentLanguage() });
  const { fields, set } = state;
  return (
    <details class="panel noprint">
      <summary>{t("say_where_you_stand")}</summary>
      <Compose
        state={state}
        author={caller.organisation}
        make={() =>
          Number(fields.kind) !== PositionKind.SUPPORT && !fields.reason.trim()
            ? t("give_a_reason")
            : {
                author: caller.organisation,
                audience: on.header.audience,
                cycle: on.header.cycle,
                language: fields.language,
                references: [{ digest: on.event.digest, relation: Relation.POSITION_ON }],
                body: { case: "position", value: { kind: Number(fields.kind), standing: Number(fields.standing), reason: fields.reason.trim() } },
              }
        }
      >
        <Choice label={t("where_you_stand")} value={fields.kind} set={(kind) => set({ kind })} options={enumOptions(PositionKind, "position")} />
        <Choice label={t("whose_voice")} value={fields.standing} set={(standing) => set({ standing })} options={enumOptions(Standing, "standing")} />
        <Paragraphs label={t("reason")} value={fields.reason} set={(reason) => set({ reason })} hint={t("reason_hint")} />
        <LanguageChoice value={fields.language} set={(language) => set({ language })} />
      </Compose>
    </details>
  );
}

export function ResponseForm(props: { to: OpenedEvent; caller: Caller }) {
  const { to, caller } = props;
  const state = useDraft(`response.${to.event.sequence}.${caller.organisation}`, { kind: "1", doable: "", title: "", text: "", reason: "", language: currentLanguage() });
  const { fields, set } = state;
  const kind = Number(fields.kind);
  // Open where something was begun; what is published then stays in sight.
  const [begun] = useState(state.isKept);
  return (
    <details class="panel noprint" open={begun}>
      <summary>{t("answer_request")}</summary>
      <Compose
        state={state}
        author={caller.organisation}
        make={() => ({
          author: caller.organisation,
          audience: to.header.audience,
          cycle: to.header.cycle,
          language: fields.language,
          references: [{ digest: to.event.digest, relation: Relation.RESPONDS_TO }],
          body: {
            case: "response",
            value: {
              kind,
              doableDate: kind === ResponseKind.COUNTER ? fields.doable : "",
              title: fields.title.trim(),
              text: fields.text.trim(),
              reason: fields.reason.trim(),
            },
          },
        })}
      >
        <Choice label={t("your_answer")} value={fields.kind} set={(value) => set({ kind: value })} options={enumOptions(ResponseKind, "response")} />
        {kind === ResponseKind.COUNTER && <TextField label={t("doable_date")} type="date" value={fields.doable} set={(doable) => set({ doable })} required />}
        <TextField label={t("title")} value={fields.title} set={(title) => set({ title })} required />
        <Paragraphs label={t("text")} value={fields.text} set={(text) => set({ text })} />
        {(kind === ResponseKind.DECLINE || kind === ResponseKind.COUNTER) && <Paragraphs label={t("reason")} value={fields.reason} set={(reason) => set({ reason })} required />}
        <LanguageChoice value={fields.language} set={(language) => set({ language })} />
      </Compose>
    </details>
  );
}
