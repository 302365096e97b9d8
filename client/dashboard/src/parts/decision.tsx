// A decision as it stands: what it lacks, what it considers, who stands where, what came of it.
import { DecisionState, PositionKind, TestResult, WorkFormat } from "../../gen/igf/liaison/v1/bodies_pb";
import type { DecisionView } from "../../gen/igf/liaison/v1/liaison_service_pb";
import { Standing } from "../../gen/igf/liaison/v1/types_pb";
import { to } from "../route";
import { day, days, name, t } from "../words";
import type { Caller } from "./caller";
import { EventLink, Org, Said, Tag } from "./basic";

export const stateName = (state: DecisionState): string => name("state", DecisionState[state] ?? "");

// In the order in which adoption asks for them: the outcome before the format.
export const ADOPTION = [
  "focus_question", "outcome_product", "outcome_owner", "outcome_due_on", "outcome_test", "time_frame", "priority",
  "work_format", "steward", "reasons", "references", "answers",
] as const;

const WAITING = new Set([DecisionState.PROPOSED, DecisionState.IN_CONSULTATION, DecisionState.ADOPTED_INCOMPLETE]);

export const lacking = (view: DecisionView): string[] => view.missing.map((one) => one.split(".").pop() ?? one);

export function Checklist(props: { missing: string[] }) {
  const extra = props.missing.filter((one) => !(ADOPTION as readonly string[]).includes(one));
  const shown = [...ADOPTION, ...extra];
  return (
    <ul class="checklist">
      {shown.map((one) => {
        const isMissing = props.missing.includes(one);
        return (
          <li key={one} class={isMissing ? "missing" : "there"}>
            <span aria-hidden="true">{isMissing ? "○" : "✓"}</span> {name("field", one)}
            <span class="hidden"> {t(isMissing ? "is_missing" : "is_there")}</span>
          </li>
        );
      })}
    </ul>
  );
}

export function Card(props: { view: DecisionView }) {
  const { view } = props;
  const { facts } = view;
  if (!view.decision) return null;
  return (
    <article class="card">
      <h3>
        <EventLink event={view.decision} withAuthor={false} />
      </h3>
      <p class="facts-line">
        {facts?.priority ? <Tag>{t("priority_n", { n: facts.priority })}</Tag> : null}
        {facts?.workFormat ? <Tag>{name("format", WorkFormat[facts.workFormat] ?? "")}</Tag> : null}
      </p>
      {facts?.outcomeOwner && (
        <p>
          {t("owner")} <Org of={facts.outcomeOwner} />
          {facts.outcomeDueOn && ` · ${t("due", { day: day(facts.outcomeDueOn) })}`}
        </p>
      )}
      {facts?.steward && (
        <p>
          {t("steward")} <Org of={facts.steward} />
        </p>
      )}
      {view.percent > 0 && <p>{t("done_percent", { n: view.percent })}</p>}
      {view.outcome && (
        <p>
          {t("came_of_it")} <EventLink event={view.outcome} withAuthor={false} /> {view.testResult !== TestResult.UNSPECIFIED && <Tag>{name("test", TestResult[view.testResult] ?? "")}</Tag>}
        </p>
      )}
      {view.missing.length > 0 && (
        <details>
          <summary>{t("lacks", { n: view.missing.length })}</summary>
          <Checklist missing={lacking(view)} />
        </details>
      )}
    </article>
  );
}

export function DecisionPanel(props: { view: DecisionView; caller: Caller | null }) {
  const { view, caller } = props;
  const { facts } = view;
  const mayMove = caller && (caller.isMag || caller.isSecretariat) && view.decision;
  return (
    <section class="panel" aria-labelledby="decision">
      <h2 id="decision">
        {t("the_decision")} <Tag kind={DecisionState[view.state]?.toLowerCase()}>{stateName(view.state)}</Tag>
      </h2>
      {(WAITING.has(view.state) || view.missing.length > 0) && (
        <>
          <h3>{t("adoption_asks_for")}</h3>
          <Checklist missing={lacking(view)} />
        </>
      )}
      {mayMove && (
        <p class="buttons">
          <a class="button" href={to("propose", { event: view.decision!.sequence })}>
            {t("move_decision")}
          </a>
        </p>
      )}
      <dl class="facts">
        {facts?.outcomeOwner && (
          <>
            <dt>{name("field", "outcome_owner")}</dt>
            <dd>
              <Org of={facts.outcomeOwner} />
            </dd>
          </>
        )}
        {facts?.timeFrame && (
          <>
            <dt>{name("field", "time_frame")}</dt>
            <dd>{days(facts.timeFrame.startsOn, facts.timeFrame.endsOn)}</dd>
          </>
        )}
        {facts?.steward && (
          <>
            <dt>{name("field", "steward")}</dt>
            <dd>
              <Org of={facts.steward} />
            </dd>
          </>
        )}
        {view.progress && (
          <>
            <dt>{t("progress")}</dt>
            <dd>
              {t("done_percent", { n: view.percent })} · <EventLink event={view.progress} withAuthor={false} />
            </dd>
          </>
        )}
        {view.outcome && (
          <>
            <dt>{t("came_of_it")}</dt>
            <dd>
              <EventLink event={view.outcome} /> {view.testResult !== TestResult.UNSPECIFIED && <Tag>{name("test", TestResult[view.testResult] ?? "")}</Tag>}
            </dd>
          </>
        )}
      </dl>
      <h3>{t("considered", { n: view.considered.length })}</h3>
      <ul class="items">
        {view.considered.map((event) => (
          <li key={event.sequence}>
            <EventLink event={event} />
          </li>
        ))}
      </ul>
      {view.positions.length > 0 && (
        <>
          <h3>{t("positions")}</h3>
          <ul class="items">
            {view.positions.map((one) => (
              <li key={one.event?.sequence}>
                <Org of={one.organisation} />: {name("position", PositionKind[one.kind] ?? "")}
                {one.standing !== Standing.UNSPECIFIED && ` · ${name("standing", Standing[one.standing] ?? "")}`}{" "}
                {one.kind === PositionKind.OBJECT && <Tag kind={one.answered ? "good" : "bad"}>{t(one.answered ? "answered_objection" : "open_objection")}</Tag>}{" "}
                {one.event && <EventLink event={one.event} withAuthor={false} />}
              </li>
            ))}
          </ul>
        </>
      )}
      {view.reasons.length > 0 && (
        <>
          <h3>{t("reasons_step_by_step")}</h3>
          <ul class="items">
            {view.reasons.map((one) => (
              <li key={one.sequence}>
                {stateName(one.state)}: <Said lang={one.language}>{one.reasons}</Said>
              </li>
            ))}
          </ul>
        </>
      )}
      {view.versions.length > 1 && (
        <>
          <h3>{t("versions")}</h3>
          <ol class="items">
            {view.versions.map((one) => (
              <li key={one.sequence}>
                <EventLink event={one} />
              </li>
            ))}
          </ol>
        </>
      )}
    </section>
  );
}
