// The hub's services, over gRPC-Web to where this page came from.
import { Code, ConnectError, createClient, type Interceptor } from "@connectrpc/connect";
import { createGrpcWebTransport } from "@connectrpc/connect-web";
import { DirectoryService } from "../gen/igf/liaison/v1/directory_service_pb";
import { EventService } from "../gen/igf/liaison/v1/event_service_pb";
import { LiaisonService } from "../gen/igf/liaison/v1/liaison_service_pb";
import { PublishService } from "../gen/igf/liaison/v1/publish_service_pb";
import { RadarService } from "../gen/igf/liaison/v1/radar_service_pb";
import { BadRequestSchema, ErrorInfoSchema, RetryInfoSchema } from "../gen/google/rpc/error_details_pb";
import { actingAs, token } from "./session";
import { t } from "./words";

const credentials: Interceptor = (next) => (request) => {
  // A call may bring its own.
  if (!request.header.has("authorization") && !request.header.has("liaison-as")) {
    for (const [name, value] of Object.entries(shown(token(), actingAs()))) request.header.set(name, value);
  }
  return next(request);
};

// What a caller shows.
export const shown = (secret: string, organisation: string): Record<string, string> => ({
  ...(secret ? { authorization: `Bearer ${secret}` } : {}),
  ...(organisation ? { "liaison-as": organisation } : {}),
});

export const transport = createGrpcWebTransport({ baseUrl: location.origin, interceptors: [credentials] });

export const directory = createClient(DirectoryService, transport);
export const events = createClient(EventService, transport);
export const liaison = createClient(LiaisonService, transport);
export const publisher = createClient(PublishService, transport);
export const radar = createClient(RadarService, transport);

// How long a call may take; a live stream has its heartbeats instead.
export const PATIENCE = 20_000;

export interface Refusal {
  field: string;
  description: string;
}

export interface Trouble {
  // The line, not the hub: trying again may help.
  line: boolean;
  // What the hub says, in English, or what this page says of the line.
  said: string;
  byHub: boolean;
  reason: string;
  refusals: Refusal[];
  // How long the hub asks whoever came too often, or when it had no room, to wait before they ask for
  // the same again; otherwise 0.
  waitMs: number;
}

const BUSY = new Set(["QUOTA_EXCEEDED", "QUEUE_FULL", "TOO_MANY_STREAMS"]);
const LINE = new Set([Code.Unavailable, Code.DeadlineExceeded, Code.Canceled, Code.Unknown, Code.Aborted]);

export function trouble(error: unknown): Trouble {
  const one = ConnectError.from(error);
  const info = one.findDetails(ErrorInfoSchema)[0];
  const refusals = one
    .findDetails(BadRequestSchema)
    .flatMap((detail) => detail.fieldViolations.map(({ field, description }) => ({ field, description })));
  const byHub = info !== undefined || refusals.length > 0;
  const line = LINE.has(one.code) && (!byHub || one.code === Code.Unavailable || one.code === Code.DeadlineExceeded);
  const delay = BUSY.has(info?.reason ?? "") ? one.findDetails(RetryInfoSchema)[0]?.retryDelay : undefined;
  const waitMs = delay ? Number(delay.seconds) * 1000 + Math.ceil(delay.nanos / 1e6) : 0;
  return { line, byHub, said: line && !byHub ? t("line_down") : one.rawMessage, reason: info?.reason ?? "", refusals, waitMs };
}

// Never sooner; those that were sent away together do not all come back together.
export const spread = (milliseconds: number): number => milliseconds * (1 + Math.random() / 4);

// What somebody waits for who has pressed a button: asked again when the hub says so, for as long as
// they would wait for any answer.
export async function heeding<T>(ask: () => Promise<T>, waits: () => void = () => {}): Promise<T> {
  const until = Date.now() + PATIENCE;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      const wait = spread(trouble(error).waitMs);
      if (wait === 0 || Date.now() + wait > until) throw error;
      waits();
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
}

export const isMissing = (error: unknown): boolean => ConnectError.from(error).code === Code.NotFound;

// The first pages of a list, until they are as many as that. There is more where the last one has a
// token.
export async function firstPages<R extends { nextPageToken: string }>(
  most: number,
  page: (pageToken: string) => Promise<R>,
  counts: (page: R) => number = () => 1,
): Promise<R[]> {
  const pages: R[] = [];
  let pageToken = "";
  let count = 0;
  do {
    const got = await page(pageToken);
    pages.push(got);
    count += counts(got);
    pageToken = got.nextPageToken;
  } while (pageToken !== "" && count < most);
  return pages;
}

export const hasMore = (pages: { nextPageToken: string }[]): boolean => (pages[pages.length - 1]?.nextPageToken ?? "") !== "";

// All that is on a list, or as many as are asked for.
export async function allPages<T>(page: (pageToken: string) => Promise<{ items: T[]; nextPageToken: string }>, most = 5000): Promise<T[]> {
  return (await firstPages(most, page, (one) => one.items.length)).flatMap((one) => one.items);
}
