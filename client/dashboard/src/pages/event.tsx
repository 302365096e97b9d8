// One event: its words as they were written, where it came from and what it led to, who stands where,
// and what the reader may say to it.
import { useState } from "preact/hooks";
import type { TrailEntry } from "../../gen/igf/liaison/v1/liaison_service_pb";
import { TrailDirection } from "../../gen/igf/liaison/v1/liaison_service_pb";
import { DispositionKind, PositionKind } from "../../gen/igf/liaison/v1/bodies_pb";
import { EventType, Relation } from "../../gen/igf/liaison/v1/types_pb";
import { unhex } from "../hex";
import { allPages, events, firstPages, hasMore, isMissing, liaison, PATIENCE } from "../hub";
import { useLoad } from "../live";
import type { PageProps } from "../main";
import { Await, Empty, EventLink, EventNumbers, More, Notice, Org, Page, Tag, typeName, When } from "../parts/basic";
import { DecisionPanel } from "../parts/decision";
import { Fields, openEvent, type OpenedEvent } from "../parts/fields";
import { PositionForm, ResponseForm } from "../parts/reply";
import { OutcomeForm, ProgressForm } from "../parts/work";
import { sequenceOf, to, useQuery } from "../route";
import { languageName, name, t } from "../words";

const HAS_POSITIONS = new Set([EventType.TOPIC_SIGNAL, EventType.LOCAL_REPORT, EventType.DECISION]);
const INPUTS = new Set([EventType.TOPIC_SIGNAL, EventType.LOCAL_REPORT]);
const ASKS = new Set([EventType.TOPIC_SIGNAL, EventType.LOCAL_REPORT, EventType.SUPPORT_REQUEST]);

function Trail(props: { entries: TrailEntry[]; self: bigint }) {
  const part = (direction: TrailDirection, heading: "came_from" | "led_to") => {
    const list = props.entries.filter((one) => one.direction === direction && one.event?.sequence !== props.self);
    return (
      <section aria-labelledby={heading}>
        <h3 id={heading}>
          {t(heading)} <span class="count">{list.length}</span>
        </h3>
        {list.length === 0 && <Empty>{t("nothing_yet")}</Empty>}
        <ul class="items">
          {list.map((entry) => (
            <li key={entry.event?.sequence}>
              {entry.event && (
                <>
                  <Tag>{typeName(entry.event.type)}</Tag> <EventLink event={entry.event} />
                </>
              )}
              {entry.links.length > 0 && (
                <span class="by">
                  {" "}
                  {entry.links.map((link, i) => (
                    <span key={i}>
                      {link.disposition ? name("disposition", DispositionKind[link.disposition] ?? "") : name("relation", Relation[link.relation] ?? "")}{" "}
                      <EventNumbers of={[link.sequence]} />{" "}
                    </span>
                  ))}
                </span>
              )}
            </li>
          ))}
        </ul>
      </section>
    );
  };
  return (
    <section class="panel" aria-labelledby="trail">
      <h2 id="trail">{t("trail")}</h2>
      <div class="two">
        {part(TrailDirection.CAME_FROM, "came_from")}
        {part(TrailDirection.LED_TO, "led_to")}
      </div>
    </section>
  );
}

function Meta(props: { opened: OpenedEvent }) {
  const { header, event } = props.opened;
  const contributor = header.recordedFor?.contributor;
  return (
    <dl class="facts meta">
      <dt>{t("by")}</dt>
      <dd>
        {contributor?.case === "organisation" ? <Org of={contributor.value} /> : contributor?.case === "individual" ? t("individual") : <Org of={header.author} />}
        {contributor?.case && (
          <>
            {" · "}
            {t("written_down_by")} <Org of={header.author} />
          </>
        )}
      </dd>
      <dt>{t("when")}</dt>
      <dd>
        <When time={event.hubTime} />
      </dd>
      {header.topics.length > 0 && (
        <>
          <dt>{t("topics")}</dt>
          <dd>
            {header.topics.map((topic, i) => (
              <span key={topic}>
                {i > 0 && ", "}
                <a href={to("radar", { topic, part: "organisations" })}>
                  <bdi dir="ltr">{topic}</bdi>
                </a>
              </span>
            ))}
          </dd>
        </>
      )}
      {header.addressees.length > 0 && (
        <>
          <dt>{t("addressed_to")}</dt>
          <dd>
            {header.addressees.map((one, i) => (
              <span key={one}>
                {i > 0 && ", "}
                <Org of={one} />
              </span>
            ))}
          </dd>
        </>
      )}
      {header.cycle && (
        <>
          <dt>{t("cycle")}</dt>
          <dd>{header.cycle}</dd>
        </>
      )}
      {header.language && (
        <>
          <dt>{t("written_in")}</dt>
          <dd>{languageName(header.language)}</dd>
        </>
      )}
      <dt>{t("who_may_read")}</dt>
      <dd>{name("audience", (header.audience.split("/")[1] ?? "").split("@")[0] ?? "")}</dd>
      {event.relayed && (
        <>
          <dt>{t("from_hub")}</dt>
          <dd>
            <span dir="ltr">
              {event.relayed.origin.split("/").slice(0, 2).join("/")} #{String(event.relayed.sequence)}
            </span>
          </dd>
        </>
      )}
      <dt>{t("vouched_for")}</dt>
      <dd>
        {t(event.attested ? "by_hub" : "by_signature")} · <a href={to("trust", { event: event.sequence })}>{t("check_this")}</a>
      </dd>
    </dl>
  );
}

function Positions(props: { of: bigint }) {
  const [pages, more] = useState(1);
  const loaded = useLoad(async (signal) => {
    const got = await firstPages(pages, (pageToken) =>
      liaison.listPositions({ key: { case: "sequence", value: props.of }, pageToken, pageSize: 200 }, { signal, timeoutMs: PATIENCE }),
    );
    return { ...got[0]!, positions: got.flatMap((one) => one.positions), more: hasMore(got) };
  }, ["positions", props.of], { pages });
  if (loaded.value && loaded.value.positions.length === 0) return null;
  return (
    <Await of={loaded}>
      {(found) => (
        <section class="panel" aria-labelledby="positions">
          <h2 id="positions">{t("positions")}</h2>
          <p>{t("positions_sum", { support: found.support, reserve: found.reserve, object: found.object })}</p>
          <ul class="items">
            {found.positions.map((one) => (
              <li key={one.event?.sequence}>
                <Org of={one.organisation} />: {name("position", PositionKind[one.kind] ?? "")} {one.event && <EventLink event={one.event} withAuthor={false} />}
              </li>
            ))}
          </ul>
          <More there={found.more} next={() => more(pages + 1)} />
        </section>
      )}
    </Await>
  );
}

// What the MAG and the secretariat may do with an input, and with a group of them.
function Sort(props: { opened: OpenedEvent }) {
  const { header, event } = props.opened;
  if (header.type !== EventType.GROUPING && !INPUTS.has(header.type)) return null;
  return (
    <p class="buttons noprint">
      {header.type === EventType.GROUPING ? (
        <a class="button" href={to("triage", { view: "group", event: event.sequence })}>
          {t("change_group")}
        </a>
      ) : (
        <a class="button" href={to("triage", { input: event.sequence })}>
          {t("what_becomes")}
        </a>
      )}
    </p>
  );
}

// Null where the address names none that can be.
function keyOf(id: string | null, wanted: string | null) {
  if (id) return /^[0-9a-f]{64}$/.test(id) ? { case: "digest" as const, value: unhex(id) } : null;
  const sequence = sequenceOf(wanted);
  return sequence === null ? null : { case: "sequence" as const, value: sequence };
}

const orMissing = <T,>(missing: T) => (error: unknown): T => {
  if (isMissing(error)) return missing;
  throw error;
};

export function EventPage(props: PageProps) {
  const query = useQuery();
  const id = query.get("id");
  const wanted = query.get("event");
  const loaded = useLoad(async (signal) => {
    const key = keyOf(id, wanted);
    if (!key) return null;
    const options = { signal, timeoutMs: PATIENCE };
    const event = (await events.getEvent({ key }, options).catch(orMissing(null)))?.event;
    if (!event) return null;
    const opened = openEvent(event);
    const entries = await allPages(async (pageToken) => {
      const page = await liaison.getTrail({ key: { case: "sequence", value: event.sequence }, pageToken, pageSize: 200 }, options);
      return { items: page.entries, nextPageToken: page.nextPageToken };
    }, 1000).catch(orMissing([]));
    const itself = entries.find((one) => one.event?.sequence === event.sequence)?.event;
    const decision =
      opened.header.type === EventType.DECISION
        ? ((await liaison.getDecision({ key: { case: "sequence", value: event.sequence } }, options).catch(orMissing(null)))?.decision ?? null)
        : null;
    return { opened, entries, itself, decision };
  }, ["event", wanted, id]);

  const found = loaded.value;
  const title = found ? found.opened.title || found.itself?.title || typeName(found.opened.header.type) : t("event_n", { n: wanted ?? "" });
  const me = props.caller?.organisation ?? "";
  return (
    <Page title={title}>
      <Await of={loaded}>
        {(shown) =>
          shown === null ? (
            <Empty>{t("no_such_event")}</Empty>
          ) : (
            <>
              <p class="facts-line">
                <Tag>{typeName(shown.opened.header.type)}</Tag> <span class="num">#{String(shown.opened.event.sequence)}</span>{" "}
                {shown.itself?.retracted && <Tag kind="bad">{t("taken_back")}</Tag>}{" "}
                {shown.opened.header.type === EventType.LOCAL_REPORT && (
                  <button type="button" class="noprint" onClick={() => window.print()}>
                    {t("print")}
                  </button>
                )}
              </p>
              {shown.opened.erased && (
                <Notice>
                  <p>{t("erased")}</p>
                </Notice>
              )}
              {shown.opened.withheld && (
                <Notice>
                  <p>{t("stayed_there")}</p>
                </Notice>
              )}
              {shown.opened.body && (
                <section class="words" lang={shown.opened.header.language || undefined}>
                  <Fields of={shown.opened.body} language={shown.opened.header.language} />
                </section>
              )}
              <Meta opened={shown.opened} />
              {shown.decision && <DecisionPanel view={shown.decision} caller={props.caller} />}
              {!shown.decision && HAS_POSITIONS.has(shown.opened.header.type) && <Positions of={shown.opened.event.sequence} />}
              {me && props.caller && ASKS.has(shown.opened.header.type) && shown.opened.header.addressees.some((one) => me === one || me.startsWith(`${one}/`)) && (
                <ResponseForm to={shown.opened} caller={props.caller} />
              )}
              {shown.decision && props.caller && (
                <>
                  <ProgressForm on={shown.opened} view={shown.decision} caller={props.caller} />
                  <OutcomeForm on={shown.opened} view={shown.decision} caller={props.caller} />
                </>
              )}
              {props.caller && (props.caller.isMag || props.caller.isSecretariat) && <Sort opened={shown.opened} />}
              {me && props.caller && HAS_POSITIONS.has(shown.opened.header.type) && me !== shown.opened.header.author && (
                <PositionForm on={shown.opened} caller={props.caller} />
              )}
              <Trail entries={shown.entries} self={shown.opened.event.sequence} />
            </>
          )
        }
      </Await>
    </Page>
  );
}
