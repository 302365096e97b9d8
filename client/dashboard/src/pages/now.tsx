// What needs a decision, what needs an answer, what is good to know.
import { DigestRole, type DigestItem, type DigestSection } from "../../gen/igf/liaison/v1/radar_service_pb";
import { PATIENCE, radar } from "../hub";
import { useLoad } from "../live";
import type { PageProps } from "../main";
import { Await, Empty, EventLink, HubSays, Page, Tabs } from "../parts/basic";
import { same, to, useQuery } from "../route";
import { day, t } from "../words";
import { today } from "../parts/cycle";

const ROLES: Record<string, DigestRole> = { mag: DigestRole.MAG, partner: DigestRole.PARTNER, public: DigestRole.PUBLIC };
const SECTIONS = ["decide", "answer", "know"] as const;

function Item(props: { item: DigestItem }) {
  const { item } = props;
  if (!item.event) return null;
  return (
    <li>
      <EventLink event={item.event} />
      {item.dueOn && (
        <span class={item.dueOn < today() ? "due late" : "due"}>
          {item.dueOn < today() ? t("was_due", { day: day(item.dueOn) }) : t("due", { day: day(item.dueOn) })}
        </span>
      )}
      <p class="why">
        <HubSays sentences={item.whySentences} english={item.why} />
      </p>
    </li>
  );
}

function Section(props: { name: (typeof SECTIONS)[number]; section: DigestSection | undefined }) {
  const { name, section } = props;
  const items = section?.items ?? [];
  const total = section?.total ?? 0;
  const minutes = Math.max(1, Math.round(section?.minutesOfAll || section?.minutes || 0));
  return (
    <section class="column" aria-labelledby={`now-${name}`}>
      <h2 id={`now-${name}`}>
        {t(`now_${name}`)} {total > 0 && <span class="count">{total}</span>}
      </h2>
      {items.length === 0 ? (
        <Empty>{t(`now_${name}_none`)}</Empty>
      ) : (
        <>
          <p class="quiet">{t("minutes_to_read", { n: minutes })}</p>
          <ul class="items">
            {items.map((item) => (
              <Item key={item.event?.sequence} item={item} />
            ))}
          </ul>
        </>
      )}
      {total > items.length && (
        <p>
          {t("more_not_shown", { n: total - items.length })} <a href={to(name === "know" ? "decisions" : "requests")}>{t("see_all")}</a>
        </p>
      )}
      {(section?.notLookedAt ?? 0) > 0 && <p class="quiet">{t("not_looked_at", { n: section!.notLookedAt })}</p>}
    </section>
  );
}

export function Now(_: PageProps) {
  const query = useQuery();
  const chosen = query.get("for") ?? "";
  // Where none is chosen the hub takes the usual one: no need to wait until it is known here.
  const cycle = query.get("cycle") ?? "";
  const role = ROLES[chosen] ?? DigestRole.UNSPECIFIED;
  const loaded = useLoad(
    (signal) => radar.getDigest({ role, cycle, maxItems: 20 }, { signal, timeoutMs: PATIENCE }),
    ["digest", role, cycle],
  );
  const shown = loaded.value?.role === DigestRole.MAG ? "mag" : loaded.value?.role === DigestRole.PARTNER ? "partner" : "public";
  return (
    <Page title={t("page_now")} lead={t("now_lead")}>
      <Tabs
        label={t("for_whom")}
        now={chosen || shown}
        tabs={Object.keys(ROLES).map((id) => ({ id, href: same({ for: id }), text: t(`role_${id as "mag" | "partner" | "public"}`) }))}
      />
      <Await of={loaded}>
        {(digest) => (
          <div class="columns">
            {SECTIONS.map((name) => (
              <Section key={name} name={name} section={digest.sections.find((one) => one.name === name)} />
            ))}
          </div>
        )}
      </Await>
    </Page>
  );
}
