// What the last cycle left first, then the board of this one, by state.
import { DecisionState } from "../../gen/igf/liaison/v1/bodies_pb";
import type { DecisionView, GetCycleOpeningResponse } from "../../gen/igf/liaison/v1/liaison_service_pb";
import { allPages, isMissing, liaison, PATIENCE } from "../hub";
import { useLoad } from "../live";
import type { PageProps } from "../main";
import { Await, Empty, EventLink, Org, Page } from "../parts/basic";
import { Card, stateName } from "../parts/decision";
import { to } from "../route";
import { day, t } from "../words";

const STATES = [
  DecisionState.PROPOSED, DecisionState.IN_CONSULTATION, DecisionState.ADOPTED_INCOMPLETE, DecisionState.ADOPTED,
  DecisionState.IN_PROGRESS, DecisionState.COMPLETED, DecisionState.DEFERRED, DecisionState.DECLINED, DecisionState.WITHDRAWN,
];

function Opening(props: { opening: GetCycleOpeningResponse }) {
  const { opening } = props;
  const nothing = opening.unfinished.length + opening.outcomes.length + opening.carriedOver.length + opening.openRequests.length === 0;
  return (
    <section class="panel" aria-labelledby="opening">
      <h2 id="opening">{opening.fromCycle ? t("carried_from", { cycle: opening.fromCycle }) : t("carry_over")}</h2>
      {nothing && <Empty>{t("nothing_carried")}</Empty>}
      {opening.unfinished.length > 0 && (
        <>
          <h3>{t("unfinished", { n: opening.unfinished.length })}</h3>
          <div class="cards">
            {opening.unfinished.map((view) => (
              <Card key={view.decision?.sequence} view={view} />
            ))}
          </div>
        </>
      )}
      {opening.outcomes.length > 0 && (
        <>
          <h3>{t("finished", { n: opening.outcomes.length })}</h3>
          <div class="cards">
            {opening.outcomes.map((view) => (
              <Card key={view.decision?.sequence} view={view} />
            ))}
          </div>
        </>
      )}
      {opening.openRequests.length > 0 && (
        <>
          <h3>{t("open_requests", { n: opening.openRequests.length })}</h3>
          <ul class="items">
            {opening.openRequests.slice(0, 10).map((one) => (
              <li key={`${one.request?.sequence}${one.to}`}>
                {one.request && <EventLink event={one.request} withAuthor={false} />} · <Org of={one.from} /> → <Org of={one.to} />
                {one.dueDate && ` · ${t("due", { day: day(one.dueDate) })}`}
              </li>
            ))}
          </ul>
          {opening.openRequests.length > 10 && (
            <p>
              <a href={to("requests")}>{t("see_all")}</a>
            </p>
          )}
        </>
      )}
      {opening.undisposed.length > 0 && (
        <details>
          <summary>{t("undisposed", { n: opening.undisposed.length })}</summary>
          <ul class="items">
            {opening.undisposed.slice(0, 50).map((event) => (
              <li key={event.sequence}>
                <EventLink event={event} />
              </li>
            ))}
          </ul>
        </details>
      )}
      {opening.carriedOver.length > 0 && (
        <>
          <h3>{t("carried_over", { n: opening.carriedOver.length })}</h3>
          <ul class="items">
            {opening.carriedOver.map((event) => (
              <li key={event.sequence}>
                <EventLink event={event} />
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

function Board(props: { decisions: DecisionView[] }) {
  const shown = STATES.filter((state, i) => i < 6 || props.decisions.some((view) => view.state === state));
  return (
    <div class="board">
      {shown.map((state) => {
        const here = props.decisions
          .filter((view) => view.state === state)
          .sort((a, b) => (a.facts?.priority || 99) - (b.facts?.priority || 99));
        return (
          <section key={state} aria-labelledby={`state-${state}`}>
            <h2 id={`state-${state}`}>
              {stateName(state)} <span class="count">{here.length}</span>
            </h2>
            {here.length === 0 ? <Empty>{t("none_here")}</Empty> : here.map((view) => <Card key={view.decision?.sequence} view={view} />)}
          </section>
        );
      })}
    </div>
  );
}

export function Decisions(props: PageProps) {
  const { cycle, caller } = props;
  const opening = useLoad(async (signal) => {
    if (!cycle) return null;
    try {
      return await liaison.getCycleOpening({ cycle }, { signal, timeoutMs: PATIENCE });
    } catch (error) {
      if (isMissing(error)) return null;
      throw error;
    }
  }, ["opening", cycle]);
  const decisions = useLoad(
    (signal) =>
      allPages(async (pageToken) => {
        const page = await liaison.listDecisions({ cycle, pageToken, pageSize: 100 }, { signal, timeoutMs: PATIENCE });
        return { items: page.decisions, nextPageToken: page.nextPageToken };
      }),
    ["decisions", cycle],
  );
  return (
    <Page title={t("page_decisions")} lead={t("decisions_lead")}>
      {caller && (caller.isMag || caller.isSecretariat) && (
        <p class="buttons">
          <a class="button" href={to("propose")}>
            {t("propose")}
          </a>
          <a class="button" href={to("triage")}>
            {t("page_triage")}
          </a>
          {caller.isSecretariat && (
            <a class="button" href={to("carry")}>
              {t("page_carry")}
            </a>
          )}
        </p>
      )}
      {(opening.value || opening.error !== null) && <Await of={opening}>{(value) => value && <Opening opening={value} />}</Await>}
      <Await of={decisions}>{(list) => <Board decisions={list} />}</Await>
    </Page>
  );
}
