import {
  missingWords,
  SitewrightError,
  unitKey,
  type Digest,
  type Held,
  type MediaUnitReport,
  type MediumManifest,
  type MediumOrder,
  type MediumTable,
  type MissingChunks,
  type Order,
  type OrderTask,
  type Outcome,
} from "@sitewright/protocol";
import { newerHeld } from "../../domain/newer-held.ts";
import type { ContentSource, OrderExecutor } from "../ports/content.ts";
import type { Log } from "../ports/link.ts";

/** What became of one unit of a medium. */
export interface ImportedUnit extends MediaUnitReport {
  manifest: Digest;
  files: number;
  bytes: number;
  /** Of an incomplete one. */
  missing?: MissingChunks;
  /** What the line would take for it, ms; absent: not known. */
  lineMs?: number;
}

export interface ImportDeps {
  executor: OrderExecutor & { inventory(): Held[] };
  content: ContentSource;
  /** Of a manifest, after a staging that ended because of that. */
  missing: (manifest: Digest) => MissingChunks | undefined;
  /** Told of each unit once nothing more will happen to it. */
  told: (unit: ImportedUnit) => void;
  log: Log;
}

type Ordered = MediumManifest & MediumOrder & { number: number };

/**
 * Carries out the orders of a medium for one system: stages all units, and activates those that are complete, in the order of the medium.
 * May be interrupted at any moment and repeated: what was verified is kept, and what is live stays. Throws `MEDIUM_NOT_FOR_SYSTEM`, `CANCELLED`.
 */
export async function importMedium(
  deps: ImportDeps,
  table: MediumTable,
  { system, signal }: { system: string; signal: AbortSignal },
): Promise<ImportedUnit[]> {
  const own = ordersFor(table, system);
  const units: ImportedUnit[] = [];
  const complete: Ordered[] = [];
  const tell = (unit: ImportedUnit): void => {
    units.push(unit);
    const { state, code, message } = unit;
    deps.log(state === "live" ? "info" : "warn", `a unit of the medium is ${state}`, {
      unit: unitKey(unit.unit),
      medium: table.medium,
      code,
      err: message,
    });
    deps.told(unit);
  };
  for (const order of own) {
    const staged = await stage(deps, table, order, signal);
    refuseStopped(signal);
    if (staged.kind === "failed") tell(failed(deps, order, staged));
    else complete.push(order);
  }
  for (const order of complete) {
    const task: OrderTask = { kind: "activate", graceMs: order.graceMs };
    const activated = await carryOut(deps, orderOf(table, order, task), signal);
    if (activated.kind === "failed") tell(failed(deps, order, activated));
    else tell(reported(order, "live"));
    refuseStopped(signal);
  }
  return units;
}

function refuseStopped({ aborted }: AbortSignal): void {
  if (aborted) throw new SitewrightError("CANCELLED", "the import was stopped: start it again, which keeps what was verified");
}

/** Throws `MEDIUM_NOT_FOR_SYSTEM`. */
export function ordersFor({ orders, manifests, medium }: MediumTable, system: string): Ordered[] {
  const own = orders.flatMap((order, number) =>
    order.system === system ? [{ ...(manifests[order.manifest] as MediumManifest), ...order, number }] : [],
  );
  if (own.length > 0) return own;
  const others = [...new Set(orders.map((order) => order.system))];
  throw new SitewrightError(
    "MEDIUM_NOT_FOR_SYSTEM",
    `the medium ${medium} has nothing for ${system}: it is for ${others.slice(0, 20).join(", ")}${others.length > 20 ? ` and ${others.length - 20} more` : ""}`,
  );
}

async function stage(deps: ImportDeps, table: MediumTable, order: Ordered, signal: AbortSignal): Promise<Outcome> {
  const { digest, bytes, sourceVersion, content } = order;
  const held = deps.executor.inventory().find((one) => unitKey(one.unit) === unitKey(order.unit));
  const newer = table.acceptOlder ? undefined : newerHeld(held, order);
  if (newer) return { kind: "failed", code: newer.code, message: newer.message, retryable: false };
  const named = content === undefined ? {} : { content };
  const task: OrderTask = { kind: "stage", manifest: digest, manifestBytes: bytes, full: false, sourceVersion, ...named };
  return carryOut(deps, orderOf(table, order, task), signal);
}

function orderOf({ medium, generation }: MediumTable, { unit, number }: Ordered, task: OrderTask): Order {
  return { kind: "order", id: `medium-${medium}-${number}-${task.kind}`, epoch: 1, unit, generation, task };
}

function carryOut({ executor, content }: ImportDeps, order: Order, signal: AbortSignal): Promise<Outcome> {
  return executor.execute(order, { content, progress: () => undefined, signal });
}

function failed({ missing }: ImportDeps, order: Ordered, { code, message }: Outcome & { kind: "failed" }): ImportedUnit {
  const lacks = code === "MEDIUM_VOLUME_MISSING" || code === "CONTENT_UNAVAILABLE" ? missing(order.digest) : undefined;
  return { ...reported(order, lacks ? "incomplete" : "failed"), code, message, ...(lacks ? { missing: lacks } : {}) };
}

function reported({ unit, digest, files, sourceBytes, lineMs }: Ordered, state: ImportedUnit["state"]): ImportedUnit {
  return { unit, state, manifest: digest, files, bytes: sourceBytes, ...(lineMs === undefined ? {} : { lineMs }) };
}

/** `complete`, or what is missing and how long the line would take for it. */
export function lackWords({ missing, lineMs }: ImportedUnit): string {
  if (!missing) return "complete";
  const minutes = Math.ceil((lineMs ?? 0) / 60_000);
  return `${missingWords(missing)}${lineMs === undefined ? "" : `, or over the line in about ${minutes} min`}`;
}
