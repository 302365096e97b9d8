// Inputs beside participants and initiatives; nothing is weighted.
import type { GetRepresentationResponse, RepresentationRow } from "../../gen/igf/liaison/v1/radar_service_pb";
import { PATIENCE, radar } from "../hub";
import { useLoad } from "../live";
import { same, to, useQuery } from "../route";
import { name, number, percent, saidAs, t, useSentences } from "../words";
import { Await, Bar, HubSays, Scroll } from "./basic";
import { TopicEvents } from "./topic_events";

const share = (value: number | undefined) => (value === undefined ? "–" : percent(value));

function Rows(props: { caption: string; prefix: string; rows: RepresentationRow[]; brief?: boolean }) {
  return (
    <Scroll label={props.caption}>
      <table class="dense">
        <caption>{props.caption}</caption>
        <thead>
          <tr>
            <th scope="col">{t(props.prefix === "region" ? "region" : "stakeholder_group")}</th>
            <th scope="col" class="n">
              {t("inputs")}
            </th>
            <th scope="col" class="n">
              {t("participants")}
            </th>
            <th scope="col" class="n">
              {t("nris")}
            </th>
          </tr>
        </thead>
        <tbody>
          {props.rows.map((row) => (
            <tr key={row.column}>
              <th scope="row">{name(props.prefix, row.column)}</th>
              <td class="n">
                <a
                  href={to("radar", { view: "heard", column: row.column }) + "#column"}
                  aria-label={t("what_is_behind", { topic: name(props.prefix, row.column), what: t("inputs"), count: number(row.inputs) })}
                >
                  {number(row.inputs)}
                </a>{" "}
                <span class="share">{share(row.shareOfInputs)}</span>
                <Bar share={row.shareOfInputs} kind="inputs" />
              </td>
              <td class="n">
                {row.attendances > 0 ? number(row.participants) : "–"} <span class="share">{row.attendances > 0 ? share(row.shareOfParticipants) : ""}</span>
                <Bar share={row.attendances > 0 ? row.shareOfParticipants : 0} kind="participants" />
              </td>
              <td class="n">
                {number(row.nris)} <span class="share">{share(row.shareOfNris)}</span>
                <Bar share={row.shareOfNris} kind="nris" />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

// That nobody is known to have been there does not say that nobody was.
export function HeardSum(props: { of: GetRepresentationResponse }) {
  const { inputs, participants, nris, attendances } = props.of;
  const waits = useSentences();
  const said = (code: string, n: bigint | number) => saidAs(code, { n }, number) ?? number(n);
  const counts = [said("count.inputs", inputs), ...(attendances > 0 ? [said("silence.participants", participants)] : []), said("silence.nris", nris)];
  return <p aria-busy={waits}>{t("heard_sum", { counts: counts.join(saidAs("list.comma", {}, number) ?? ", ") })}</p>;
}

function Shown(props: { found: GetRepresentationResponse; cycle: string; brief?: boolean }) {
  const { found } = props;
  const column = useQuery().get("column");
  return (
    <>
      <HeardSum of={found} />
      <Rows caption={t("by_region")} prefix="region" rows={found.byRegion} brief={props.brief} />
      <Rows caption={t("by_group")} prefix="group" rows={found.byStakeholderGroup} brief={props.brief} />
      {found.silences.length > 0 && (
        <>
          {props.brief ? <h3>{t("silences")}</h3> : <h2>{t("silences")}</h2>}
          <ul>
            {found.silences.map((one, i) => (
              <li key={one}>
                <HubSays sentences={[found.silenceSentences[i]]} english={one} />
              </li>
            ))}
          </ul>
        </>
      )}
      {!props.brief && column && (
        <section class="panel" aria-labelledby="column">
          <div class="spread">
            <h2 id="column" tabIndex={-1}>
              {t("inputs_of", { column: name("region", column) === column.replace(/_/g, " ") ? name("group", column) : name("region", column) })}
            </h2>
            <a href={same({ column: null })}>{t("close")}</a>
          </div>
          <TopicEvents cycle={props.cycle} topic="" column={column} />
        </section>
      )}
    </>
  );
}

export function Representation(props: { cycle: string; brief?: boolean }) {
  const loaded = useLoad(
    (signal) => radar.getRepresentation({ window: { cycle: props.cycle } }, { signal, timeoutMs: PATIENCE }),
    ["representation", props.cycle],
  );
  return <Await of={loaded}>{(found) => <Shown found={found} cycle={props.cycle} brief={props.brief} />}</Await>;
}
