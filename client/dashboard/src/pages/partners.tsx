// Initiatives and partners: who they are, what they report, when they meet. In the order of the
// alphabet, always: nothing here ranks anybody.
import type { ComponentChildren } from "preact";
import type { Cycle, LocalReport } from "../../gen/igf/liaison/v1/bodies_pb";
import type { OrganisationEntry } from "../../gen/igf/liaison/v1/directory_service_pb";
import { ContributionState } from "../../gen/igf/liaison/v1/liaison_service_pb";
import { OrganisationKind, Region, StakeholderGroup } from "../../gen/igf/liaison/v1/types_pb";
import { allPages, events, isMissing, liaison, PATIENCE } from "../hub";
import { type Loaded, useLoad } from "../live";
import type { PageProps } from "../main";
import { Await, Empty, EventLink, EventNumbers, Page, Said, Scroll, shortName, Tabs, Tag } from "../parts/basic";
import { isNri } from "../parts/caller";
import { useCycles } from "../parts/cycle";
import { openEvent, type OpenedEvent } from "../parts/fields";
import { useOrganisations } from "../parts/organisations";
import { go, numberIn, same, to, toEvent, useQuery } from "../route";
import { countryName, currentLanguage, day, days, languageName, name, number, t } from "../words";

const NRI_KINDS = [OrganisationKind.NRI_NATIONAL, OrganisationKind.NRI_SUBREGIONAL, OrganisationKind.NRI_REGIONAL, OrganisationKind.NRI_YOUTH];
const REGIONS = Object.values(Region).filter((one): one is Region => typeof one === "number" && one !== Region.UNSPECIFIED);
const VIEWS = ["list", "regions", "calendar"] as const;

const kindName = (kind: OrganisationKind | undefined) => name("kind", OrganisationKind[kind ?? 0] ?? "");
const regionName = (region: Region | undefined) => (region ? name("region", Region[region] ?? "") : "–");

export interface ReportEntry {
  opened: OpenedEvent;
  report: LocalReport;
  by: string;
}

function useReports(): Loaded<ReportEntry[]> {
  return useLoad(async (signal) => {
    const found = await allPages(async (pageToken) => {
      const page = await events.listEvents({ filter: "type = local-report", pageToken, pageSize: 200 }, { signal, timeoutMs: PATIENCE });
      return { items: page.events, nextPageToken: page.nextPageToken };
    }, 2000);
    return found.flatMap((event) => {
      const opened = openEvent(event);
      if (!opened.message) return [];
      const contributor = opened.header.recordedFor?.contributor;
      return [{ opened, report: opened.message as LocalReport, by: contributor?.case === "organisation" ? contributor.value : opened.header.author }];
    });
  }, ["reports"]);
}

function List(props: { entries: OrganisationEntry[]; reports: ReportEntry[] }) {
  const query = useQuery();
  const words = (query.get("q") ?? "").toLowerCase();
  const kind = numberIn(query, "kind", (one) => one in OrganisationKind);
  const region = numberIn(query, "region", (one) => one in Region);
  const who = query.get("who") ?? "nris";
  const shown = props.entries
    .flatMap((one) => (one.organisation ? [one.organisation] : []))
    .filter((one) => (who === "nris" ? isNri(one.kind) : who === "partners" ? !isNri(one.kind) : true))
    .filter((one) => !kind || one.kind === kind)
    .filter((one) => !region || one.region === region)
    .filter((one) => !words || [one.organisation, one.name, one.acronym, one.area, ...one.countries.map(countryName)].join(" ").toLowerCase().includes(words))
    .sort((a, b) => (a.name || a.organisation).localeCompare(b.name || b.organisation, currentLanguage()));
  const pick = (changes: Record<string, string | null>) => go(same(changes), { replace: true, keepFocus: true });
  return (
    <>
      <form class="filters" role="search" onSubmit={(submit) => submit.preventDefault()}>
        <label class="picker">
          <span>{t("search")}</span>
          <input type="search" value={query.get("q") ?? ""} onInput={(input) => pick({ q: input.currentTarget.value })} />
        </label>
        <label class="picker">
          <span>{t("who")}</span>
          <select value={who} onChange={(change) => pick({ who: change.currentTarget.value, kind: null })}>
            <option value="nris">{t("nris")}</option>
            <option value="partners">{t("partners")}</option>
            <option value="all">{t("all")}</option>
          </select>
        </label>
        <label class="picker">
          <span>{t("region")}</span>
          <select value={String(region)} onChange={(change) => pick({ region: change.currentTarget.value === "0" ? null : change.currentTarget.value })}>
            <option value="0">{t("all")}</option>
            {REGIONS.map((one) => (
              <option key={one} value={String(one)} selected={one === region}>
                {regionName(one)}
              </option>
            ))}
          </select>
        </label>
      </form>
      {shown.length === 0 ? (
        <Empty>{t("nobody_found")}</Empty>
      ) : (
        <Scroll label={t("page_partners")}>
          <table class="dense">
            <caption>{t("organisations_n", { n: shown.length })}</caption>
            <thead>
              <tr>
                <th scope="col">{t("name")}</th>
                <th scope="col">{t("kind")}</th>
                <th scope="col">{t("region")}</th>
                <th scope="col">{t("countries")}</th>
                <th scope="col">{t("languages")}</th>
                <th scope="col">{t("reports")}</th>
              </tr>
            </thead>
            <tbody>
              {shown.map((one) => (
                <tr key={one.organisation}>
                  <th scope="row">
                    <a href={same({ organisation: one.organisation })}>{one.name || shortName(one.organisation)}</a>
                    {one.acronym && one.acronym !== one.name && ` (${one.acronym})`}
                  </th>
                  <td>{kindName(one.kind)}</td>
                  <td>{regionName(one.region)}</td>
                  <td>{one.countries.map(countryName).join(", ")}</td>
                  <td>{one.languages.map(languageName).join(", ")}</td>
                  <td>
                    {props.reports
                      .filter((report) => report.by === one.organisation)
                      .map((report) => (
                        <a key={report.opened.event.sequence} href={toEvent(report.opened.event.sequence)}>
                          <Said lang={report.opened.header.language}>{report.opened.title}</Said>
                        </a>
                      ))}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
    </>
  );
}

function Regions(props: { entries: OrganisationEntry[] }) {
  const nris = props.entries.flatMap((one) => (one.organisation && isNri(one.organisation.kind) ? [one.organisation] : []));
  const regions = REGIONS.filter((region) => nris.some((one) => one.region === region));
  if (nris.length === 0) return <Empty>{t("nobody_found")}</Empty>;
  return (
    <Scroll label={t("by_region")}>
      <table class="dense narrow">
        <caption>{t("nris_by_region")}</caption>
        <thead>
          <tr>
            <th scope="col">{t("region")}</th>
            {NRI_KINDS.map((kind) => (
              <th scope="col" class="n" key={kind}>
                {kindName(kind)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {regions.map((region) => (
            <tr key={region}>
              <th scope="row">
                <a href={to("partners", { region })}>{regionName(region)}</a>
              </th>
              {NRI_KINDS.map((kind) => (
                <td class="n" key={kind}>
                  {number(nris.filter((one) => one.region === region && one.kind === kind).length)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

interface Entry {
  from: string;
  until: string;
  what: ComponentChildren;
  kind: "phase" | "meeting" | "deadline";
}

function Calendar(props: { cycle: string; cycles: Cycle[]; reports: ReportEntry[] }) {
  const requests = useLoad(
    (signal) => liaison.listRequests({ pageSize: 500 }, { signal, timeoutMs: PATIENCE }),
    ["calendar-requests"],
  );
  const dates: Entry[] = [
    ...props.cycles
      .filter((one) => one.cycleId === props.cycle)
      .flatMap((one) => one.phases.map((phase): Entry => ({ from: phase.startsOn, until: phase.endsOn, kind: "phase", what: `${one.cycleId}: ${name("phase", phase.phase)}` }))),
    ...props.reports
      .filter(({ report, opened }) => report.startsOn && opened.header.cycle === props.cycle)
      .map(({ report, opened }): Entry => ({
        from: report.startsOn,
        until: report.endsOn,
        kind: "meeting",
        what: (
          <a href={toEvent(opened.event.sequence)}>
            <Said lang={opened.header.language}>{opened.title}</Said>
          </a>
        ),
      })),
    ...(requests.value?.requests ?? [])
      .filter((one) => one.dueDate && one.request?.cycle === props.cycle)
      .map((one): Entry => ({ from: one.dueDate, until: one.dueDate, kind: "deadline", what: one.request ? <EventLink event={one.request} withAuthor={false} /> : "" })),
  ].sort((a, b) => a.from.localeCompare(b.from));
  return (
    <>
      <p>
        <a href="/calendar.ics" download>
          {t("calendar_file")}
        </a>
      </p>
      {dates.length === 0 ? (
        <Empty>{t("no_dates")}</Empty>
      ) : (
        <Scroll label={t("view_calendar")}>
          <table class="dense">
            <caption>{t("calendar_caption", { cycle: props.cycle })}</caption>
            <thead>
              <tr>
                <th scope="col">{t("when")}</th>
                <th scope="col">{t("kind")}</th>
                <th scope="col">{t("what")}</th>
              </tr>
            </thead>
            <tbody>
              {dates.map((one, i) => (
                <tr key={i}>
                  <td class="date">{days(one.from, one.until)}</td>
                  <td>{t(`date_${one.kind}`)}</td>
                  <td>{one.what}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
    </>
  );
}

// What became of what they said; nothing yet is an answer too.
function Contributions(props: { of: string }) {
  const loaded = useLoad(async (signal) => {
    try {
      return await liaison.listContributions({ contributor: props.of, language: currentLanguage(), pageSize: 200 }, { signal, timeoutMs: PATIENCE });
    } catch (error) {
      if (isMissing(error)) return null;
      throw error;
    }
  }, ["contributions", props.of, currentLanguage()]);
  return (
    <Await of={loaded}>
      {(found) =>
        !found || found.contributions.length === 0 ? (
          <Empty>{t("no_inputs")}</Empty>
        ) : (
          <ul class="items">
            {found.contributions.map((one) => (
              <li key={one.input?.sequence}>
                {one.input && <EventLink event={one.input} withAuthor={false} />} <Tag>{name("contribution", ContributionState[one.state] ?? "")}</Tag>
                <p class="why">
                  <bdi lang={found.inWordsLanguage} dir="auto">
                    {one.inWords}
                  </bdi>
                </p>
                {[...one.dispositions.filter((said) => !said.superseded && !said.undone).map((said) => ({ event: said.event, why: said.reason, language: said.language })),
                  ...one.decisions.map((said) => ({ event: said.event, why: said.reasons, language: said.language }))]
                  .filter((said) => said.event && said.why)
                  .map((said) => (
                    <p class="why" key={said.event!.sequence}>
                      <EventNumbers of={[said.event!.sequence]} /> <Said lang={said.language}>{said.why}</Said>
                    </p>
                  ))}
              </li>
            ))}
          </ul>
        )
      }
    </Await>
  );
}

function One(props: { entry: OrganisationEntry | undefined; id: string; reports: ReportEntry[] }) {
  const one = props.entry?.organisation;
  const reports = props.reports.filter((report) => report.by === props.id);
  return (
    <>
      <p>
        <a href={same({ organisation: null })}>{t("all_partners")}</a>
      </p>
      {one && (
        <dl class="facts">
          <dt>{t("kind")}</dt>
          <dd>{kindName(one.kind)}</dd>
          {one.stakeholderGroup ? (
            <>
              <dt>{t("stakeholder_group")}</dt>
              <dd>{name("group", StakeholderGroup[one.stakeholderGroup] ?? "")}</dd>
            </>
          ) : null}
          <dt>{t("region")}</dt>
          <dd>{regionName(one.region)}</dd>
          {one.countries.length > 0 && (
            <>
              <dt>{t("countries")}</dt>
              <dd>{one.countries.map(countryName).join(", ")}</dd>
            </>
          )}
          {one.languages.length > 0 && (
            <>
              <dt>{t("languages")}</dt>
              <dd>{one.languages.map(languageName).join(", ")}</dd>
            </>
          )}
          {one.founded ? (
            <>
              <dt>{t("founded")}</dt>
              <dd>{String(one.founded)}</dd>
            </>
          ) : null}
          {one.sampleMeeting && (
            <>
              <dt>{t("a_past_meeting")}</dt>
              <dd>
                <Said>{one.sampleMeeting.replace(/\d{4}-\d{2}-\d{2}/g, (date) => day(date))}</Said>
              </dd>
            </>
          )}
        </dl>
      )}
      {reports.length > 0 && (
        <>
          <h2>{t("reports")}</h2>
          <ul class="items">
            {reports.map(({ opened, report }) => (
              <li key={opened.event.sequence}>
                <a href={toEvent(opened.event.sequence)}>
                  <Said lang={opened.header.language}>{opened.title}</Said>
                </a>
                {report.startsOn && ` · ${days(report.startsOn, report.endsOn)}`}
              </li>
            ))}
          </ul>
        </>
      )}
      <h2>{t("what_became")}</h2>
      <Contributions of={props.id} />
      <p>
        <a href={to("requests", { organisation: props.id })}>{t("their_requests")}</a>
      </p>
    </>
  );
}

export function Partners(props: PageProps) {
  const query = useQuery();
  const organisations = useOrganisations();
  const reports = useReports();
  const cycles = useCycles();
  const id = query.get("organisation");
  const view = (VIEWS as readonly string[]).includes(query.get("view") ?? "") ? query.get("view")! : "list";
  const entry = id ? organisations.value?.find((one) => one.organisation?.organisation === id) : undefined;
  if (id) {
    return (
      <Page title={entry?.organisation?.name || shortName(id)}>
        <Await of={organisations}>{() => <One entry={entry} id={id} reports={reports.value ?? []} />}</Await>
      </Page>
    );
  }
  return (
    <Page title={t("page_partners")} lead={t("partners_lead")}>
      <Tabs label={t("page_partners")} now={view} tabs={VIEWS.map((one) => ({ id: one, href: to("partners", { view: one === "list" ? null : one }), text: t(`view_${one}`) }))} />
      {view === "list" && <Await of={organisations}>{(entries) => <List entries={entries} reports={reports.value ?? []} />}</Await>}
      {view === "regions" && <Await of={organisations}>{(entries) => <Regions entries={entries} />}</Await>}
      {view === "calendar" && <Await of={reports}>{(list) => <Calendar cycle={props.cycle} cycles={cycles.value ?? []} reports={list} />}</Await>}
      {view === "calendar" && <p class="quiet">{t("calendar_note", { day: day(new Date().toISOString().slice(0, 10)) })}</p>}
    </Page>
  );
}
