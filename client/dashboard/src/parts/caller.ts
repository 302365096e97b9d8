// Whom the hub takes the reader for, and what that lets them do. What the hub refuses is refused,
// whatever stands here; this only decides what is offered.
import type { Organisation } from "../../gen/igf/liaison/v1/bodies_pb";
import { type GetHubResponse } from "../../gen/igf/liaison/v1/directory_service_pb";
import { OrganisationKind } from "../../gen/igf/liaison/v1/types_pb";
import { directory, isMissing, PATIENCE } from "../hub";
import { type Loaded, useLoad } from "../live";

export interface Caller {
  hub: GetHubResponse;
  // Empty: anybody.
  organisation: string;
  entry: Organisation | null;
  isMag: boolean;
  isSeat: boolean;
  isSecretariat: boolean;
  isNri: boolean;
}

const NRI = new Set([
  OrganisationKind.NRI_NATIONAL,
  OrganisationKind.NRI_REGIONAL,
  OrganisationKind.NRI_SUBREGIONAL,
  OrganisationKind.NRI_YOUTH,
]);

export const isNri = (kind: OrganisationKind | undefined): boolean => kind !== undefined && NRI.has(kind);

async function registered(organisation: string, signal: AbortSignal): Promise<Organisation | null> {
  for (let at = organisation; at.includes("/"); at = at.slice(0, at.lastIndexOf("/"))) {
    try {
      const got = await directory.getOrganisation({ organisation: at }, { signal, timeoutMs: PATIENCE });
      return got.entry?.organisation ?? null;
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }
  return null;
}

export function useCaller(): Loaded<Caller> {
  return useLoad(async (signal) => {
    const hub = await directory.getHub({}, { signal, timeoutMs: PATIENCE });
    const organisation = hub.caller;
    const entry = organisation ? await registered(organisation, signal) : null;
    return {
      hub,
      organisation,
      entry,
      isMag: entry?.kind === OrganisationKind.MAG,
      isSeat: entry?.kind === OrganisationKind.MAG && /\/seat-[^/]+$/.test(organisation),
      isSecretariat: entry?.kind === OrganisationKind.SECRETARIAT,
      isNri: isNri(entry?.kind),
    };
  }, ["caller"]);
}
