// Sorting the inputs: what becomes of many at once, and which of them say the same.
import { DispositionKind, GroupingAction } from "../../gen/igf/liaison/v1/bodies_pb";
import { EventType, Relation } from "../../gen/igf/liaison/v1/types_pb";
import type { EventSummary } from "../../gen/igf/liaison/v1/liaison_service_pb";
import { hex } from "../hex";
import { allPages, events, liaison, PATIENCE } from "../hub";
import { useLoad } from "../live";
import type { PageProps } from "../main";
import { Await, EventLink, Notice, Page, Tabs } from "../parts/basic";
import type { Caller } from "../parts/caller";
import { AudienceChoice, Choice, Compose, enumOptions, LanguageChoice, Paragraphs, TextField } from "../parts/compose";
import { WritingAs } from "../parts/writing";
import { headerOf, openEvent } from "../parts/fields";
import { chosenNumbers, digestsOf, EventChoice, inputNumbers, type Named } from "../parts/inputs";
import { OrganisationList } from "../parts/organisations";
import { useDraft } from "../publish";
import { same, sequenceOf, useQuery } from "../route";
import { currentLanguage, t } from "../words";

interface FormProps {
  caller: Caller;
  cycle: string;
  waiting: EventSummary[];
  reload: () => void;
}

const common = (props: FormProps, fields: { language: string; audience: string }) => ({
  author: props.caller.organisation,
  audience: fields.audience || `${props.caller.hub.hub}/public`,
  cycle: props.cycle,
  language: fields.language || currentLanguage(),
});

function SortForm(props: FormProps & { input: string }) {
  const { caller, waiting } = props;
  const state = useDraft(`triage.${props.cycle}.${caller.organisation}.${props.input}`, {
    chosen: [] as string[], others: props.input, kind: String(DispositionKind.TAKEN_UP), passedTo: "", into: "", reason: "", language: "", audience: "",
  });
  const { fields, set } = state;
  const kind = Number(fields.kind);
  const goesInto = kind === DispositionKind.TAKEN_UP || kind === DispositionKind.MERGED;
  const make = async () => {
    const numbers = chosenNumbers(fields);
    if (numbers.length === 0) return t("choose_one");
    if (!fields.reason.trim()) return t("give_a_reason");
    const inputs = await digestsOf(numbers, waiting);
    const into = goesInto ? await digestsOf(inputNumbers(fields.into).slice(0, 1), waiting) : [];
    if (typeof inputs === "string") return inputs;
    if (typeof into === "string") return into;
    return {
      ...common(props, fields),
      body: {
        case: "disposition" as const,
        value: {
          inputs: inputs.map((input) => ({ input, kind })),
          passedTo: kind === DispositionKind.PASSED_ON ? fields.passedTo.trim() : "",
          ...(into[0] ? { into: into[0] } : {}),
          reason: fields.reason.trim(),
        },
      },
    };
  };
  return (
    <Compose state={state} author={caller.organisation} make={make} done={() => <Again reload={props.reload} />}>
      <OrganisationList id="organisations" />
      <EventChoice label={t("choose_inputs")} of={waiting} empty={t("nothing_to_sort")} fields={fields} set={set} />
      <Choice label={t("what_becomes")} value={fields.kind} set={(value) => set({ kind: value })} options={enumOptions(DispositionKind, "disposition")} />
      {kind === DispositionKind.PASSED_ON && <TextField label={t("field_passed_to")} value={fields.passedTo} set={(passedTo) => set({ passedTo })} list="organisations" required ltr />}
      {goesInto && (
        <TextField label={t("field_into")} value={fields.into} set={(into) => set({ into })} hint={t("into_hint")} required={kind === DispositionKind.MERGED} ltr />
      )}
      <Paragraphs label={t("reason_for_all")} value={fields.reason} set={(reason) => set({ reason })} required />
      <div class="two">
        <LanguageChoice value={fields.language} set={(language) => set({ language })} />
        <AudienceChoice hub={caller.hub.hub} value={fields.audience} set={(audience) => set({ audience })} />
      </div>
    </Compose>
  );
}

// A group that is there: its first event, who is in it, who may read it.
interface Group {
  root: Uint8Array;
  members: EventSummary[];
  audience: string;
  cycle: string;
  title: string;
}

function GroupForm(props: FormProps & { group: Group | null; key: string }) {
  const { caller, group } = props;
  const offered = [...(group?.members ?? []), ...props.waiting.filter((one) => !group?.members.some((two) => two.sequence === one.sequence))];
  const state = useDraft(`group.${group?.members.map((one) => one.sequence).join("-") ?? props.cycle}.${caller.organisation}`, {
    chosen: (group?.members ?? []).map((one) => String(one.sequence)), others: "", action: String(GroupingAction.GROUP), title: group?.title ?? "",
    reason: "", language: "", audience: "",
  });
  const { fields, set } = state;
  const dissolves = Number(fields.action) === GroupingAction.DISSOLVE;
  const make = async () => {
    const numbers = dissolves ? [] : chosenNumbers(fields);
    if (!dissolves && numbers.length < 2) return t("choose_two");
    if (!fields.reason.trim()) return t("give_a_reason");
    const members = await digestsOf(numbers, offered as Named[]);
    if (typeof members === "string") return members;
    return {
      ...common(props, fields),
      ...(group ? { audience: group.audience, cycle: group.cycle } : {}),
      references: [
        ...(group ? [{ digest: group.root, relation: Relation.REVISES }] : []),
        ...members.map((digest) => ({ digest, relation: Relation.GROUPS })),
      ],
      body: { case: "grouping" as const, value: { action: Number(fields.action), title: fields.title.trim(), reason: fields.reason.trim() } },
    };
  };
  return (
    <Compose state={state} author={caller.organisation} make={make} done={() => <Again reload={props.reload} />}>
      {group && <Choice label={t("what_to_do")} value={fields.action} set={(action) => set({ action })} options={enumOptions(GroupingAction, "grouping")} />}
      {!dissolves && <EventChoice label={t("choose_inputs")} of={offered} empty={t("nothing_to_sort")} fields={fields} set={set} />}
      <TextField label={t("title")} value={fields.title} set={(title) => set({ title })} />
      <Paragraphs label={t("why_together")} value={fields.reason} set={(reason) => set({ reason })} hint={t("why_together_hint")} required />
      <div class="two">
        <LanguageChoice value={fields.language} set={(language) => set({ language })} />
        {!group && <AudienceChoice hub={caller.hub.hub} value={fields.audience} set={(audience) => set({ audience })} />}
      </div>
    </Compose>
  );
}

// What was sorted is gone from the list.
function Again(props: { reload: () => void }) {
  return (
    <p>
      <button type="button" onClick={props.reload}>
        {t("page_triage")}
      </button>
    </p>
  );
}

async function readGroup(sequence: bigint, signal: AbortSignal): Promise<Group | null> {
  const options = { signal, timeoutMs: PATIENCE };
  const event = (await events.getEvent({ key: { case: "sequence", value: sequence } }, options)).event!;
  const header = headerOf(event);
  if (header.type !== EventType.GROUPING) return null;
  const root = header.references.find((one) => one.relation === Relation.REVISES)?.digest ?? event.digest;
  const trail = (await liaison.getTrail({ key: { case: "digest", value: root }, pageSize: 200 }, options)).entries;
  const members = new Set(header.references.filter((one) => one.relation === Relation.GROUPS).map((one) => hex(one.digest)));
  return {
    root,
    members: trail.flatMap((entry) => (entry.event && members.has(hex(entry.event.digest)) ? [entry.event] : [])),
    audience: header.audience,
    cycle: header.cycle,
    title: openEvent(event).title,
  };
}

function Forms(props: PageProps & { caller: Caller }) {
  const query = useQuery();
  const view = query.get("view") === "group" ? "group" : "sort";
  const changed = view === "group" ? sequenceOf(query.get("event")) : null;
  const loaded = useLoad(
    async (signal) => ({
      waiting: await allPages(async (pageToken) => {
        const page = await liaison.listUndisposed({ cycle: props.cycle, pageToken, pageSize: 200 }, { signal, timeoutMs: PATIENCE });
        return { items: page.inputs, nextPageToken: page.nextPageToken };
      }, 1000),
      group: changed !== null ? await readGroup(changed, signal) : null,
    }),
    ["triage", props.cycle, changed],
  );
  return (
    <>
      <Tabs
        label={t("page_triage")}
        now={view}
        tabs={(["sort", "group"] as const).map((id) => ({ id, href: same({ view: id === "sort" ? null : id, event: null, input: null }), text: t(`view_${id}`) }))}
      />
      <WritingAs caller={props.caller} />
      <Await of={loaded}>
        {({ waiting, group }) => {
          const form = { caller: props.caller, cycle: props.cycle, waiting, reload: loaded.reload };
          if (view === "sort") return <SortForm {...form} input={query.get("input") ?? ""} />;
          return (
            <>
              {group && group.members.length > 0 && (
                <p class="quiet">
                  {t("change_group")}: <EventLink event={group.members[0]!} />
                </p>
              )}
              <GroupForm {...form} group={group} key={String(changed ?? "new")} />
            </>
          );
        }}
      </Await>
    </>
  );
}

export function Triage(props: PageProps) {
  const { caller } = props;
  const may = caller !== null && (caller.isMag || caller.isSecretariat);
  return (
    <Page title={t("page_triage")} lead={t("triage_lead")}>
      {caller && !may && (
        <Notice>
          <p>{t("triage_sign_in")}</p>
        </Notice>
      )}
      {caller && may && <Forms {...props} caller={caller} />}
    </Page>
  );
}
