// All inputs behind a topic or a column, a page at a time.
import { useState } from "preact/hooks";
import { firstPages, hasMore, PATIENCE, radar } from "../hub";
import { useLoad } from "../live";
import { t } from "../words";
import { Await, Empty, EventLink, More, Tag, typeName } from "./basic";

const PAGE = 50;

export function TopicEvents(props: { cycle: string; topic: string; column: string }) {
  const [pages, more] = useState(1);
  const loaded = useLoad(async (signal) => {
    const got = await firstPages(pages, (pageToken) =>
      radar.listTopicEvents(
        { window: { cycle: props.cycle }, topic: props.topic, column: props.column, pageSize: PAGE, pageToken },
        { signal, timeoutMs: PATIENCE },
      ),
    );
    return { found: got.flatMap((one) => one.events), more: hasMore(got) };
  }, ["topic-events", props.cycle, props.topic, props.column], { pages });
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
            <More there={list.more} next={() => more(pages + 1)} />
          </>
        )
      }
    </Await>
  );
}
