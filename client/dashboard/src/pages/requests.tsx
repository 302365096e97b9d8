// What was asked, of whom, by when, and what was said to it.
import { useState } from "preact/hooks";
import { type LiaisonRequest, RequestState } from "../../gen/igf/liaison/v1/liaison_service_pb";
import { EventType } from "../../gen/igf/liaison/v1/types_pb";
import { firstPages, hasMore, liaison, PATIENCE } from "../hub";
import { useLoad } from "../live";
import type { PageProps } from "../main";
import { Await, Empty, EventLink, More, Org, Page, Said, Scroll, Tag, toDate } from "../parts/basic";
import { go, numberIn, same, to, useQuery } from "../route";
import { day, name, t } from "../words";

const STATES = [RequestState.OPEN, RequestState.ACCEPTED, RequestState.COUNTERED, RequestState.DECLINED, RequestState.ANSWERED, RequestState.RETRACTED];
const DAY_MS = 86_400_000;
const PAGE = 200;

export const waitedDays = (request: LiaisonRequest, now = Date.now()): number =>
  Math.max(0, Math.floor((now - (toDate(request.request?.hubTime)?.getTime() ?? now)) / DAY_MS));

function Table(props: { caption: string; requests: LiaisonRequest[] }) {
  return (
    <Scroll label={props.caption}>
      <table class="dense">
        <caption>{props.caption}</caption>
        <thead>
          <tr>
            <th scope="col">{t("what_was_asked")}</th>
            <th scope="col">{t("from")}</th>
            <th scope="col">{t("of_whom")}</th>
            <th scope="col">{t("by_when")}</th>
            <th scope="col">{t("state")}</th>
            <th scope="col">{t("what_was_said")}</th>
          </tr>
        </thead>
        <tbody>
          {props.requests.map((one) => (
            <tr key={`${one.request?.sequence}-${one.to}`}>
              <th scope="row">{one.request && <EventLink event={one.request} withAuthor={false} />}</th>
              <td>
                <Org of={one.from} />
              </td>
              <td>
                <Org of={one.to} />
              </td>
              <td>
                {one.dueDate ? day(one.dueDate) : t("no_date")}
                {one.requestedDate && one.requestedDate !== one.dueDate && <span class="by"> {t("asked_for", { day: day(one.requestedDate) })}</span>}
                {one.overdue && <Tag kind="bad">{t("overdue")}</Tag>}
              </td>
              <td>
                <Tag kind={RequestState[one.state]?.toLowerCase()}>{name("request", RequestState[one.state] ?? "")}</Tag>
                {one.state === RequestState.OPEN && <span class="by"> {t("waiting_days", { n: waitedDays(one) })}</span>}
              </td>
              <td>
                {one.response && <EventLink event={one.response} withAuthor={false} />}
                {one.reason && (
                  <p>
                    <Said lang={one.response?.language}>{one.reason}</Said>
                  </p>
                )}
                {one.amendedText && (
                  <p>
                    <Said lang={one.amendment?.language}>{one.amendedText}</Said>
                  </p>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

export function Requests(props: PageProps) {
  const query = useQuery();
  const organisation = query.get("organisation") ?? "";
  const state = numberIn(query, "state", (one) => STATES.includes(one));
  const overdueOnly = query.get("overdue") === "1";
  const [pages, more] = useState(1);
  const loaded = useLoad(async (signal) => {
    const got = await firstPages(pages, (pageToken) =>
      liaison.listRequests({ organisation, state, overdueOnly, pageToken, pageSize: PAGE }, { signal, timeoutMs: PATIENCE }),
    );
    return { list: got.flatMap((one) => one.requests), more: hasMore(got) };
  }, ["requests", organisation, state, overdueOnly], { pages });
  const mine = props.caller?.organisation ?? "";
  return (
    <Page title={t("page_requests")} lead={t("requests_lead")}>
      <form class="filters" onSubmit={(submit) => submit.preventDefault()}>
        <label class="picker">
          <span>{t("state")}</span>
          <select value={String(state)} onChange={(change) => go(same({ state: change.currentTarget.value === "0" ? null : change.currentTarget.value }), { replace: true, keepFocus: true })}>
            <option value="0">{t("all")}</option>
            {STATES.map((one) => (
              <option key={one} value={String(one)} selected={one === state}>
                {name("request", RequestState[one] ?? "")}
              </option>
            ))}
          </select>
        </label>
        <label class="picker">
          <input type="checkbox" checked={overdueOnly} onChange={(change) => go(same({ overdue: change.currentTarget.checked ? 1 : null }), { replace: true, keepFocus: true })} />
          <span>{t("overdue_only")}</span>
        </label>
        {organisation ? (
          <a href={same({ organisation: null })}>{t("of_everybody")}</a>
        ) : (
          mine && <a href={same({ organisation: mine })}>{t("only_mine")}</a>
        )}
        {props.caller?.organisation && <a href={to("signal")}>{t("page_signal")}</a>}
        {props.caller?.organisation && <a href={to("support")}>{t("page_support")}</a>}
      </form>
      <p class="quiet">{t("silence_note")}</p>
      <Await of={loaded}>
        {({ list, more: isMore }) => {
          const help = list.filter((one) => one.request?.type === EventType.SUPPORT_REQUEST);
          const rest = list.filter((one) => one.request?.type !== EventType.SUPPORT_REQUEST);
          return (
            <>
              {help.length > 0 && <Table caption={t("help_asked", { n: help.length })} requests={help} />}
              {rest.length > 0 && <Table caption={t("requests_n", { n: rest.length })} requests={rest} />}
              <More there={isMore} next={() => more(pages + 1)} />
              {list.length === 0 && <Empty>{t("requests_none")}</Empty>}
            </>
          );
        }}
      </Await>
    </Page>
  );
}
