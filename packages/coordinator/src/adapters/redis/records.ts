import { PHASE_STATES, ROLES, RUN_KINDS, RUN_STATES, SitewrightError, TASK_KINDS, type Generation } from "@sitewright/protocol";
import type { AddressChange, SetOverride } from "../../app/ports/addresses.ts";
import type { OwedCancel } from "../../app/ports/runs.ts";
import type { StoredHeld, StoredInventory } from "../../app/ports/agents.ts";
import type { Forecast } from "../../domain/forecast/forecast.ts";
import type { Phase, Run } from "../../domain/runs/run.ts";

/**
 * One kind of record that is stored as JSON. `form` is the version of its layout and rises with each change that earlier coordinators could
 * not read; a record without one has form 1. A reader of a new form still reads all before it: fixtures of each are read in a test.
 */
interface RecordKind<T> {
  name: string;
  form: number;
  /** The first invalid field; undefined: it is a record of this kind. */
  fault(fields: Fields): string | undefined;
  /** Never set: ties the kind to its type. */
  readonly of?: T;
}

type Fields = Record<string, unknown>;
type Check = (value: unknown) => boolean;

const text: Check = (value) => typeof value === "string";
const number: Check = (value) => typeof value === "number" && Number.isFinite(value);
const list: Check = Array.isArray;
const object: Check = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const oneOf =
  (values: readonly string[]): Check =>
  (value) =>
    values.includes(value as string);
const unit: Check = (value) => object(value) && oneOf(ROLES)((value as Fields).role) && text((value as Fields).name);
const generation: Check = (value) => object(value) && number((value as Fields).epoch) && number((value as Fields).counter);

function kind<T>(name: string, checks: Partial<Record<keyof T & string, Check>>, form = 1): RecordKind<T> {
  return {
    name,
    form,
    fault: (fields) => Object.entries(checks).find(([field, check]) => !(check as Check)(fields[field]))?.[0],
  };
}

export const RECORDS = {
  run: kind<Run>(
    "run",
    {
      id: text,
      kind: oneOf(Object.keys(RUN_KINDS)),
      state: oneOf(RUN_STATES),
      options: object,
      createdAt: number,
      problems: list,
    },
    // Since 2 its phases are in plans (`phases`).
    2,
  ),
  /** Of form 1 only: now they are in plans. */
  phase: kind<Phase>("phase", {
    id: text,
    run: text,
    number,
    system: text,
    site: text,
    unit,
    task: oneOf(TASK_KINDS),
    state: oneOf(PHASE_STATES),
    generation,
    epoch: number,
    manifestBytes: number,
    sourceVersion: number,
    files: number,
    sourceBytes: number,
    packedBytes: number,
    wireBytes: number,
  }),
  owedCancel: kind<OwedCancel>("cancel that an agent owes an answer", { system: text, epoch: number }),
  generation: kind<Generation>("generation", { epoch: number, counter: number }),
  override: kind<SetOverride>("override of an address", { override: object, by: text, at: number }),
  change: kind<AddressChange>("change of an address", { at: number, by: text, kind: oneOf(["set", "pause", "resume", "reset"]) }),
  forecast: kind<Forecast>("forecast", { madeAt: number, total: object, addresses: list, away: list }),
  held: kind<StoredHeld>("unit that an agent holds", { held: (value) => object(value) && unit((value as Fields).unit), seenAt: number }),
  inventory: kind<StoredInventory>("inventory", { digest: text, units: list, seenAt: number }),
};

export function encodeRecord<T extends object>({ form }: RecordKind<T>, record: T): string {
  return JSON.stringify({ form, ...record });
}

/** Throws `DATA_FILE_UNUSABLE`, naming the key. */
export function decodeRecord<T extends object>(of: RecordKind<T>, key: string, json: string): T {
  let fields: unknown;
  try {
    fields = JSON.parse(json);
  } catch (cause) {
    throw unusable(key, `it is not JSON (${String(cause)})`);
  }
  if (!object(fields)) throw unusable(key, `it is not a ${of.name}`);
  const { form = 1, ...record } = fields as Fields;
  if (typeof form !== "number" || form > of.form)
    throw unusable(key, `its form is ${String(form)}, and this coordinator knows forms up to ${of.form}: a newer version wrote it`);
  const fault = of.fault(record);
  if (fault !== undefined) throw unusable(key, `the field ${fault} is not that of a ${of.name}`);
  return record as T;
}

/** For an invalid field or record. */
export function unusable(key: string, why: string): SitewrightError {
  return new SitewrightError(
    "DATA_FILE_UNUSABLE",
    `the record ${key} in Redis cannot be used: ${why}. Restore Redis from a backup, start the version that wrote it, or delete the key`,
    { path: key },
  );
}
