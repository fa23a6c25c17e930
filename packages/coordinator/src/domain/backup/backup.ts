import type { Generation, Tenure } from "@sitewright/protocol";
import type { AddressOverride } from "../addresses/address-override.ts";
import { isSuccession, type Succession } from "./succession.ts";

/** What a backup holds of a coordinator: all that neither the site data nor the agents can tell again. */
export interface Backup {
  /** Id of the coordinator. */
  coordinator: string;
  tenure: Tenure;
  /** PEM: the key of its CA. Absent in a backup for a coordinator that stands in, which has a CA of its own. */
  caKey?: string;
  /** Absent: an earlier version. For one that stands in, the statement about it is the last. */
  succession?: Succession;
  state: SavedState;
  /** What the site data held, by unit: the records of sources.db, as JSON. */
  units: Readonly<Record<string, string>>;
  /** Lines of the ledger. */
  ledger: readonly string[];
  /** Text of deletions.json: what deletions changed in the site data, for their undo; absent: there is none, or an earlier version made the backup. */
  deletions?: string;
}

/** The part that a running coordinator has in Redis. Keys of agents are public ones; nothing in it is secret. */
export interface SavedState {
  agents: readonly { system: string; /** SPKI DER, hex. */ key: string; /** ms since 1970. */ joinedAt?: number }[];
  /** The highest generation that was ordered. */
  generation?: Generation;
  /** What operators set on addresses, by address key. */
  overrides: Readonly<Record<string, { override: AddressOverride; by: string; at: number }>>;
}

const FIRST_EPOCH = 1;

/**
 * The state with which a restored coordinator begins. The backup may be older than what agents saw, and the clock of the lost coordinator
 * may have been ahead: a new epoch is above every generation of the one before, whatever its counter.
 */
export function restoredState(state: SavedState): SavedState {
  const { epoch = FIRST_EPOCH, counter = 0 } = state.generation ?? {};
  return { ...state, generation: { epoch: epoch + 1, counter } };
}

/** The tenure of a restored coordinator that has not started yet. @param now ms since 1970. */
export function restoredTenure(before: Tenure, now: number): Tenure {
  return { restored: Math.max(before.restored + 1, now), started: 0 };
}

/** The tenure of a coordinator that starts now. @param before Of its data folder; undefined: a new one. */
export function nextTenure(before: Tenure | undefined, now: number): Tenure {
  return { restored: before?.restored ?? 0, started: Math.max((before?.started ?? 0) + 1, now) };
}

type Check = (value: unknown) => boolean;
type Fields = Readonly<Record<string, unknown>>;

const text: Check = (value) => typeof value === "string";
const whole: Check = (value) => Number.isSafeInteger(value) && Number(value) >= 0;
const object: Check = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
const tableOf =
  (check: Check): Check =>
  (value) =>
    object(value) && Object.values(value as Fields).every(check);
const fields =
  (checks: Readonly<Record<string, Check>>): Check =>
  (value) =>
    object(value) && Object.entries(checks).every(([name, check]) => check((value as Fields)[name]));

const hex: Check = (value) => /^([0-9a-f]{2})+$/.test(String(value));
const uuid: Check = (value) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(String(value));

const STATE: Readonly<Record<string, Check>> = {
  agents: listOf(fields({ system: text, key: hex, joinedAt: optional(whole) })),
  generation: optional(fields({ epoch: whole, counter: whole })),
  overrides: tableOf(fields({ override: object, by: text, at: whole })),
};

const BACKUP: Readonly<Record<string, Check>> = {
  coordinator: uuid,
  tenure: fields({ restored: whole, started: whole }),
  caKey: optional(text),
  succession: optional(isSuccession),
  state: fields(STATE),
  units: tableOf(text),
  ledger: listOf((value) => text(value) && !String(value).includes("\n")),
  deletions: optional(text),
};

/** The name of the first field that is not that of a backup; undefined: all are. */
export function backupFault(value: unknown): string | undefined {
  return faultOf(BACKUP, value);
}

export function stateFault(value: unknown): string | undefined {
  return faultOf(STATE, value);
}

function faultOf(checks: Readonly<Record<string, Check>>, value: unknown): string | undefined {
  if (!object(value)) return "all of it";
  return Object.entries(checks).find(([name, check]) => !check((value as Fields)[name]))?.[0];
}
