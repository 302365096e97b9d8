// The new cycle opens with what the last one left: the secretariat carries it over.
import { Relation } from "../../gen/igf/liaison/v1/types_pb";
import type { EventSummary, GetCycleOpeningResponse } from "../../gen/igf/liaison/v1/liaison_service_pb";
import { isMissing, liaison, PATIENCE } from "../hub";
import { useLoad } from "../live";
import type { PageProps } from "../main";
import { Await, Empty, Notice, Page } from "../parts/basic";
import type { Caller } from "../parts/caller";
import { Choice, Compose, LanguageChoice, Paragraphs, TextField } from "../parts/compose";
import { WritingAs } from "../parts/writing";
import { useCycles } from "../parts/cycle";
import { chosenNumbers, digestsOf, EventChoice } from "../parts/inputs";
import { useDraft } from "../publish";
import { currentLanguage, t } from "../words";

// Whatever still waits for somebody, each once.
export function leftOpen(opening: GetCycleOpeningResponse): EventSummary[] {
  const all = [
    ...opening.unfinished.flatMap((one) => (one.decision ? [one.decision] : [])),
    ...opening.openRequests.flatMap((one) => (one.request ? [one.request] : [])),
    ...opening.undisposed,
  ];
  const carried = new Set(opening.carriedOver.map((one) => one.sequence));
  return [...new Map(all.filter((one) => !carried.has(one.sequence)).map((one) => [one.sequence, one])).values()];
}

function Form(props: { caller: Caller; cycle: string; from: string; cycles: string[]; open: EventSummary[] }) {
  const { caller, open } = props;
  const state = useDraft(`carry.${props.cycle}.${caller.organisation}`, {
    chosen: [] as string[], others: "", from: props.from, title: "", reason: "", language: "",
  });
  const { fields, set } = state;
  const make = async () => {
    const numbers = chosenNumbers(fields);
    if (numbers.length === 0) return t("choose_one");
    const items = await digestsOf(numbers, open);
    if (typeof items === "string") return items;
    return {
      author: caller.organisation,
      audience: `${caller.hub.hub}/public`,
      cycle: props.cycle,
      language: fields.language || currentLanguage(),
      references: items.map((digest) => ({ digest, relation: Relation.CARRIES_OVER })),
      body: { case: "carryOver" as const, value: { fromCycle: fields.from, toCycle: props.cycle, title: fields.title.trim(), reason: fields.reason.trim() } },
    };
  };
  return (
    <Compose state={state} author={caller.organisation} make={make}>
      <Choice
        label={t("field_from_cycle")}
        value={fields.from}
        set={(from) => set({ from })}
        options={props.cycles.filter((one) => one !== props.cycle).map((one): [string, string] => [one, one])}
      />
      <p>
        {t("field_to_cycle")}: <strong>{props.cycle}</strong>
      </p>
      <EventChoice label={t("choose_carried")} of={open} empty={t("nothing_carried")} fields={fields} set={set} />
      <TextField label={t("title")} value={fields.title} set={(title) => set({ title })} />
      <Paragraphs label={t("reason")} value={fields.reason} set={(reason) => set({ reason })} />
      <LanguageChoice value={fields.language} set={(language) => set({ language })} />
    </Compose>
  );
}

export function Carry(props: PageProps) {
  const { caller, cycle } = props;
  const cycles = useCycles();
  const opening = useLoad(async (signal) => {
    if (!cycle) return null;
    try {
      return await liaison.getCycleOpening({ cycle }, { signal, timeoutMs: PATIENCE });
    } catch (error) {
      if (isMissing(error)) return null;
      throw error;
    }
  }, ["opening", cycle]);
  return (
    <Page title={t("page_carry")} lead={t("carry_lead")}>
      {caller && !caller.isSecretariat && (
        <Notice>
          <p>{t("carry_sign_in")}</p>
        </Notice>
      )}
      {caller?.isSecretariat && (
        <>
          <WritingAs caller={caller} />
          <Await of={opening}>
            {(found) => {
              const names = (cycles.value ?? []).map((one) => one.cycleId);
              const from = found?.fromCycle || names.find((one) => one !== cycle) || "";
              if (!cycle || !from) return <Empty>{t("no_cycle")}</Empty>;
              return <Form key={cycle} caller={caller} cycle={cycle} from={from} cycles={names} open={found ? leftOpen(found) : []} />;
            }}
          </Await>
        </>
      )}
    </Page>
  );
}
