// Why the hub refuses something, in the reader's language, by the reason that it gives beside what it
// says in English.
import { type Key, name, t } from "./words";

export const REFUSALS: Record<string, Key> = {
  FIELD_INVALID: "refusal_field_invalid",
  ENUM_UNKNOWN: "refusal_field_invalid",
  FACTS_DISAGREE: "refusal_field_invalid",
  EVENT_TOO_LARGE: "refusal_too_large",
  CREDENTIAL_REQUIRED: "refusal_sign_in",
  CREDENTIAL_INVALID: "refusal_token",
  NOT_PERMITTED: "refusal_not_permitted",
  EVENT_ID_REUSED: "refusal_reused",
  CHAIN_MOVED: "refusal_moved",
  NOT_FOUND: "refusal_not_there",
  TARGET_UNKNOWN: "refusal_target",
  TARGET_UNSUITABLE: "refusal_target",
  TARGET_RETRACTED: "refusal_retracted",
  TRANSITION_NOT_ALLOWED: "refusal_step",
  ADOPTION_INCOMPLETE: "adoption_refused",
  REASONS_MISSING: "refusal_reasons",
  TOPIC_UNKNOWN: "refusal_topic",
  DATE_PAST: "refusal_date",
  CYCLE_UNKNOWN: "refusal_cycle",
  OUTSIDE_PHASE: "refusal_phase",
  APPROVAL_NEEDED: "refusal_approval",
  QUEUE_FULL: "refusal_busy",
  TOO_MANY_STREAMS: "refusal_busy",
  QUOTA_EXCEEDED: "refusal_share",
  LOG_WRITE_FAILED: "refusal_closed",
  CLOCK_JUMPED: "refusal_closed",
  SHUTTING_DOWN: "refusal_closed",
  DISK_FULL: "refusal_closed",
  READ_ONLY: "refusal_closed",
  INTERNAL: "refusal_internal",
  SECTION_ERASED: "refusal_erased",
};

// Empty where there are no words for it.
export function refusalInWords(reason: string): string {
  const key = Object.entries(REFUSALS).find(([one]) => one === reason)?.[1];
  return key ? t(key) : "";
}

// `Licence` for `local_report.licence`, `Link` for `local_report.links[0]`.
export const fieldInWords = (path: string): string => name("field", (path.split(".").pop() ?? path).replace(/\[\d+\]$/, ""));
