// What the hub says of itself, and what that is worth. The record's own words are used here only.
import { transport } from "../hub";
import { type Loaded, useLoad } from "../live";
import type { PageProps } from "../main";
import { Await, ByHub, Empty, Notice, Page, When } from "../parts/basic";
import { useCaller } from "../parts/caller";
import { checkHead, client, type Head } from "../parts/check";
import { CheckAnEvent, Checks } from "../parts/check_view";
import { hex } from "../hex";
import { refusalInWords } from "../refusals";
import { number, t } from "../words";

const CHECKS = globalThis.crypto?.subtle !== undefined;

function Evidence(props: { of: Head }) {
  return (
    <Notice kind="bad">
      <p>{t("trust_evidence")}</p>
      {[props.of.contradicted, props.of.note].map((note) => (
        <pre key={note} dir="ltr" tabIndex={0} aria-label={t("trust_checkpoint")}>
          {note}
        </pre>
      ))}
    </Notice>
  );
}

// What is signed of the record, by whom, and whether it is what this browser saw before.
function Signed(props: { signed: Loaded<Head | null>; head: bigint }) {
  if (!CHECKS) return <Empty>{t("trust_insecure")}</Empty>;
  return (
    <Await of={props.signed}>
      {(signed) => {
        if (!signed) return <Empty>{t("trust_no_checkpoint")}</Empty>;
        const witnesses = signed.checkpoint.signatures.filter((one) => one.name !== signed.key.name);
        const behind = props.head - signed.checkpoint.size;
        return (
          <>
            {signed.contradicted && <Evidence of={signed} />}
            <Checks of={signed.checks} />
            <dl class="facts">
              <dt>{t("trust_covers")}</dt>
              <dd>
                {number(signed.checkpoint.size)} {behind > 0n && t("trust_behind", { n: behind })}
              </dd>
              <dt>{t("trust_witnesses")}</dt>
              <dd>
                {witnesses.length === 0 ? (
                  t("trust_no_witness")
                ) : (
                  <ul class="plainlist">
                    {witnesses.map((one) => (
                      <li key={hex(one.keyId) + one.name}>
                        <bdi dir="ltr">{one.name}</bdi>
                      </li>
                    ))}
                  </ul>
                )}
              </dd>
              <dt>{t("trust_key")}</dt>
              <dd>
                <code dir="ltr">{signed.vkey}</code>
                <p class="hint">{t("trust_key_hint")}</p>
              </dd>
            </dl>
          </>
        );
      }}
    </Await>
  );
}

// With whom a hub exchanges is told to who runs it. What came from where is told of each event.
function Peers() {
  return (
    <section aria-labelledby="peers">
      <h2 id="peers">{t("trust_peers")}</h2>
      <p>{t("trust_from_others")}</p>
    </section>
  );
}

export function Trust(_: PageProps) {
  const loaded = useCaller();
  const signed = useLoad(async () => (CHECKS ? checkHead(client(transport)) : null), ["checkpoint"]);
  return (
    <Page title={t("page_trust")} lead={t("trust_lead")}>
      <Await of={loaded}>
        {({ hub }) => (
          <>
            <dl class="facts">
              <dt>{t("trust_hub")}</dt>
              <dd>{hub.hub}</dd>
              <dt>{t("trust_head")}</dt>
              <dd>{number(hub.head?.sequence ?? 0n)}</dd>
              <dt>{t("trust_root")}</dt>
              <dd>
                <code dir="ltr">{hex(hub.root)}</code>
              </dd>
              <dt>{t("trust_registry")}</dt>
              <dd>
                {number(hub.registrySize)} · <code dir="ltr">{hex(hub.registryRoot)}</code>
              </dd>
              <dt>{t("trust_log_id")}</dt>
              <dd>
                <code dir="ltr">{hub.head?.logId}</code>
              </dd>
              <dt>{t("trust_rules")}</dt>
              <dd>{hub.rulesVersion}</dd>
              <dt>{t("trust_version")}</dt>
              <dd dir="ltr">{hub.version}</dd>
              <dt>{t("trust_time")}</dt>
              <dd>
                <When time={hub.time} />
              </dd>
              <dt>{t("trust_writes")}</dt>
              <dd>
                {t(hub.acceptsWrites ? "yes" : "no")}
                {!hub.acceptsWrites && (
                  <p class="hint">
                    {refusalInWords(hub.refusalReason)} <ByHub>{hub.refusal}</ByHub>
                  </p>
                )}
              </dd>
              <dt>{t("trust_identities")}</dt>
              <dd>{t(hub.developmentMode ? "trust_open" : "trust_checked")}</dd>
            </dl>
            <section aria-labelledby="checkpoint">
              <h2 id="checkpoint">{t("trust_checkpoint")}</h2>
              <Signed signed={signed} head={hub.head?.sequence ?? 0n} />
            </section>
            <Peers />
            <section aria-labelledby="check">
              <h2 id="check">{t("trust_check_title")}</h2>
              <CheckAnEvent head={signed} />
            </section>
            <h2>{t("trust_meaning")}</h2>
            <ul>
              <li>{t("trust_meaning_leaf")}</li>
              <li>{t("trust_meaning_digest")}</li>
              <li>{t("trust_meaning_cursor")}</li>
              <li>{t("trust_meaning_erased")}</li>
            </ul>
            <p>{t("trust_offline")}</p>
          </>
        )}
      </Await>
    </Page>
  );
}
