// A page on which something new is written: under whose name, whose draft it is, and the three steps.
import type { ComponentChildren } from "preact";
import type { Receipt } from "../../gen/igf/liaison/v1/event_pb";
import { type DraftInit, type DraftState, isBegun, useDraft } from "../publish";
import { to } from "../route";
import { currentLanguage, t } from "../words";
import { Notice, Org, Page } from "./basic";
import type { Caller } from "./caller";
import { AudienceChoice, Compose, LanguageChoice } from "./compose";
import { OrganisationList } from "./organisations";

// Under whose name one writes, or where to sign in first; nothing while that is not known.
export function WritingAs(props: { caller: { organisation: string } | null }) {
  if (!props.caller) return null;
  return props.caller.organisation ? (
    <p>
      {t("you_write_as")} <Org of={props.caller.organisation} />
    </p>
  ) : (
    <Notice>
      <p>
        {t("report_sign_in")} <a href={to("signin")}>{t("sign_in")}</a>
      </p>
    </Notice>
  );
}

// What was written here before anybody had signed in is nobody's yet. It is offered, not shown: it may
// have been somebody else.
function BegunUnsigned<T>(props: { state: DraftState<T>; unsigned: string }) {
  const { state, unsigned } = props;
  if (state.key === unsigned || state.isKept || !isBegun(unsigned)) return null;
  return (
    <Notice>
      <p>{t("begun_unsigned")}</p>
      <button type="button" onClick={() => state.takeOver(unsigned)}>
        {t("take_it_over")}
      </button>
    </Notice>
  );
}

interface Always {
  title: string;
  language: string;
  audience: string;
}

export interface WritingProps<T> {
  caller: Caller | null;
  title: string;
  lead: string;
  // Drafts of each kind are kept apart, and those of each organisation.
  kind: string;
  empty: T;
  cycle: string;
  // What the fields say beside who says it and to whom; a text where something is missing.
  make: (fields: T, caller: Caller) => DraftInit | string;
  done?: (receipt: Receipt) => ComponentChildren;
  children: (fields: T, set: (changes: Partial<T>) => void) => ComponentChildren;
}

export function Writing<T extends Always>(props: WritingProps<T>) {
  const { caller } = props;
  const me = caller?.organisation ?? "";
  const state = useDraft<T>(`${props.kind}.${me}`, props.empty);
  const { fields, set } = state;
  const make = () => {
    if (!me || !caller) return t("report_sign_in");
    if (!fields.title.trim()) return t("title_needed");
    const said = props.make(fields, caller);
    if (typeof said === "string") return said;
    return { author: me, audience: fields.audience || `${caller.hub.hub}/public`, cycle: props.cycle, language: fields.language || currentLanguage(), ...said };
  };
  return (
    <Page title={props.title} lead={props.lead}>
      <WritingAs caller={caller} />
      <OrganisationList id="organisations" />
      {/* Whose draft it would be is known before anything is written. */}
      {caller ? (
        <>
          <BegunUnsigned state={state} unsigned={`${props.kind}.`} />
          <Compose state={state} author={me} make={make} done={props.done}>
            {props.children(fields, set)}
            <div class="two">
              <LanguageChoice value={fields.language} set={(language) => set({ language } as Partial<T>)} />
              <AudienceChoice hub={caller.hub.hub} value={fields.audience} set={(audience) => set({ audience } as Partial<T>)} />
            </div>
          </Compose>
        </>
      ) : (
        <div class="await" aria-busy="true">
          <p class="quiet loading">{t("loading")}</p>
        </div>
      )}
    </Page>
  );
}
