// Candidates against what the cycle can hold. Scores inform; the chair's consensus note decides.
import { useRef, useState } from "preact/hooks";
import type { EventSummary, GetBoardResponse } from "../../gen/igf/liaison/v1/liaison_service_pb";
import type { Capacity } from "../../gen/igf/liaison/v1/bodies_pb";
import { Relation } from "../../gen/igf/liaison/v1/types_pb";
import { liaison, PATIENCE } from "../hub";
import { useLoad } from "../live";
import type { PageProps } from "../main";
import { Await, Bar, Empty, EventLink, HubSays, Notice, Org, Page, Scroll, Tag, toDate } from "../parts/basic";
import type { Caller } from "../parts/caller";
import { Compose, LanguageChoice, Paragraphs, useStays } from "../parts/compose";
import { type Evaluation, evaluationOf } from "../parts/cycle";
import { useDraft } from "../publish";
import { go, same, useQuery } from "../route";
import { currentLanguage, day, days, decimals, name, number, t } from "../words";

// Offered where nobody has used any yet; the IGF's own, of the last years.
const USUAL = ["relevance", "content", "diversity", "format"];

export function readCriteria(text: string | null): { criterion: string; weight: number }[] {
  return (text ?? "")
    .split(",")
    .map((one) => one.split(":"))
    .filter(([criterion, weight]) => criterion && Number(weight) >= 0 && Number(weight) <= 100)
    .map(([criterion, weight]) => ({ criterion: criterion!, weight: Number(weight) }));
}

const KINDS = ["slots", "hours", "people"] as const;

function CapacityTable(props: { board: GetBoardResponse }) {
  const { capacity, heldCapacity, left } = props.board;
  const of = (one: Capacity | undefined, kind: (typeof KINDS)[number]) => one?.[kind] ?? 0;
  return (
    <Scroll label={t("capacity")}>
    <table class="dense narrow">
      <caption>{t("capacity")}</caption>
      <thead>
        <tr>
          <th scope="col">{t("what")}</th>
          <th scope="col" class="n">{t("there_is")}</th>
          <th scope="col" class="n">{t("held")}</th>
          <th scope="col" class="n">{t("left")}</th>
        </tr>
      </thead>
      <tbody>
        {KINDS.map((kind) => (
          <tr key={kind}>
            <th scope="row">{t(kind)}</th>
            <td class="n">{number(of(capacity, kind))}</td>
            <td class="n">{number(of(heldCapacity, kind))}</td>
            <td class="n">
              {number(of(left, kind))}
              <Bar share={of(capacity, kind) ? 1 - of(left, kind) / of(capacity, kind) : 0} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
    </Scroll>
  );
}

function Evaluate(props: { of: EventSummary; isAskedFor: boolean; criteria: string[]; caller: Caller; cycle: string; conflictOnly: boolean }) {
  const { of: event, caller } = props;
  const state = useDraft(`evaluation.${event.sequence}.${caller.organisation}`, {
    conflict: false, note: "", comment: "", scores: {} as Record<string, number>, language: currentLanguage(),
  });
  const { fields, set } = state;
  // Open where something was begun; what is published then stays in sight.
  const [begun] = useState(state.isKept);
  const [inUse, use] = useState(false);
  if (!useStays(props.isAskedFor, state, inUse)) return null;
  return (
    <details class="panel" open={begun}>
      <summary>{t("evaluate_this", { title: event.title })}</summary>
      <Compose
        state={state}
        inUse={use}
        author={caller.organisation}
        make={() => {
          if (props.conflictOnly && !fields.conflict) return t("scores_not_now");
          const scores = Object.entries(fields.scores).map(([criterion, score]) => ({ criterion, score }));
          if (!fields.conflict && scores.length === 0) return t("score_or_conflict");
          return {
            author: caller.organisation,
            audience: `${caller.hub.hub}/mag`,
            cycle: props.cycle,
            language: fields.language,
            references: [{ digest: event.digest, relation: Relation.EVALUATES }],
            body: {
              case: "evaluation",
              value: fields.conflict
                ? { conflict: true, conflictNote: fields.note.trim() }
                : { scores, comment: fields.comment.trim() },
            },
          };
        }}
      >
        <p class="hint">{t("evaluation_note")}</p>
        <label class="check">
          <input type="checkbox" checked={fields.conflict} onChange={(change) => set({ conflict: change.currentTarget.checked })} />
          <span>{t("i_have_a_conflict")}</span>
        </label>
        {fields.conflict ? (
          <Paragraphs label={t("conflict_note")} value={fields.note} set={(note) => set({ note })} />
        ) : props.conflictOnly ? null : (
          <>
            {props.criteria.map((criterion) => (
              <fieldset class="scores" key={criterion}>
                <legend>{name("criterion", criterion)}</legend>
                {[1, 2, 3, 4, 5].map((score) => (
                  <label key={score}>
                    <input
                      type="radio"
                      name={`${event.sequence}-${criterion}`}
                      checked={fields.scores[criterion] === score}
                      onChange={() => set({ scores: { ...fields.scores, [criterion]: score } })}
                    />
                    <span>{number(score)}</span>
                  </label>
                ))}
              </fieldset>
            ))}
            <p class="hint">{t("five_is_best")}</p>
            <Paragraphs label={t("comment")} value={fields.comment} set={(comment) => set({ comment })} />
          </>
        )}
        <LanguageChoice value={fields.language} set={(language) => set({ language })} />
      </Compose>
    </details>
  );
}

function Evaluations(props: { board: GetBoardResponse; evaluation: Evaluation; caller: Caller; cycle: string }) {
  const { board, evaluation } = props;
  const now = board.candidates.flatMap((one) => (one.candidate ? [one.candidate] : []));
  // One that is decided meanwhile is none any more; somebody may be writing about it.
  const seen = useRef(new Map<bigint, EventSummary>());
  for (const one of now) seen.current.set(one.sequence, one);
  if (seen.current.size === 0) return null;
  const used = board.criteria.map((one) => one.criterion);
  return (
    <section aria-labelledby="evaluate">
      <h2 id="evaluate">{t("evaluate")}</h2>
      <WhenEvaluated of={evaluation} />
      {[...seen.current].map(([sequence, candidate]) => (
        <Evaluate
          key={sequence}
          of={candidate}
          isAskedFor={evaluation.takesConflicts && now.some((one) => one.sequence === sequence)}
          criteria={[...new Set([...used, ...(used.length > 1 ? [] : USUAL)])]}
          caller={props.caller}
          cycle={props.cycle}
          conflictOnly={!evaluation.isOpen}
        />
      ))}
    </section>
  );
}

// Said before anybody fills anything in: what the hub would refuse is not offered.
function WhenEvaluated(props: { of: Evaluation }) {
  const { isOpen, takesConflicts, windows } = props.of;
  if (isOpen) return null;
  const when = windows.map((one) => days(one.startsOn, one.endsOn)).join(", ");
  const said = windows.length === 0 ? t("evaluation_not_planned") : t(takesConflicts ? "evaluation_ahead" : "evaluation_closed", { when });
  return (
    <Notice>
      <p>
        {said} {takesConflicts && t("conflict_already")}
      </p>
    </Notice>
  );
}

function ReadingShares(props: { cycle: string; me: string }) {
  const loaded = useLoad(
    (signal) => liaison.getReadingPlan({ cycle: props.cycle }, { signal, timeoutMs: PATIENCE }),
    ["reading", props.cycle],
  );
  return (
    <section aria-labelledby="reading">
      <h2 id="reading">{t("reading_shares")}</h2>
      <p class="quiet">{t("reading_explained")}</p>
      <Await of={loaded}>
        {(plan) => {
          const mine = plan.shares.find((one) => one.member === props.me);
          return plan.shares.length === 0 ? (
            <Empty>{t("nothing_to_read")}</Empty>
          ) : (
            <>
              {mine && (
                <>
                  <h3>
                    {t("your_share", { n: mine.unread.length })} · {t("minutes_to_read", { n: mine.minutesLeft })}
                  </h3>
                  <ul class="items">
                    {mine.inputs.map((event) => (
                      <li key={event.sequence}>
                        <EventLink event={event} /> {!mine.unread.includes(event.sequence) && <Tag kind="good">{t("read_already")}</Tag>}
                      </li>
                    ))}
                  </ul>
                </>
              )}
              <Scroll label={t("reading_table")}>
                <table class="dense narrow">
                  <caption>{t("reading_caption", { n: plan.inputs })}</caption>
                  <thead>
                    <tr>
                      <th scope="col">{t("member")}</th>
                      <th scope="col" class="n">{t("inputs")}</th>
                      <th scope="col" class="n">{t("not_read_yet")}</th>
                      <th scope="col" class="n">{t("minutes")}</th>
                    </tr>
                  </thead>
                  <tbody>
                    {/* Seat 2 before seat 10. */}
                    {[...plan.shares].sort((a, b) => a.member.localeCompare(b.member, "en", { numeric: true })).map((one) => (
                      <tr key={one.member}>
                        <th scope="row"><Org of={one.member} /></th>
                        <td class="n">{number(one.inputs.length)}</td>
                        <td class="n">{number(one.unread.length)}</td>
                        <td class="n">{number(one.minutesLeft)}</td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </Scroll>
              {plan.shortfalls.length > 0 && (
                <p>{t("too_few_readers", { n: plan.shortfalls.length })}</p>
              )}
            </>
          );
        }}
      </Await>
    </section>
  );
}

function Weights(props: { criteria: { criterion: string; weight: number }[] }) {
  return (
    <fieldset class="weights">
      <legend>{t("weights")}</legend>
      <div class="grid">
        {props.criteria.map((one) => (
          <label key={one.criterion}>
            <span>
              {name("criterion", one.criterion)} <output>{decimals(one.weight, 1)}</output>
            </span>
            <input
              type="range"
              min={0}
              max={10}
              step={0.5}
              value={one.weight}
              onChange={(change) =>
                go(
                  same({ w: props.criteria.map((two) => `${two.criterion}:${two === one ? change.currentTarget.value : two.weight}`).join(",") }),
                  { replace: true, keepFocus: true },
                )
              }
            />
          </label>
        ))}
      </div>
    </fieldset>
  );
}

export function Prioritise(props: PageProps) {
  const query = useQuery();
  const { cycle, caller } = props;
  const criteria = readCriteria(query.get("w"));
  const hubTime = toDate(caller?.hub.time)?.getTime() ?? Date.now();
  const evaluation = props.cycleFacts ? evaluationOf(props.cycleFacts, hubTime) : { isOpen: true, takesConflicts: true, windows: [] };
  const loaded = useLoad(
    async (signal) => (cycle ? liaison.getBoard({ cycle, criteria }, { signal, timeoutMs: PATIENCE }) : null),
    ["board", cycle, query.get("w")],
  );
  const titleOf = (sequence: bigint, board: GetBoardResponse) =>
    board.candidates.find((one) => one.candidate?.sequence === sequence)?.candidate?.title ?? `#${sequence}`;
  return (
    <Page title={t("page_prioritise")} lead={t("prioritise_lead")}>
      <Await of={loaded}>
        {(board) =>
          board === null ? (
            <Empty>{t("no_cycle")}</Empty>
          ) : (
            <>
              <CapacityTable board={board} />
              {board.withheldUntil && <p class="quiet">{t("withheld", { day: day(board.withheldUntil) })}</p>}
              {board.candidates.length === 0 ? (
                <Empty>{t("no_candidates")}</Empty>
              ) : (
                <Scroll label={t("candidates")}>
                  <table class="dense">
                    <caption>{t("candidates")}</caption>
                    <thead>
                      <tr>
                        <th scope="col" class="n">{t("place")}</th>
                        <th scope="col">{t("candidate")}</th>
                        <th scope="col" class="n">{t("average")}</th>
                        {board.criteria.map((one) => (
                          <th scope="col" class="n" key={one.criterion}>{name("criterion", one.criterion)}</th>
                        ))}
                        <th scope="col" class="n">{t("evaluated_by")}</th>
                        <th scope="col" class="n">{t("recused")}</th>
                        <th scope="col">{t("takes")}</th>
                        <th scope="col">{t("fits")}</th>
                      </tr>
                    </thead>
                    <tbody>
                      {board.candidates.map((one) => (
                        <tr key={one.candidate?.sequence}>
                          <td class="n">{one.rank ? number(one.rank) : "–"}</td>
                          <th scope="row">{one.candidate && <EventLink event={one.candidate} withAuthor={false} />}</th>
                          <td class="n strong">{one.rank ? decimals(one.score, 2) : "–"}</td>
                          {board.criteria.map((criterion) => {
                            const score = one.criteria.find((two) => two.criterion === criterion.criterion);
                            return (
                              <td class="n" key={criterion.criterion}>
                                {score?.shown ? (
                                  <>
                                    {decimals(score.average, 2)} <span class="share">± {decimals(score.spread, 2)}</span>
                                  </>
                                ) : (
                                  "–"
                                )}
                              </td>
                            );
                          })}
                          <td class="n">{number(one.assessed)}</td>
                          <td class="n">{number(one.recused)}</td>
                          <td>
                            {one.takes && KINDS.filter((kind) => one.takes![kind] > 0).map((kind) => t(`n_${kind}`, { n: one.takes![kind] })).join(", ")}
                          </td>
                          <td>
                            {one.fits ? <Tag kind="good">{t("it_fits")}</Tag> : <HubSays sentences={one.whyNotSentences} english={one.whyNot} between="list.semicolon" />}
                          </td>
                        </tr>
                      ))}
                    </tbody>
                  </table>
                </Scroll>
              )}
              {board.criteria.length > 0 && board.candidates.length > 0 && (
                <section class="panel" aria-labelledby="sensitivity">
                  <h2 id="sensitivity">{t("sensitivity")}</h2>
                  <Weights criteria={board.criteria} />
                  {board.swaps.length === 0 ? (
                    <Empty>{t("order_holds")}</Empty>
                  ) : (
                    <ul class="plainlist">
                      {board.swaps.map((swap, i) => (
                        <li key={i}>
                          {t(swap.more ? "overtakes_above" : "overtakes_below", {
                            part: name("criterion", swap.criterion),
                            weight: decimals(swap.weight, 2),
                            first: titleOf(swap.overtakes, board),
                            second: titleOf(swap.overtaken, board),
                          })}{" "}
                          {swap.changesWhatFits && <Tag>{t("changes_what_fits")}</Tag>}
                        </li>
                      ))}
                    </ul>
                  )}
                </section>
              )}
              {board.held.length > 0 && (
                <details class="panel">
                  <summary>{t("held_by", { n: board.held.length })}</summary>
                  <ul class="items">
                    {board.held.map((one) => (
                      <li key={one.decision?.sequence}>{one.decision && <EventLink event={one.decision} withAuthor={false} />}</li>
                    ))}
                  </ul>
                </details>
              )}
              {caller?.isSeat && <Evaluations key={cycle} board={board} evaluation={evaluation} caller={caller} cycle={cycle} />}
            </>
          )
        }
      </Await>
      {cycle && caller && (caller.isMag || caller.isSecretariat) && <ReadingShares cycle={cycle} me={caller.organisation} />}
    </Page>
  );
}
