import "./page";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { create, fromJson, type JsonValue } from "@bufbuild/protobuf";
import { SentenceSchema } from "../../../../client/dashboard/gen/igf/liaison/v1/sentence_pb";
import { fieldInWords, REFUSALS, refusalInWords } from "../../../../client/dashboard/src/refusals";
import { allInWords, type Format, inWords } from "../../../../client/dashboard/src/sentences";
import { setSentences, setWords, type Plural, type Words } from "../../../../client/dashboard/src/words";
import ar from "../../../../client/dashboard/src/words/ar";
import en from "../../../../client/dashboard/src/words/en";
import es from "../../../../client/dashboard/src/words/es";
import fr from "../../../../client/dashboard/src/words/fr";
import ru from "../../../../client/dashboard/src/words/ru";
import zh from "../../../../client/dashboard/src/words/zh";
import saidAr from "../../../../proto/words/sentences/ar.json";
import codes from "../../../../proto/words/sentences/en.json";
import saidEs from "../../../../proto/words/sentences/es.json";
import saidFr from "../../../../proto/words/sentences/fr.json";
import saidRu from "../../../../proto/words/sentences/ru.json";
import saidZh from "../../../../proto/words/sentences/zh.json";

declare const DASHBOARD_SOURCE: string;
const LANGUAGES: Record<string, Words> = { en, fr, es, ru, ar, zh };
const SENTENCES: Record<string, Record<string, string | Plural>> = { en: codes, fr: saidFr, es: saidEs, ru: saidRu, ar: saidAr, zh: saidZh };
const speak = (language: string) => {
  setWords(language, LANGUAGES[language]!);
  setSentences(language, SENTENCES[language]!);
};
// The hub's own test says each of these in English, sentences_test.cc.
const SAID: { sentence: JsonValue; english: string }[] = JSON.parse(
  readFileSync(path.join(DASHBOARD_SOURCE, "../../../tests/unit/server/domain/testdata/sentences.json"), "utf8"),
);
const sentences = SAID.map((one) => ({ sentence: fromJson(SentenceSchema, one.sentence), english: one.english }));
// As the hub writes them, who has no locale.
const AS_THE_HUB: Format = { number: String, decimals: (n, digits) => n.toFixed(digits), day: (day) => day };
const LATIN_DIGITS: Format = { ...AS_THE_HUB, day: (day) => day };

test("in English the dashboard says what the hub says", () => {
  speak("en");
  for (const { sentence, english } of sentences) {
    assert.equal(inWords(sentence, AS_THE_HUB)!.replace(/[\u2068\u2069]/g, ""), english, sentence.code);
  }
});

test("every code has words in every language, and an example", () => {
  const examples = new Set(sentences.map((one) => one.sentence.code));
  for (const code of Object.keys(codes)) {
    assert.ok(examples.has(code) || code === "list.comma" || code === "list.semicolon", `${code} has no example`);
    for (const [language, words] of Object.entries(SENTENCES)) assert.ok(code in words, `${language}: ${code} has no words`);
  }
});

test("in no language a place stays empty, or English is left", () => {
  for (const language of Object.keys(LANGUAGES)) {
    speak(language);
    for (const { sentence, english } of sentences) {
      const said = inWords(sentence, LATIN_DIGITS);
      assert.ok(said, `${language}: ${sentence.code}`);
      assert.doesNotMatch(said.replace("{n}\u2069", "\u2069"), /\{\w+\}/, `${language}: ${sentence.code}: ${said}`);
      if (language !== "en" && /[a-z]{3,} [a-z]{3,}/.test(english)) assert.notEqual(said, english, `${language}: ${sentence.code}`);
    }
  }
  speak("en");
});

test("plurals follow the rules of the language", () => {
  const said = (language: string, n: number) => {
    speak(language);
    return inWords(create(SentenceSchema, { code: "gap.raised", values: [{ name: "n", value: { case: "number", value: BigInt(n) } }] }), AS_THE_HUB);
  };
  assert.deepEqual([1, 2, 5, 21].map((n) => said("ru", n)!.slice(-8)), ["то 1 раз.", " 2 раза.", "то 5 раз.", "о 21 раз."].map((one) => one.slice(-8)));
  assert.deepEqual([1, 2, 3, 11].map((n) => said("ar", n)), ["أثارته مرة واحدة.", "أثارته مرتين.", "أثارته 3 مرات.", "أثارته 11 مرة."]);
  speak("en");
});

test("what a newer hub says is left as it said it", () => {
  const unknown = create(SentenceSchema, { code: "digest.of_next_year" });
  const around = create(SentenceSchema, {
    code: "digest.proposed_lacks",
    values: [{ name: "what", value: { case: "list", value: { sentences: [unknown] } } }],
  });
  assert.equal(inWords(unknown), null);
  assert.equal(inWords(around), null);
  assert.equal(allInWords([create(SentenceSchema, { code: "digest.undisposed" }), unknown]), null);
  assert.equal(allInWords([]), null);
  assert.equal(inWords(create(SentenceSchema, { code: "list.word", values: [{ name: "word", value: { case: "word", value: "region_atlantis" } }] })), null);
});

test("a name of the other direction does not turn its sentence round", () => {
  speak("ar");
  const said = inWords(sentences.find((one) => one.sentence.code === "digest.asks")!.sentence)!;
  assert.ok(said.includes("\u2068org/igf-mag\u2069"), said);
  speak("en");
});

test("a refusal is said in the reader's language, by a reason that the hub has", () => {
  const reasons = readFileSync(path.join(DASHBOARD_SOURCE, "../../../proto/record/error_reason.cc"), "utf8");
  for (const reason of Object.keys(REFUSALS)) assert.ok(reasons.includes(`"${reason}"`), reason);
  speak("fr");
  assert.equal(refusalInWords("DATE_PAST"), "Ce jour est passé.");
  assert.equal(refusalInWords("toString"), "");
  assert.equal(fieldInWords("local_report.links[0]"), fieldInWords("links"));
  speak("en");
});
