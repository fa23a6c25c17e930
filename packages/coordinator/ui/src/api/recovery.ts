import type {
  DecideObject,
  DrillReport,
  DrillRequest,
  LedgerFilter,
  LedgerPage,
  LedgerReport,
  ObjectDecided,
  ObjectPlan,
  ReturningObject,
  SerialPlan,
  SiteState,
} from "@sitewright/protocol/api";
import { request } from "./client.ts";

export function listSites(): Promise<SiteState[]> {
  return request("GET", "/api/v1/sites");
}

/** Where the numbers of a site would continue; changes nothing. @param setAside Witnesses to ignore. */
export function planSerials(code: string, setAside: readonly string[]): Promise<SerialPlan> {
  return request("POST", `${pathOf(code)}/serials/plan`, { setAside });
}

export function raiseSerials(code: string, setAside: readonly string[]): Promise<SerialPlan> {
  return request("POST", `${pathOf(code)}/serials/raise`, { setAside });
}

/** An operator accepts a site with lowered numbers as it is. */
export function acceptSite(code: string, reason: string): Promise<SiteState> {
  return request("POST", `${pathOf(code)}/accept`, { reason });
}

/** What was made, changed or deleted after the backup of a site. Asks its agents; changes nothing. */
export function planObjects(code: string): Promise<ObjectPlan> {
  return request("GET", `${pathOf(code)}/objects`);
}

export function returningObjects(code: string): Promise<ReturningObject[]> {
  return request("GET", `${pathOf(code)}/objects/returning`);
}

export function decideObject(code: string, asked: DecideObject): Promise<ObjectDecided> {
  return request("POST", `${pathOf(code)}/objects/decide`, asked);
}

export function undoObject(code: string, object: string): Promise<ObjectDecided> {
  return request("POST", `${pathOf(code)}/objects/undo`, { object });
}

/** How long a recovery would take; changes nothing. */
export function rehearse(asked: DrillRequest): Promise<DrillReport> {
  return request("POST", "/api/v1/drills", asked);
}

/** @param before The `next` of the previous page. */
export function readLedger(wanted: LedgerFilter, before?: number): Promise<LedgerPage> {
  return request("GET", `/api/v1/ledger?${queryOf(wanted, before === undefined ? {} : { before: String(before) })}`);
}

export function verifyLedger(): Promise<LedgerReport> {
  return request("GET", "/api/v1/ledger/verify");
}

/** For a link: the browser saves it. */
export const ledgerFile = (format: "csv" | "jsonl", wanted: LedgerFilter): string => `/api/v1/ledger/export?${queryOf(wanted, { format })}`;

function queryOf(wanted: LedgerFilter, more: Record<string, string>): string {
  return new URLSearchParams({ ...more, ...wanted }).toString();
}

function pathOf(code: string): string {
  return `/api/v1/sites/${encodeURIComponent(code)}`;
}
