// Checking one event, with every step said in words and the proof itself to take away.
import { useState } from "preact/hooks";
import { events, isMissing, PATIENCE, transport } from "../hub";
import { type Loaded, useLoad } from "../live";
import { go, same, sequenceOf, useQuery } from "../route";
import { type Key, t } from "../words";
import { Await, Empty, Notice, Tag } from "./basic";
import { type Check, type Checked, checkEvent, client, type Head, type Result } from "./check";
import { openEvent } from "./fields";

const KIND: Record<Result, string> = { good: "good", bad: "bad", unknown: "" };

export function Checks(props: { of: Check[] }) {
  return (
    <ul class="items verdicts">
      {props.of.map((one) => (
        <li key={one.step} data-result={one.result}>
          <Tag kind={KIND[one.result]}>{t(`result_${one.result}` as Key)}</Tag> {t(`check_${one.step}_${one.how}` as Key)}
        </li>
      ))}
    </ul>
  );
}

// C2SP tlog-proof: what `liaison verify` and every other verifier of these files reads.
const proofFile = (of: Checked): string =>
  `c2sp.org/tlog-proof@v1\nindex ${of.index}\n${of.proof.map((hash) => `${hash}\n`).join("")}\n${of.checkpoint}`;

function Proof(props: { of: Checked; title: string }) {
  const { of } = props;
  const bad = of.checks.some((one) => one.result === "bad");
  return (
    <>
      <Notice kind={bad ? "bad" : "good"}>
        <p>{t(bad ? "trust_some_bad" : "trust_all_good", { event: props.title })}</p>
      </Notice>
      <Checks of={of.checks} />
      <details>
        <summary>{t("trust_proof")}</summary>
        <p>{t("trust_proof_explained", { n: of.proof.length })}</p>
        <p>
          <a download={`event-${of.index + 1n}.tlog-proof`} href={`data:text/plain;charset=utf-8,${encodeURIComponent(proofFile(of))}`}>
            {t("trust_proof_file")}
          </a>
        </p>
        <pre dir="ltr" tabIndex={0} aria-label={t("trust_proof")}>
          {proofFile(of)}
        </pre>
      </details>
    </>
  );
}

function CheckOf(props: { sequence: bigint; head: Head | null }) {
  const loaded = useLoad(
    async (signal) => {
      let event;
      try {
        event = (await events.getEvent({ key: { case: "sequence", value: props.sequence } }, { signal, timeoutMs: PATIENCE })).event;
      } catch (error) {
        if (isMissing(error)) return null;
        throw error;
      }
      const checked = event && (await checkEvent(client(transport), event, props.head));
      return event && checked ? { checked, title: openEvent(event).title || t("event_n", { n: event.sequence }) } : null;
    },
    ["check", props.sequence],
    { live: false },
  );
  return <Await of={loaded}>{(found) => (found ? <Proof of={found.checked} title={found.title} /> : <Empty>{t("no_such_event")}</Empty>)}</Await>;
}

export function CheckAnEvent(props: { head: Loaded<Head | null> }) {
  const asked = useQuery().get("event");
  const sequence = sequenceOf(asked);
  const [number, set] = useState(asked ?? "");
  // What is checked of the record itself is checked once.
  const waits = props.head.loading && props.head.value === null;
  if (!globalThis.crypto?.subtle) return <Empty>{t("trust_insecure")}</Empty>;
  return (
    <>
      <p>{t("trust_check_lead")}</p>
      <form
        class="filters"
        onSubmit={(event) => {
          event.preventDefault();
          go(same({ event: number }));
        }}
      >
        <label class="picker">
          {t("trust_check_number")}{" "}
          <input type="text" inputMode="numeric" pattern="[0-9]*" required value={number} onInput={(event) => set(event.currentTarget.value)} />
        </label>
        <button type="submit">{t("trust_check_do")}</button>
      </form>
      {sequence !== null && !waits && <CheckOf sequence={sequence} head={props.head.value} />}
      <p class="hint">{t("trust_not_proven")}</p>
    </>
  );
}
