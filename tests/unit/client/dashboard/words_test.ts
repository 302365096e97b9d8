import "./page";
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import type { DescMessage } from "@bufbuild/protobuf";
import { DraftSchema } from "../../../../client/dashboard/gen/igf/liaison/v1/event_pb";
import { PREFIX } from "../../../../client/dashboard/src/parts/fields";
import { fill, type Key, type Text, type Words } from "../../../../client/dashboard/src/words";
import arWords from "../../../../client/dashboard/src/words/ar";
import enWords from "../../../../client/dashboard/src/words/en";
import esWords from "../../../../client/dashboard/src/words/es";
import frWords from "../../../../client/dashboard/src/words/fr";
import ruWords from "../../../../client/dashboard/src/words/ru";
import zhWords from "../../../../client/dashboard/src/words/zh";
import arSentences from "../../../../proto/words/sentences/ar.json";
import enSentences from "../../../../proto/words/sentences/en.json";
import esSentences from "../../../../proto/words/sentences/es.json";
import frSentences from "../../../../proto/words/sentences/fr.json";
import ruSentences from "../../../../proto/words/sentences/ru.json";
import zhSentences from "../../../../proto/words/sentences/zh.json";

declare const DASHBOARD_SOURCE: string;
// What the pages say, and what the hub says by code.
const en = { ...enWords, ...enSentences };
const OTHERS: Record<string, Words> = {
  ar: { ...arWords, ...arSentences },
  zh: { ...zhWords, ...zhSentences },
  fr: { ...frWords, ...frSentences },
  ru: { ...ruWords, ...ruSentences },
  es: { ...esWords, ...esSentences },
};
// How many texts may still be in English, in each language. It may only go down.
const UNTRANSLATED: Record<string, number> = { ar: 0, zh: 0, fr: 0, ru: 0, es: 0 };

const keys = Object.keys(en) as Key[];
const variants = (text: Text): string[] => (typeof text === "string" ? [text] : Object.values(text));
const places = (text: string): string[] => [...new Set(text.match(/\{\w+\}/g) ?? [])].sort();

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? (entry.name === "words" ? [] : sources(path.join(folder, entry.name))) : [path.join(folder, entry.name)],
  );
}

test("what is not translated is counted", () => {
  for (const [language, words] of Object.entries(OTHERS)) {
    const missing = keys.filter((key) => !(key in words));
    console.log(`# ${language}: ${missing.length} of ${keys.length} are not translated`);
    assert.equal(missing.length, UNTRANSLATED[language], `${language}: ${missing.slice(0, 10).join(", ")}`);
  }
});

test("a translation has the places of the original, and the plurals of its language", () => {
  for (const [language, words] of Object.entries(OTHERS)) {
    const forms = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
    for (const key of Object.keys(words) as Key[]) {
      assert.ok(key in en, `${language}: ${key} is no text of ours`);
      const text = words[key]!;
      const wanted = places(variants(en[key] as Text).join(" "));
      for (const variant of variants(text)) {
        const found = places(variant);
        assert.deepEqual(found.filter((one) => !wanted.includes(one)), [], `${language}: ${key}`);
        // A plural may say `one` in a word.
        assert.deepEqual(wanted.filter((one) => !found.includes(one) && one !== "{n}"), [], `${language}: ${key}`);
      }
      assert.equal(typeof text === "string", typeof en[key] === "string", `${language}: ${key} is a plural in one of the two`);
      if (typeof text === "string") continue;
      for (const form of forms) {
        if (form === "many" && language !== "ru" && language !== "ar") continue; // a million
        assert.ok(form in text, `${language}: ${key} has no \`${form}\``);
      }
    }
  }
});

test("a plural follows the rules of its language", () => {
  const text = { one: "{n} год", few: "{n} года", many: "{n} лет", other: "{n} года" };
  const said = (n: number) => fill(text, { n }, new Intl.PluralRules("ru"), String);
  assert.deepEqual([1, 2, 5, 21, 22, 25].map(said), ["1 год", "2 года", "5 лет", "21 год", "22 года", "25 лет"]);
});

test("every text that is asked for is there, and every one that is there is asked for", () => {
  const code = sources(DASHBOARD_SOURCE).map((file) => readFileSync(file, "utf8")).join("\n");
  const asked = new Set([...code.matchAll(/\bt\(\s*"(\w+)"/g)].map((match) => match[1]!));
  assert.ok(asked.size > 150, `${asked.size} texts`);
  assert.deepEqual([...asked].filter((key) => !(key in en)), []);
  // Those of the contract are put together from its names; the others stand in the code as they are.
  const prefixes = /^(type|state|request|response|position|standing|purpose|horizon|mode|format|test|disposition|contribution|support|group|region|kind|audience|relation|field|part|gap|phase|criterion|outcome|check|result|page|view|role|now|date|n|grouping|amendment|cause|maker|erasure|section|cycle|liaison|key|match)_/;
  assert.deepEqual(keys.filter((key) => !prefixes.test(key) && !key.includes(".") && !code.includes(`"${key}"`) && !code.includes(`\`${key}`) && !["slots", "hours", "people"].includes(key)), []);
});

// Leaf, cursor, digest, in English wherever it may stand and in the language itself, as Trust has them.
const OWN_WORDS: Record<string, RegExp> = {
  en: /\b(leaf|leaves|cursor|digest)/i,
  fr: /feuille|curseur|empreinte|\b(leaf|cursor|digest)/i,
  es: /\bhojas?\b|huella|\b(leaf|cursor|digest)/i,
  ru: /(?<!\p{L})лист(?!\p{L})|курсор|отпечат|\b(leaf|cursor|digest)/iu,
  ar: /ورقة|بصمة|المؤشر|\b(leaf|cursor|digest)/i,
  zh: /叶|游标|摘要|\b(leaf|cursor|digest)/i,
};

test("the record's own words are for Trust alone, in all six languages", () => {
  for (const [language, words] of Object.entries({ en, ...OTHERS })) {
    const own = OWN_WORDS[language]!;
    const inTrust = (Object.keys(words) as Key[]).filter((key) => variants(words[key]!).some((text) => own.test(text)));
    assert.deepEqual(inTrust.filter((key) => !key.startsWith("trust_")), [], language);
    for (const key of ["trust_meaning_leaf", "trust_meaning_cursor", "trust_meaning_digest"]) assert.ok(inTrust.includes(key as Key), `${language}: ${key}`);
  }
});

test("every field and every value of what can be published has words", () => {
  const without = new Set<string>();
  const seen = new Set<string>();
  const look = (message: DescMessage) => {
    if (seen.has(message.typeName)) return;
    seen.add(message.typeName);
    for (const field of message.fields) {
      if (!(`field_${field.name}` in en)) without.add(`field_${field.name}`);
      if (field.message) look(field.message);
      for (const value of field.enum?.values ?? []) {
        const key = `${PREFIX[field.enum!.name] ?? field.enum!.name}_${value.localName.toLowerCase()}`;
        if (value.number !== 0 && !(key in en)) without.add(key);
      }
    }
  };
  const bodies = DraftSchema.fields.filter((field) => field.oneof?.name === "body");
  assert.ok(bodies.length > 20, `${bodies.length} bodies`);
  for (const body of bodies) look(body.message!);
  assert.deepEqual([...without], []);
});
