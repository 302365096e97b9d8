// All organisations that the hub knows, for choosing one and for the table of partners.
import { useEffect, useState } from "preact/hooks";
import type { OrganisationEntry } from "../../gen/igf/liaison/v1/directory_service_pb";
import { allPages, directory, PATIENCE } from "../hub";
import { type Loaded, useLoad } from "../live";

const readAll = (signal: AbortSignal): Promise<OrganisationEntry[]> =>
  allPages(async (pageToken) => {
    const page = await directory.listOrganisations({ pageToken, pageSize: 1000 }, { signal, timeoutMs: PATIENCE });
    return { items: page.entries, nextPageToken: page.nextPageToken };
  });

export const useOrganisations = (): Loaded<OrganisationEntry[]> => useLoad(readAll, ["organisations"]);

// For the `list` of a text field. Fetched when somebody goes to such a field, and only then: it is as
// large as all the rest of a form.
export function OrganisationList(props: { id: string }) {
  const [wanted, want] = useState(false);
  useEffect(() => {
    const listener = (focus: FocusEvent) => {
      if ((focus.target as Element | null)?.getAttribute?.("list") === props.id) want(true);
    };
    document.addEventListener("focusin", listener);
    return () => document.removeEventListener("focusin", listener);
  }, [props.id]);
  const loaded = useLoad(async (signal) => (wanted ? readAll(signal) : []), ["organisation-list", wanted], { live: false });
  return (
    <datalist id={props.id}>
      {(loaded.value ?? []).map((one) => (
        <option key={one.organisation?.organisation} value={one.organisation?.organisation}>
          {one.organisation?.name}
        </option>
      ))}
    </datalist>
  );
}
