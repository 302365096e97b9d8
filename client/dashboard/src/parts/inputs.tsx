// Choosing events to say something about: those of a list by a tick, any other by its number.
import { useRef } from "preact/hooks";
import type { EventSummary } from "../../gen/igf/liaison/v1/liaison_service_pb";
import { events, heeding, isMissing, PATIENCE } from "../hub";
import { t } from "../words";
import { EventLink, EventNumbers } from "./basic";
import { TextField } from "./compose";

export const inputNumbers = (text: string): bigint[] => [...new Set((text.match(/\d+/g) ?? []).map((one) => BigInt(one)))];

export type Named = Pick<EventSummary, "sequence" | "digest">;

// How other events refer to these; a text where one of them cannot be read.
export async function digestsOf(sequences: bigint[], known: Named[]): Promise<Uint8Array[] | string> {
  const digests: Uint8Array[] = [];
  for (const sequence of sequences) {
    const here = known.find((one) => one.sequence === sequence)?.digest;
    try {
      digests.push(here ?? (await heeding(() => events.getEvent({ key: { case: "sequence", value: sequence } }, { timeoutMs: PATIENCE }))).event!.digest);
    } catch (error) {
      if (isMissing(error)) return t("no_such_input", { n: String(sequence) });
      throw error;
    }
  }
  return digests;
}

export interface ChosenEvents {
  chosen: string[];
  others: string;
}

export const chosenNumbers = (fields: ChosenEvents): bigint[] => inputNumbers([...fields.chosen, fields.others].join(" "));

const MOST_SHOWN = 100;

export function EventChoice(props: { label: string; of: EventSummary[]; empty: string; fields: ChosenEvents; set: (changes: Partial<ChosenEvents>) => void }) {
  const { fields } = props;
  // What is chosen stays in sight, also where somebody else has sorted it meanwhile: it is what will be
  // published.
  const seen = useRef(new Map<string, EventSummary>());
  for (const one of props.of) seen.current.set(String(one.sequence), one);
  const gone = fields.chosen.filter((sequence) => !props.of.some((one) => String(one.sequence) === sequence));
  const shown = props.of.filter((one, i) => i < MOST_SHOWN || fields.chosen.includes(String(one.sequence)));
  const tick = (sequence: string, on: boolean) =>
    props.set({ chosen: on ? [...fields.chosen, sequence] : fields.chosen.filter((one) => one !== sequence) });
  return (
    <fieldset>
      <legend>{props.label}</legend>
      {shown.length + gone.length === 0 && <p class="quiet">{props.empty}</p>}
      <ul class="items ticks">
        {[...shown.map((one) => String(one.sequence)), ...gone].map((sequence) => {
          const one = seen.current.get(sequence);
          return (
            <li key={sequence}>
              <input
                type="checkbox"
                id={`tick-${sequence}`}
                aria-labelledby={`ticked-${sequence}`}
                checked={fields.chosen.includes(sequence)}
                onChange={(change) => tick(sequence, change.currentTarget.checked)}
              />
              <span id={`ticked-${sequence}`}>
                {one ? <EventLink event={one} /> : <EventNumbers of={[BigInt(sequence)]} />}
              </span>
            </li>
          );
        })}
      </ul>
      {props.of.length > shown.length && <p class="quiet">{t("more_not_shown", { n: props.of.length - shown.length })}</p>}
      <TextField label={t("others_by_number")} value={fields.others} set={(others) => props.set({ others })} hint={t("inputs_hint")} ltr />
    </fieldset>
  );
}
