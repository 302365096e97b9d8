// How the order of the topics hangs on one weight: a line for each of the first topics, and the same
// as a table.
import { useEffect, useRef, useState } from "preact/hooks";
import type { RadarTopic } from "../../gen/igf/liaison/v1/radar_service_pb";
import { HEAVIEST, PARTS, type Part, scoreOf, sharesOf, swapsOf, type Weights } from "../ranking";
import { decimals, isRightToLeft, name, t } from "../words";
import { Empty, Scroll } from "./basic";

const LINES = 6;
const COLOURS = ["#0b4f6c", "#b3470d", "#3b6e22", "#7a2d8a", "#8a6d00", "#b0124c"];
const STEPS = Array.from({ length: 11 }, (_, i) => i);

function Chart(props: { topics: RadarTopic[]; weights: Weights; part: Part }) {
  const place = useRef<HTMLDivElement>(null);
  const data = STEPS.map((step) => props.topics.map((topic) => scoreOf(sharesOf(topic), { ...props.weights, [props.part]: step })));
  const key = JSON.stringify([props.part, data]);
  useEffect(() => {
    let gone = false;
    let chart: { destroy(): void; setSize(size: { width: number; height: number }): void } | undefined;
    void import("uplot").then(({ default: UPlot }) => {
      if (gone || !place.current) return;
      const width = () => Math.max(240, place.current?.clientWidth ?? 600);
      chart = new UPlot(
        {
          width: width(),
          height: 220,
          cursor: { show: false },
          legend: { show: false },
          scales: { x: { time: false, range: [0, HEAVIEST], dir: isRightToLeft() ? -1 : 1 } },
          axes: [{ label: name("part", props.part), labelSize: 20 }, { side: isRightToLeft() ? 1 : 3 }],
          series: [{}, ...props.topics.map((_, i) => ({ stroke: COLOURS[i]!, width: 2, dash: i % 2 ? [6, 3] : [] }))],
        },
        [STEPS, ...props.topics.map((_, i) => data.map((row) => row[i]!))],
        place.current,
      );
      for (const canvas of place.current.querySelectorAll("canvas")) canvas.setAttribute("aria-hidden", "true");
    }, () => {});
    const resize = () => place.current && chart?.setSize({ width: Math.max(240, place.current.clientWidth), height: 220 });
    window.addEventListener("resize", resize);
    return () => {
      gone = true;
      chart?.destroy();
      window.removeEventListener("resize", resize);
    };
  }, [key]);
  return (
    <>
      <div ref={place} class="chart" />
      <ul class="legend">
        {props.topics.map((topic, i) => (
          <li key={topic.topic}>
            <svg viewBox="0 0 24 8" aria-hidden="true">
              <line x1="0" y1="4" x2="24" y2="4" stroke={COLOURS[i]} stroke-width="3" stroke-dasharray={i % 2 ? "6 3" : undefined} />
            </svg>{" "}
            {topic.label || topic.topic}
          </li>
        ))}
      </ul>
      <details>
        <summary>{t("same_as_table")}</summary>
        <Scroll label={t("same_as_table")}>
          <table class="dense">
            <caption>{t("scores_at_weight", { part: name("part", props.part) })}</caption>
            <thead>
              <tr>
                <th scope="col">{t("topic")}</th>
                {STEPS.map((step) => (
                  <th scope="col" class="n" key={step}>
                    {step}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {props.topics.map((topic, i) => (
                <tr key={topic.topic}>
                  <th scope="row">{topic.label || topic.topic}</th>
                  {STEPS.map((step) => (
                    <td class="n" key={step}>
                      {decimals(data[step]![i]!, 1)}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      </details>
    </>
  );
}

export function Sensitivity(props: { topics: RadarTopic[]; weights: Weights }) {
  const [part, choose] = useState<Part>("organisations");
  const first = props.topics.slice(0, LINES);
  const swaps = swapsOf(first.map(sharesOf), props.weights);
  if (first.length < 2) return null;
  return (
    <section aria-labelledby="sensitivity">
      <h3 id="sensitivity">{t("sensitivity")}</h3>
      <p class="quiet">{t("sensitivity_explained", { n: first.length })}</p>
      {swaps.length === 0 ? (
        <Empty>{t("order_holds")}</Empty>
      ) : (
        <ul class="plainlist">
          {swaps.map((swap) => (
            <li key={`${swap.part}${swap.more}`}>
              {t(swap.more ? "overtakes_above" : "overtakes_below", {
                part: name("part", swap.part),
                weight: decimals(swap.weight, 1),
                first: first[swap.overtakes]!.label || first[swap.overtakes]!.topic,
                second: first[swap.overtaken]!.label || first[swap.overtaken]!.topic,
              })}
            </li>
          ))}
        </ul>
      )}
      <label class="picker">
        <span>{t("show_weight_of")}</span>
        <select value={part} onChange={(change) => choose(change.currentTarget.value as Part)}>
          {PARTS.map((one) => (
            <option key={one} value={one}>
              {name("part", one)}
            </option>
          ))}
        </select>
      </label>
      <Chart topics={first} weights={props.weights} part={part} />
    </section>
  );
}
