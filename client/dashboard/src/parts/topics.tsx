// Choosing topics of the scheme in use: the latest call's, else the first that there is.
import type { TopicScheme } from "../../gen/igf/liaison/v1/bodies_pb";
import { allPages, directory, PATIENCE } from "../hub";
import { type Loaded, useLoad } from "../live";
import { t } from "../words";

export interface Topic {
  topic: string;
  label: string;
}

export function topicsOf(schemes: TopicScheme[]): Topic[] {
  const calls = schemes.filter((one) => one.scheme.startsWith("igf-call-")).sort((a, b) => a.scheme.localeCompare(b.scheme));
  const scheme = calls.pop() ?? schemes[0];
  if (!scheme) return [];
  return scheme.codes.map((code) => ({
    topic: `${scheme.scheme}:${code}`,
    label: scheme.entries.find((one) => one.code === code)?.label || code,
  }));
}

export function useTopics(): Loaded<Topic[]> {
  return useLoad(async (signal) => {
    const entries = await allPages(async (pageToken) => {
      const page = await directory.listTopicSchemes({ pageToken }, { signal, timeoutMs: PATIENCE });
      return { items: page.entries, nextPageToken: page.nextPageToken };
    });
    return topicsOf(entries.flatMap((one) => (one.topicScheme ? [one.topicScheme] : [])));
  }, ["schemes"], { live: false });
}

export function TopicChoice(props: { topics: Loaded<Topic[]>; value: string[]; set: (value: string[]) => void; hint?: string }) {
  const list = props.topics.value ?? [];
  if (list.length === 0) return null;
  return (
    <fieldset class="checks">
      <legend>{t("topics")}</legend>
      {props.hint && <p class="hint">{props.hint}</p>}
      {list.map((one) => (
        <label key={one.topic}>
          <input
            type="checkbox"
            checked={props.value.includes(one.topic)}
            onChange={(change) =>
              props.set(change.currentTarget.checked ? [...props.value, one.topic] : props.value.filter((other) => other !== one.topic))
            }
          />
          <span>{one.label}</span>
        </label>
      ))}
    </fieldset>
  );
}
