// All inputs behind a topic or a column, a page at a time.
import { useState } from "preact/hooks";
import type { EventSummary } from "../../gen/igf/liaison/v1/liaison_service_pb";
import { PATIENCE, radar } from "../hub";
import { useLoad } from "../live";
import { t } from "../words";
import { Await, Empty, EventLink, Tag, typeName } from "./basic";

const PAGE = 50;

export function TopicEvents(props: { cycle: string; topic: string; column: string }) {
  const [pages, more] = useState(1);
  const loaded = useLoad(async (signal) => {
    const found: EventSummary[] = [];
    let pageToken = "";
    for (let page = 0; page < pages; page++) {
      const got = await radar.listTopicEvents(
        { window: { cycle: props.cycle }, topic: props.topic, column: props.column, pageSize: PAGE, pageToken },
        { signal, timeoutMs: PATIENCE },
      );
      found.push(...got.events);
      pageToken = got.nextPageToken;
      if (!pageToken) break;
    }
    return { found, more: pageToken !== "" };
  }, ["topic-events", props.cycle, props.topic, props.column, pages]);
  return (
    <Await of={loaded}>
      {(list) =>
        list.found.length === 0 ? (
          <Empty>{t("no_inputs")}</Empty>
        ) : (
          <>
            <ul class="items">
              {list.found.map((event) => (
                <li key={event.sequence}>
                  <EventLink event={event} /> <Tag>{typeName(event.type)}</Tag>
                </li>
              ))}
            </ul>
            {list.more && (
              <button type="button" onClick={() => more(pages + 1)}>
                {t("more")}
              </button>
            )}
          </>
        )
      }
    </Await>
  );
}
