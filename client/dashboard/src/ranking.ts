// How firm the order of the topics is: what a weight would have to be for two of them to change
// places. The score of the hub is 100 times the weighted mean of what each part brings of its full.
import type { RadarTopic, RadarWeights } from "../gen/igf/liaison/v1/radar_service_pb";

export const PARTS = [
  "organisations", "regions", "stakeholder_groups", "nris", "actions", "support", "change",
  "breadth", "existing_work", "missing_voices",
] as const;
export type Part = (typeof PARTS)[number];
export type Weights = Record<Part, number>;

export const HEAVIEST = 10;

export function weightsOf(message: RadarWeights | undefined): Weights {
  return {
    organisations: message?.organisations ?? 0,
    regions: message?.regions ?? 0,
    stakeholder_groups: message?.stakeholderGroups ?? 0,
    nris: message?.nris ?? 0,
    actions: message?.actions ?? 0,
    support: message?.support ?? 0,
    change: message?.change ?? 0,
    breadth: message?.breadth ?? 0,
    existing_work: message?.existingWork ?? 0,
    missing_voices: message?.missingVoices ?? 0,
  };
}

export const toMessage = (weights: Weights) => ({
  organisations: weights.organisations,
  regions: weights.regions,
  stakeholderGroups: weights.stakeholder_groups,
  nris: weights.nris,
  actions: weights.actions,
  support: weights.support,
  change: weights.change,
  breadth: weights.breadth,
  existingWork: weights.existing_work,
  missingVoices: weights.missing_voices,
});

// As in the URL, `organisations:3,regions:2.5`: what is not named is 0. Null where it says nothing
// that can be used.
export function readWeights(text: string | null): Weights | null {
  if (!text) return null;
  const weights = Object.fromEntries(PARTS.map((part) => [part, 0])) as Weights;
  for (const one of text.split(",")) {
    const [part, value] = one.split(":");
    const weight = Number(value);
    if (PARTS.includes(part as Part) && weight >= 0 && weight <= 100) weights[part as Part] = weight;
  }
  return PARTS.some((part) => weights[part] > 0) ? weights : null;
}

export const writeWeights = (weights: Weights): string =>
  PARTS.filter((part) => weights[part] > 0).map((part) => `${part}:${weights[part]}`).join(",");

export type Shares = Partial<Record<string, number>>;

export const sharesOf = (topic: RadarTopic): Shares => Object.fromEntries(topic.parts.map((part) => [part.part, part.ofFull]));

export function scoreOf(shares: Shares, weights: Weights): number {
  let sum = 0;
  let whole = 0;
  for (const part of PARTS) {
    sum += weights[part] * (shares[part] ?? 0);
    whole += weights[part];
  }
  return whole === 0 ? 0 : (100 * sum) / whole;
}

export interface Swap {
  part: Part;
  more: boolean;
  weight: number;
  // Places in the list, from 0.
  overtakes: number;
  overtaken: number;
}

// For each part the nearest weight above and below its own at which two neighbours change places.
export function swapsOf(topics: Shares[], weights: Weights, heaviest = HEAVIEST): Swap[] {
  const swaps: Swap[] = [];
  for (const part of PARTS) {
    let above: Swap | null = null;
    let below: Swap | null = null;
    for (let first = 0; first < topics.length; first++) {
      for (let second = first + 1; second < topics.length; second++) {
        const slope = (topics[first]![part] ?? 0) - (topics[second]![part] ?? 0);
        if (Math.abs(slope) < 1e-12) continue;
        let rest = 0;
        for (const other of PARTS) {
          if (other !== part) rest += weights[other] * ((topics[first]![other] ?? 0) - (topics[second]![other] ?? 0));
        }
        const at = -rest / slope;
        if (!(at > 1e-6 && at <= heaviest) || Math.abs(at - weights[part]) < 1e-9) continue;
        const swap = { part, more: at > weights[part], weight: at, overtakes: second, overtaken: first };
        if (swap.more && (!above || at < above.weight)) above = swap;
        if (!swap.more && (!below || at > below.weight)) below = swap;
      }
    }
    if (below) swaps.push(below);
    if (above) swaps.push(above);
  }
  return swaps;
}
