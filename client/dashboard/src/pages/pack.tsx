// For a meeting: a page for each topic, to be printed.
import { DecisionState } from "../../gen/igf/liaison/v1/bodies_pb";
import type { PackPage } from "../../gen/igf/liaison/v1/radar_service_pb";
import { PATIENCE, radar } from "../hub";
import { useLoad } from "../live";
import type { PageProps } from "../main";
import { Await, Empty, EventLink, HubSays, Org, Page, Said, toDate } from "../parts/basic";
import { HeardSum } from "../parts/representation";
import { go, numberIn, same, useQuery } from "../route";
import { day, decimals, name, t } from "../words";
import { countText, topicName } from "./radar";

// As much as fits on a sheet.
const INPUTS = 5;
const EXCERPT = 220;
const ROWS = 6;

const shortened = (text: string): string => (text.length > EXCERPT ? `${text.slice(0, EXCERPT).replace(/\s+\S*$/, "")} …` : text);

function Topic(props: { page: PackPage; index: number }) {
  const { topic, gap, inputs, decisions, links } = props.page;
  if (!topic) return null;
  const missing = [...topic.missingStakeholderGroups.map((one) => name("group", one)), ...topic.missingRegions.map((one) => name("region", one))];
  return (
    <section class="sheet" aria-labelledby={`pack-${props.index}`}>
      <h2 id={`pack-${props.index}`}>{topicName(topic)}</h2>
      <p>
        {t("pack_headline", { n: topic.organisations, regions: topic.regions, groups: topic.stakeholderGroups, nris: topic.nris })}
        {missing.length > 0 && ` ${t("not_heard", { who: missing.join(", ") })}`}
      </p>
      <div class="two">
        <div>
          <table class="dense">
            <caption>{t("how_it_comes_about", { score: decimals(topic.score, 1) })}</caption>
            <thead>
              <tr>
                <th scope="col">{t("part")}</th>
                <th scope="col" class="n">
                  {t("count")}
                </th>
                <th scope="col" class="n">
                  {t("points_short")}
                </th>
              </tr>
            </thead>
            <tbody>
              {topic.parts.map((part) => (
                <tr key={part.part}>
                  <th scope="row">{name("part", part.part)}</th>
                  <td class="n">{countText(part.part, part.count)}</td>
                  <td class="n">{decimals(part.points, 1)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
        <div>
          <h3>{t("raised_by")}</h3>
          <p>
            {topic.contributors.slice(0, 2 * ROWS).map((one, i) => (
              <span key={one.organisation}>
                {i > 0 && ", "}
                <Org of={one.organisation} />
              </span>
            ))}
            {topic.contributors.length > 2 * ROWS && ` ${t("and_more", { n: topic.contributors.length - 2 * ROWS })}`}
          </p>
          <h3>{t("who_works_on_it")}</h3>
          {(gap?.work.length ?? 0) === 0 && <p>{t("nobody_yet")}</p>}
          <ul class="plainlist">
            {gap?.work.slice(0, 3).map((work) => (
              <li key={work.decision?.sequence}>
                {work.decision && <EventLink event={work.decision} withAuthor={false} />}, {name("state", DecisionState[work.state] ?? "")}
              </li>
            ))}
          </ul>
          {(gap?.could.length ?? 0) > 0 && (
            <>
              <h3>{t("who_could")}</h3>
              <ul class="plainlist">
                {gap?.could.slice(0, 3).map((one) => (
                  <li key={one.organisation}>
                    <Org of={one.organisation} />: <HubSays sentences={[one.whySentence]} english={one.why} />
                  </li>
                ))}
              </ul>
            </>
          )}
        </div>
      </div>
      <h3>{t("what_they_said")}</h3>
      <ul class="said-list">
        {inputs.slice(0, INPUTS).map((one) => (
          <li key={one.event?.sequence}>
            {one.event && <EventLink event={one.event} />}
            {one.alsoBy.length > 0 && (
              <span class="by">
                {" · "}
                {t("also_said_by")} <HubSays sentences={one.alsoBySentences.slice(0, ROWS)} english={one.alsoBy.slice(0, ROWS).join(", ")} between="list.comma" />
                {one.alsoBy.length > ROWS && ` ${t("and_more", { n: one.alsoBy.length - ROWS })}`}
              </span>
            )}
            {one.excerpt && (
              <blockquote>
                <Said lang={one.event?.language}>{shortened(one.excerpt)}</Said>
              </blockquote>
            )}
          </li>
        ))}
      </ul>
      {decisions.length > 0 && (
        <>
          <h3>{t("page_decisions")}</h3>
          <ul class="plainlist">
            {decisions.slice(0, ROWS).map((one) => (
              <li key={one.decision?.sequence}>
                {one.decision && <EventLink event={one.decision} withAuthor={false} />}: {name("state", DecisionState[one.state] ?? "")}
              </li>
            ))}
          </ul>
        </>
      )}
      {links.length > 0 && (
        <p>
          <strong>{t("raised_together_with")}</strong> {links.slice(0, ROWS).map((link) => (link.first === topic.topic ? link.second : link.first)).join(", ")}
        </p>
      )}
    </section>
  );
}

export function Pack(props: PageProps) {
  const query = useQuery();
  const most = Math.min(50, numberIn(query, "topics", (one) => one > 0, 10));
  const loaded = useLoad(
    (signal) => radar.getMeetingPack({ window: { cycle: props.cycle }, maxTopics: most, inputsPerTopic: INPUTS }, { signal, timeoutMs: PATIENCE }),
    ["pack", props.cycle, most],
  );
  return (
    <Page title={t("page_pack")} lead={t("pack_lead")}>
      <div class="filters noprint">
        <label class="picker">
          <span>{t("how_many_topics")}</span>
          <input type="number" min={1} max={50} value={most} onChange={(change) => go(same({ topics: change.currentTarget.value }), { replace: true, keepFocus: true })} />
        </label>
        <button type="button" onClick={() => window.print()}>
          {t("print")}
        </button>
      </div>
      <Await of={loaded}>
        {(pack) => (
          <>
            <p class="quiet">
              <HubSays sentences={[pack.titleSentence]} english={pack.title} /> · {t("made_of", { n: pack.asOfSequence, day: day(toDate(pack.madeAt)?.toISOString().slice(0, 10) ?? "") })}
            </p>
            {pack.pages.length === 0 && <Empty>{t("radar_none")}</Empty>}
            {pack.pages.length > 0 && (
              <nav aria-label={t("topics")} class="noprint">
                <ol>
                  {pack.pages.map((page, i) => (
                    <li key={i}>
                      <a href={`#pack-${i}`}>{page.topic && topicName(page.topic)}</a>
                    </li>
                  ))}
                </ol>
              </nav>
            )}
            {pack.pages.map((page, i) => (
              <Topic key={i} page={page} index={i} />
            ))}
            {pack.representation && <HeardSum of={pack.representation} />}
          </>
        )}
      </Await>
    </Page>
  );
}
