// The dashboard's own words, in the six languages of the United Nations. What partners wrote stays
// in theirs.
import { useEffect, useState } from "preact/hooks";
import { here } from "./route";
import en from "./words/en";

export type Key = keyof typeof en;
export type Plural = { zero?: string; one?: string; two?: string; few?: string; many?: string; other: string };
export type Text = string | Plural;
export type Words = Partial<Record<Key, Text>>;

export const LANGUAGES: Record<string, string> = {
  ar: "العربية",
  zh: "中文",
  en: "English",
  fr: "Français",
  ru: "Русский",
  es: "Español",
};

const loaders: Record<string, () => Promise<{ default: Words }>> = {
  ar: () => import("./words/ar"),
  zh: () => import("./words/zh"),
  fr: () => import("./words/fr"),
  ru: () => import("./words/ru"),
  es: () => import("./words/es"),
};

// What the hub says by code. Not every page shows any of it, so that it comes by itself.
type Sentences = Record<string, Text>;
const sentenceLoaders: Record<string, () => Promise<{ default: Sentences }>> = {
  ar: () => import("../../../proto/words/sentences/ar.json"),
  zh: () => import("../../../proto/words/sentences/zh.json"),
  en: () => import("../../../proto/words/sentences/en.json"),
  fr: () => import("../../../proto/words/sentences/fr.json"),
  ru: () => import("../../../proto/words/sentences/ru.json"),
  es: () => import("../../../proto/words/sentences/es.json"),
};
// Pages that show none at first: on a bad line every byte counts.
const PLAIN_PAGES = new Set(["report", "signal", "support", "signin", "propose", "event"]);

let language = "en";
let sentences: Sentences = {};
let sentencesOf = ""; // their language
let locale = "en-GB";
let words: Words = en;
let plurals = new Intl.PluralRules("en");
let numbers = new Intl.NumberFormat("en");

// Of the URL, else of the browser, else English.
export function wantedLanguage(): string {
  for (const one of [here().get("lang") ?? "", ...navigator.languages]) {
    const short = one.toLowerCase().split("-")[0] ?? "";
    if (Object.keys(LANGUAGES).includes(short)) return short;
  }
  return "en";
}

export const currentLanguage = (): string => language;
export const isRightToLeft = (): boolean => language === "ar";

export function setWords(name: string, loaded: Words): void {
  language = name;
  words = loaded;
  locale = name === "en" ? "en-GB" : name;
  plurals = new Intl.PluralRules(name);
  numbers = new Intl.NumberFormat(name);
  document.documentElement.lang = name;
  document.documentElement.dir = isRightToLeft() ? "rtl" : "ltr";
}

export function setSentences(name: string, loaded: Sentences): void {
  sentencesOf = name;
  sentences = loaded;
}

async function loadSentences(name: string): Promise<void> {
  if (sentencesOf === name) return;
  try {
    setSentences(name, (await sentenceLoaders[name]!()).default);
  } catch {
    // The line is down: the hub's English stands, until a page asks again.
  }
}

// Whether the hub's sentences are still on their way; asks for them.
export function useSentences(): boolean {
  const wanted = language;
  const [tried, setTried] = useState("");
  useEffect(() => {
    let still = true;
    void loadSentences(wanted).then(() => still && setTried(wanted));
    return () => void (still = false);
  }, [wanted]);
  return sentencesOf !== wanted && tried !== wanted;
}

async function load(name: string): Promise<void> {
  if (!PLAIN_PAGES.has(here().get("page") ?? "")) void loadSentences(name);
  if (name === "en") return setWords("en", en);
  try {
    setWords(name, (await loaders[name]!()).default);
  } catch {
    setWords("en", en); // the line is down; the words of this part are not here
  }
}

// The language that is shown; loads another where the URL asks for it.
export function useLanguage(): string | null {
  const wanted = wantedLanguage();
  const [shown, show] = useState<string | null>(null);
  useEffect(() => {
    let still = true;
    void load(wanted).then(() => still && show(wanted));
    return () => void (still = false);
  }, [wanted]);
  return shown;
}

type Values = Record<string, string | number | bigint>;

export const number = (value: number | bigint): string => numbers.format(value);
export const decimals = (value: number, digits: number): string =>
  new Intl.NumberFormat(language, { maximumFractionDigits: digits, minimumFractionDigits: digits }).format(value);
export const percent = (share: number): string =>
  new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 0 }).format(share);

export function fill(text: Text, values: Values, rules: Intl.PluralRules, format: (n: number | bigint) => string): string {
  const chosen = typeof text === "string" ? text : (text[rules.select(Number(values["n"] ?? 0))] ?? text.other);
  return chosen.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name];
    if (value === undefined) return whole;
    return typeof value === "string" ? value : format(value);
  });
}

// A text with its values; what is not translated is in English.
export const t = (key: Key, values: Values = {}): string => fill(words[key] ?? en[key], values, plurals, number);

// The words for a code of the hub's; null where there are none.
export function saidAs(code: string, values: Values, format: (n: number | bigint) => string): string | null {
  const isKnown = sentencesOf === language && Object.prototype.hasOwnProperty.call(sentences, code);
  return isKnown ? fill(sentences[code]!, values, plurals, format) : null;
}

// Of a word of the contract by its key, `region_african`.
export const wordOf = (key: string): string | null => (key in en ? t(key as Key) : null);

// Of a word that comes from the contract: `decision_` and `adopted_incomplete`; as it is where
// there is none.
export function name(prefix: string, value: string): string {
  const key = `${prefix}_${value.toLowerCase().replace(/-/g, "_")}`;
  return key in en ? t(key as Key) : value.toLowerCase().replace(/_/g, " ");
}

const asDate = (day: string): Date | null => (/^\d{4}-\d{2}-\d{2}$/.test(day) ? new Date(`${day}T00:00:00Z`) : null);

export function day(text: string): string {
  const date = asDate(text);
  if (!date) return text;
  return new Intl.DateTimeFormat(locale, { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" }).format(date);
}

export const days = (from: string, until: string): string =>
  !until || from === until ? day(from) : from ? `${day(from)} – ${day(until)}` : day(until);

export const clock = (date: Date): string =>
  new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit", second: "2-digit" }).format(date);

export const moment = (date: Date): string =>
  new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" }).format(date);

export function languageName(code: string): string {
  try {
    return new Intl.DisplayNames([language], { type: "language" }).of(code) ?? code;
  } catch {
    return code;
  }
}

export function countryName(code: string): string {
  try {
    return new Intl.DisplayNames([language], { type: "region" }).of(code) ?? code;
  } catch {
    return code;
  }
}
