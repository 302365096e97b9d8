// The hub's sentences in the reader's language, from their codes.
import type { Sentence, SentenceValue } from "../gen/igf/liaison/v1/sentence_pb";
import { day, decimals, isRightToLeft, number, saidAs, wordOf } from "./words";

export type Format = {
  number: (n: number | bigint) => string;
  decimals: typeof decimals;
  day: typeof day;
  // What texts are called, where they have a better name: topics.
  names?: Map<string, string>;
};
const FOR_PEOPLE: Format = { number, decimals, day };

const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]/;
// Names and titles keep their own direction among ours.
const isolated = (text: string): string => (isRightToLeft() || RIGHT_TO_LEFT.test(text) ? `\u2068${text}\u2069` : text);

function valueInWords({ value }: SentenceValue, format: Format): string | bigint | null {
  switch (value.case) {
    case "text":
      return isolated(format.names?.get(value.value) ?? value.value);
    case "number":
      return value.value;
    case "decimal":
      return format.decimals(value.value.value, value.value.digits);
    case "day":
      return format.day(value.value);
    case "word":
      return wordOf(value.value);
    case "list": {
      const parts = value.value.sentences.map((one) => inWords(one, format));
      return parts.includes(null) ? null : parts.join(saidAs(value.value.bySemicolons ? "list.semicolon" : "list.comma", {}, number) ?? ", ");
    }
    default:
      return null;
  }
}

// Null where there are no words for it, here or in any part of it: a newer hub has said it.
export function inWords(sentence: Sentence, format: Format = FOR_PEOPLE): string | null {
  const values: Record<string, string | bigint> = {};
  for (const one of sentence.values) {
    const said = valueInWords(one, format);
    if (said === null) return null;
    values[one.name] = said;
  }
  return saidAs(sentence.code, values, format.number);
}

// Null where there is one without words, or none at all.
export function allInWords(sentences: (Sentence | undefined)[], names?: Map<string, string>): string[] | null {
  const said = sentences.map((one) => (one ? inWords(one, { ...FOR_PEOPLE, names }) : null));
  return said.length === 0 || said.includes(null) ? null : (said as string[]);
}
