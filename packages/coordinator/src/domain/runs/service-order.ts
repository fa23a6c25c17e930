import { PRIORITIES, ROLES, type Unit, type Priority } from "@sitewright/protocol";
import { wireBytesOf, type Content } from "../lines/wire-bytes.ts";

/** The criteria of the order of work. */
export interface Service extends Content {
  unit: Unit;
  priority: Priority;
  /** When its first advertisement is due, ms since 1970. */
  due?: number;
  /** Clients that wait for it. */
  clients?: number;
}

/** 1 to 9, the smaller the sooner: what clients need first (cap, logon-point, dp), then by priority. */
export function rank({ unit, priority }: Pick<Service, "unit" | "priority">): number {
  return ROLES.indexOf(unit.role) * PRIORITIES.length + PRIORITIES.indexOf(priority) + 1;
}

/** The criteria as numbers: sorting compares each many times. */
export interface ServiceTurn {
  rank: number;
  due: number;
  clients: number;
  wireBytes: number;
}

export function turnOf(work: Service): ServiceTurn {
  return { rank: rank(work), due: work.due ?? Infinity, clients: work.clients ?? 0, wireBytes: wireBytesOf(work) };
}

/**
 * What restores service soonest comes first: by rank, then what is due sooner, what more clients wait for, and what is smaller on the wire.
 * A dated one comes before one without a date. 0 where they are equal.
 */
export function byTurn(a: ServiceTurn, b: ServiceTurn): number {
  return a.rank - b.rank || ascending(a.due, b.due) || ascending(b.clients, a.clients) || ascending(a.wireBytes, b.wireBytes);
}

/** As `byTurn`, where few are compared. */
export function byService(a: Service, b: Service): number {
  return byTurn(turnOf(a), turnOf(b));
}

function ascending(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
