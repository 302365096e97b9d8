// What many say independently of each other, what nobody works on, what belongs together, and who
// is heard. Counts are of independent organisations: breadth, not loudness.
import { useState } from "preact/hooks";
import { GapState, type GetRadarResponse, type RadarTopic } from "../../gen/igf/liaison/v1/radar_service_pb";
import { DecisionState } from "../../gen/igf/liaison/v1/bodies_pb";
import { firstPages, hasMore, PATIENCE, radar } from "../hub";
import { useLoad } from "../live";
import type { PageProps } from "../main";
import { Await, Empty, EventLink, EventNumbers, HubSays, More, Org, Page, Scroll, Tabs, Tag } from "../parts/basic";
import { Representation } from "../parts/representation";
import { Sensitivity } from "../parts/sensitivity";
import { TopicEvents } from "../parts/topic_events";
import { HEAVIEST, PARTS, type Part, readWeights, toMessage, type Weights, weightsOf, writeWeights } from "../ranking";
import { go, same, to, useQuery } from "../route";
import { decimals, name, number, t } from "../words";

const VIEWS = ["topics", "gaps", "links", "heard"] as const;
type View = (typeof VIEWS)[number];
const PAGE = 50;

export const topicName = (topic: { topic: string; label: string }): string => topic.label || topic.topic;

export function countText(part: string, count: number): string {
  if (part === "breadth" || part === "change" || part === "missing_voices") return Number.isInteger(count) ? number(count) : decimals(count, 2);
  return Number.isInteger(count) ? number(count) : decimals(count, 1);
}

const COLUMNS: Part[] = ["organisations", "regions", "stakeholder_groups", "nris", "actions", "support", "change", "breadth", "existing_work", "missing_voices"];

function Topics(props: { found: GetRadarResponse }) {
  const query = useQuery();
  const chosen = query.get("topic");
  const part = query.get("part") ?? "organisations";
  if (props.found.topics.length === 0) return <Empty>{t("radar_none")}</Empty>;
  return (
    <Scroll label={t("radar_table")}>
      <table class="dense">
        <caption>
          {t("radar_caption", { n: props.found.totalTopics })}
          {props.found.previousCycle && ` ${t("compared_with", { cycle: props.found.previousCycle })}`}
        </caption>
        <thead>
          <tr>
            <th scope="col">{t("topic")}</th>
            {COLUMNS.map((one) => (
              <th scope="col" class="n" key={one}>
                {name("part", one)}
              </th>
            ))}
            <th scope="col" class="n">
              {t("individuals_apart")}
            </th>
            <th scope="col" class="n">
              {t("score")}
            </th>
          </tr>
        </thead>
        <tbody>
          {props.found.topics.map((topic) => (
            <tr key={topic.topic} class={topic.topic === chosen ? "chosen" : ""}>
              <th scope="row">
                <a href={same({ topic: topic.topic, part: "organisations" }) + "#behind"}>{topicName(topic)}</a>
              </th>
              {COLUMNS.map((one) => {
                const counted = topic.parts.find((two) => two.part === one);
                return (
                  <td class="n" key={one}>
                    {counted ? (
                      <a
                        href={same({ topic: topic.topic, part: one }) + "#behind"}
                        aria-current={topic.topic === chosen && one === part ? "true" : undefined}
                        aria-label={t("what_is_behind", { topic: topicName(topic), what: name("part", one), count: countText(one, counted.count) })}
                      >
                        {countText(one, counted.count)}
                      </a>
                    ) : (
                      "–"
                    )}
                  </td>
                );
              })}
              <td class="n">
                <a href={same({ topic: topic.topic, part: "individuals" }) + "#behind"} aria-label={t("what_is_behind", { topic: topicName(topic), what: t("individuals_apart"), count: number(topic.individuals?.events ?? 0n) })}>
                  {number(topic.individuals?.events ?? 0n)}
                </a>
              </td>
              <td class="n strong">{decimals(topic.score, 1)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

// What one number is made of, and the events that say so.
function Behind(props: { topic: RadarTopic; part: string; cycle: string; names: Map<string, string> }) {
  const { topic } = props;
  const part = topic.parts.find((one) => one.part === props.part);
  const missing = [
    ...topic.missingStakeholderGroups.map((one) => name("group", one)),
    ...topic.missingRegions.map((one) => name("region", one)),
  ];
  return (
    <section class="panel" aria-labelledby="behind">
      <div class="spread">
        <h2 id="behind" tabIndex={-1}>
          {topicName(topic)}
        </h2>
        <a href={same({ topic: null, part: null })}>{t("close")}</a>
      </div>
      {part && (
        <p>
          <strong>
            {name("part", part.part)}: {countText(part.part, part.count)}
          </strong>
          {" · "}
          {t("points", { points: decimals(part.points, 1) })}
          {part.weighsAs !== part.count && ` · ${t("weighs_as", { count: decimals(part.weighsAs, 1) })}`}
          <br />
          <HubSays sentences={[part.meaningSentence]} english={part.meaning} />
        </p>
      )}
      {part && part.evidence.length > 0 && (
        <Scroll label={t("evidence")}>
          <table class="dense">
            <thead>
              <tr>
                <th scope="col">{t("counted_as")}</th>
                <th scope="col">{t("organisations")}</th>
                <th scope="col">{t("events")}</th>
              </tr>
            </thead>
            <tbody>
              {part.evidence.map((one) => (
                <tr key={one.countedAs}>
                  <th scope="row">
                    <HubSays sentences={one.countedAsSentences} english={one.countedAs} between="list.comma" />
                  </th>
                  <td>
                    {one.organisations.map((organisation, i) => (
                      <span key={organisation}>
                        {i > 0 && ", "}
                        <Org of={organisation} />
                      </span>
                    ))}
                    {one.totalOrganisations > one.organisations.length && ` ${t("and_more", { n: one.totalOrganisations - one.organisations.length })}`}
                  </td>
                  <td>
                    <EventNumbers
                      of={one.sequences.length > 0 ? one.sequences : topic.contributors.filter((two) => one.organisations.includes(two.organisation)).flatMap((two) => two.sequences)}
                    />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
      {props.part === "individuals" && (
        <>
          <p>{t("individuals_explained", { n: topic.individuals?.events ?? 0n })}</p>
          <EventNumbers of={topic.individuals?.sequences ?? []} />
        </>
      )}
      {missing.length > 0 && (
        <p>
          <strong>{t("missing_voices")}</strong> {missing.join(", ")}
        </p>
      )}
      {(topic.reserves.length > 0 || topic.objects.length > 0) && (
        <p>
          <strong>{t("reservations")}</strong>{" "}
          {[...topic.reserves, ...topic.objects].map((one) => (
            <EventNumbers key={one.countedAs} of={one.sequences} />
          ))}
        </p>
      )}
      {topic.whyAboveNext.length > 0 && (
        <>
          <h3>{t("why_above_next")}</h3>
          <ul>
            {topic.whyAboveNext.map((why, i) => (
              <li key={why}>
                <HubSays sentences={[topic.whyAboveNextSentences[i]]} english={why} names={props.names} />
              </li>
            ))}
          </ul>
        </>
      )}
      {topic.also.length > 0 && <p class="quiet">{t("also_counted", { codes: topic.also.join(", ") })}</p>}
      <h3>{t("all_inputs")}</h3>
      <TopicEvents cycle={props.cycle} topic={topic.topic} column="" />
    </section>
  );
}

function WeightSliders(props: { weights: Weights; usual: boolean }) {
  const [moving, move] = useState<Weights | null>(null);
  const shown = moving ?? props.weights;
  const settle = (weights: Weights) => {
    move(null);
    go(same({ w: writeWeights(weights) || null }), { replace: true, keepFocus: true });
  };
  return (
    <fieldset class="weights">
      <legend>{t("weights")}</legend>
      <p class="quiet">{t("weights_explained")}</p>
      <div class="grid">
        {PARTS.map((part) => (
          <label key={part}>
            <span>
              {name("part", part)} <output>{decimals(shown[part], 1)}</output>
            </span>
            <input
              type="range"
              min={0}
              max={HEAVIEST}
              step={0.5}
              value={shown[part]}
              onInput={(input) => move({ ...shown, [part]: Number(input.currentTarget.value) })}
              onChange={(change) => settle({ ...shown, [part]: Number(change.currentTarget.value) })}
            />
          </label>
        ))}
      </div>
      {!props.usual && (
        <button type="button" onClick={() => go(same({ w: null }), { replace: true, keepFocus: true })}>
          {t("usual_weights")}
        </button>
      )}
    </fieldset>
  );
}

function TopicsView(props: PageProps) {
  const query = useQuery();
  const weights = readWeights(query.get("w"));
  const chosen = query.get("topic") ?? "";
  const ask = { window: { cycle: props.cycle }, weights: weights ? toMessage(weights) : undefined };
  const [pages, more] = useState(1);
  const loaded = useLoad(async (signal) => {
    const got = await firstPages(pages, (pageToken) => radar.getRadar({ ...ask, maxTopics: PAGE, pageToken }, { signal, timeoutMs: PATIENCE }));
    return { ...got[0]!, topics: got.flatMap((one) => one.topics), more: hasMore(got) };
  }, ["radar", props.cycle, query.get("w")], { pages });
  const shown = loaded.value?.topics.find((one) => one.topic === chosen || one.also.includes(chosen));
  // Further down than what is shown.
  const isFurther = chosen !== "" && !shown && loaded.value?.more === true;
  const further = useLoad(
    async (signal) => (isFurther ? (await radar.getRadar({ ...ask, topics: [chosen], maxTopics: 1 }, { signal, timeoutMs: PATIENCE })).topics[0] : undefined),
    ["further", props.cycle, query.get("w"), isFurther && chosen],
  );
  const topic = shown ?? further.value;
  return (
    <div class="beside">
      <div>
        <Await of={loaded}>
          {(found) => (
            <>
              <Topics found={found} />
              <More there={found.more} next={() => more(pages + 1)} />
              {topic && <Behind topic={topic} part={query.get("part") ?? "organisations"} cycle={props.cycle} names={new Map(found.topics.map((one) => [one.topic, topicName(one)]))} />}
              <details class="panel" open={query.has("w")}>
                <summary>{t("weights_and_order")}</summary>
                <WeightSliders weights={weightsOf(found.weights)} usual={weights === null} />
                <Sensitivity topics={found.topics} weights={weightsOf(found.weights)} />
              </details>
            </>
          )}
        </Await>
      </div>
      <aside aria-label={t("view_heard")}>
        <h2>{t("view_heard")}</h2>
        <p class="quiet">{t("heard_beside")}</p>
        <Representation cycle={props.cycle} brief />
      </aside>
    </div>
  );
}

const GAPS: Record<number, string> = { [GapState.NOBODY]: "nobody", [GapState.PROPOSED]: "proposed", [GapState.WORKED_ON]: "worked_on" };

function GapsView(props: PageProps) {
  const [pages, more] = useState(1);
  const loaded = useLoad(async (signal) => {
    const got = await firstPages(pages, (pageToken) =>
      radar.listGaps({ window: { cycle: props.cycle }, maxTopics: PAGE, pageToken }, { signal, timeoutMs: PATIENCE }),
    );
    return { gaps: got.flatMap((one) => one.gaps), more: hasMore(got) };
  }, ["gaps", props.cycle], { pages });
  return (
    <Await of={loaded}>
      {(found) =>
        found.gaps.length === 0 ? (
          <Empty>{t("gaps_none")}</Empty>
        ) : (
          <>
          <Scroll label={t("view_gaps")}>
            <table class="dense">
              <caption>{t("gaps_caption")}</caption>
              <thead>
                <tr>
                  <th scope="col">{t("topic")}</th>
                  <th scope="col">{t("who_works_on_it")}</th>
                  <th scope="col" class="n">
                    {t("organisations")}
                  </th>
                  <th scope="col">{t("who_could")}</th>
                </tr>
              </thead>
              <tbody>
                {found.gaps.map((gap) => (
                  <tr key={gap.topic}>
                    <th scope="row">{topicName(gap)}</th>
                    <td>
                      <Tag kind={GAPS[gap.state]}>{name("gap", GAPS[gap.state] ?? "nobody")}</Tag>
                      {gap.work.map((work) => (
                        <p key={work.decision?.sequence}>
                          {work.decision && <EventLink event={work.decision} withAuthor={false} />} · {name("state", DecisionState[work.state] ?? "")}
                          {work.owner && (
                            <>
                              {" · "}
                              {t("owner")} <Org of={work.owner} />
                            </>
                          )}
                          {work.steward && (
                            <>
                              {" · "}
                              {t("steward")} <Org of={work.steward} />
                            </>
                          )}
                        </p>
                      ))}
                    </td>
                    <td class="n">
                      <a
                        href={to("radar", { topic: gap.topic, part: "organisations" }) + "#behind"}
                        aria-label={t("what_is_behind", { topic: topicName(gap), what: t("organisations"), count: number(gap.organisations) })}
                      >
                        {number(gap.organisations)}
                      </a>
                    </td>
                    <td>
                      <ul class="plainlist">
                        {gap.could.slice(0, 3).map((one) => (
                          <li key={one.organisation}>
                            <Org of={one.organisation} />: <HubSays sentences={[one.whySentence]} english={one.why} /> <EventNumbers of={one.sequences.slice(0, 3)} />
                          </li>
                        ))}
                      </ul>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </Scroll>
          <More there={found.more} next={() => more(pages + 1)} />
          </>
        )
      }
    </Await>
  );
}

function LinksView(props: PageProps) {
  const [pages, more] = useState(1);
  const loaded = useLoad(async (signal) => {
    const got = await firstPages(pages, (pageToken) =>
      radar.listTopicLinks({ window: { cycle: props.cycle }, maxLinks: PAGE, pageToken }, { signal, timeoutMs: PATIENCE }),
    );
    return { links: got.flatMap((one) => one.links), leftOut: got[0]!.leftOut, more: hasMore(got) };
  }, ["links", props.cycle], { pages });
  return (
    <Await of={loaded}>
      {(found) => (
        <>
          {found.links.length === 0 && <Empty>{t("links_none")}</Empty>}
          {found.links.map((link) => (
            <details class="panel" key={link.first + link.second}>
              <summary>
                <bdi dir="ltr">{link.first}</bdi> + <bdi dir="ltr">{link.second}</bdi> · {t("raised_by_both", { n: link.both })} · {t("strength", { strength: decimals(link.strength, 2) })}
              </summary>
              <p>
                <HubSays sentences={link.whySentences} english={link.why} />
              </p>
              <Scroll label={t("evidence")}>
                <table class="dense">
                  <thead>
                    <tr>
                      <th scope="col">{t("organisation")}</th>
                      <th scope="col">{t("together")}</th>
                      <th scope="col">{t("first_alone")}</th>
                      <th scope="col">{t("second_alone")}</th>
                    </tr>
                  </thead>
                  <tbody>
                    {link.evidence.map((one) => (
                      <tr key={one.organisation}>
                        <th scope="row">
                          <Org of={one.organisation} />
                        </th>
                        <td>
                          <EventNumbers of={one.together} />
                        </td>
                        <td>
                          <EventNumbers of={one.ofFirst} />
                        </td>
                        <td>
                          <EventNumbers of={one.ofSecond} />
                        </td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </Scroll>
            </details>
          ))}
          <More there={found.more} next={() => more(pages + 1)} />
          {found.leftOut.length > 0 && (
            <details class="panel">
              <summary>{t("left_out", { n: found.leftOut.length })}</summary>
              <ul>
                {found.leftOut.map((one) => (
                  <li key={one.name}>
                    <bdi dir="ltr">{one.name}</bdi>: <HubSays sentences={[one.whySentence]} english={one.why} />
                  </li>
                ))}
              </ul>
            </details>
          )}
        </>
      )}
    </Await>
  );
}

export function Radar(props: PageProps) {
  const query = useQuery();
  const asked = query.get("view") as View | null;
  const view: View = asked && VIEWS.includes(asked) ? asked : "topics";
  return (
    <Page title={t("page_radar")} lead={t("radar_lead")}>
      <Tabs
        label={t("page_radar")}
        now={view}
        tabs={VIEWS.map((id) => ({ id, href: to("radar", { view: id === "topics" ? null : id, w: query.get("w") }), text: t(`view_${id}`) }))}
      />
      {view === "topics" && <TopicsView {...props} />}
      {view === "gaps" && <GapsView {...props} />}
      {view === "links" && <LinksView {...props} />}
      {view === "heard" && <Representation cycle={props.cycle} />}
    </Page>
  );
}
