import {
  compareGenerations,
  encodeAgentMessage,
  encodeMediaNeeds,
  encodeMediaReceipt,
  encodeSigned,
  formatGeneration,
  mediaTranscript,
  unitKey,
  type Held,
  type MediaReceipt,
  type MediaUnitReport,
  type MediumTable,
  type Result,
} from "@sitewright/protocol";
import { canonicalInventory, inventoryParts } from "../../domain/inventory.ts";
import type { LogSource, Outbox } from "../ports/link.ts";
import { answerLogQuery } from "../session/answers.ts";
import { ordersFor } from "./import-medium.ts";

/** Whose word it is. */
export interface Speaker {
  coordinator: string;
  system: string;
  sign: (bytes: Uint8Array) => Uint8Array;
  hash: (bytes: Uint8Array) => Uint8Array;
  /** ms since 1970. */
  now: number;
}

/** "I hold, I want", for the next medium. @param key X25519: media can be encrypted to it. */
export function needsFile(
  held: readonly Held[],
  speaker: Speaker,
  { key, packages }: { key: Uint8Array; packages: readonly string[] },
): Uint8Array {
  const { coordinator, system, now } = speaker;
  const messages = inventoryMessages(held, speaker);
  return signed("needs", encodeMediaNeeds({ coordinator, system, madeAt: now, key, messages, packages: [...packages] }), speaker);
}

/** Newest lines of the log that a receipt brings. */
const LOG_LINES = 200;

export interface ReceiptParts {
  held: readonly Held[];
  outbox: Pick<Outbox, "last" | "next">;
  logs: LogSource;
  /** What became of a medium. */
  imported?: { medium: string; units: readonly MediaUnitReport[] };
}

/** What the coordinator is to know: what became of a medium, what is held, and results that it may not have. */
export function receiptFile({ held, outbox, logs, imported }: ReceiptParts, speaker: Speaker): { file: Uint8Array; receipt: MediaReceipt } {
  const { coordinator, system, now } = speaker;
  const receipt: MediaReceipt = {
    coordinator,
    system,
    ...(imported ? { medium: imported.medium } : {}),
    madeAt: now,
    lastResult: outbox.last(),
    units: (imported?.units ?? []).map(({ unit, state, manifest, code, message }) => ({
      unit,
      state,
      manifest,
      ...(code === undefined ? {} : { code }),
      ...(message === undefined ? {} : { message }),
    })),
    messages: [...inventoryMessages(held, speaker), ...[...resultsIn(outbox)].map(encodeAgentMessage)],
    // As if the coordinator had asked for them.
    log: answerLogQuery(logs, { kind: "log-query", id: 0, order: "", limit: LOG_LINES }).flatMap(({ lines }) => lines),
  };
  return { file: signed("receipt", encodeMediaReceipt(receipt), speaker), receipt };
}

/** Of the units of a medium for this system: which of them are live, whenever they were imported. Throws `MEDIUM_NOT_FOR_SYSTEM`. */
export function unitsNow(table: MediumTable, system: string, held: readonly Held[]): MediaUnitReport[] {
  return ordersFor(table, system).map(({ unit, digest }) => {
    const live = held.find((one) => unitKey(one.unit) === unitKey(unit))?.live;
    // A later order may have brought the same content again.
    const isLive = live !== undefined && live.manifest === digest && compareGenerations(live.generation, table.generation) >= 0;
    return { unit, manifest: digest, state: isLive ? "live" : "incomplete" };
  });
}

/** A receipt for people, to be printed, signed and filed. */
export function receiptText({ system, coordinator, medium, madeAt, units }: MediaReceipt, held: readonly Held[]): string {
  const lines = [
    "RECEIPT",
    "",
    `System       ${system}`,
    `Coordinator  ${coordinator}`,
    `Medium       ${medium ?? "none"}`,
    `Made         ${new Date(madeAt).toISOString()}`,
    "",
    ...(units.length === 0 ? [] : ["WHAT BECAME OF THE MEDIUM", ""]),
    ...units.map(
      ({ unit, state, manifest, code = "", message = "" }) =>
        `${unitKey(unit)}  ${state}  ${manifest}${code === "" ? "" : `  ${code}: ${message}`}`,
    ),
    ...(units.length === 0 ? [] : [""]),
    "WHAT THIS SYSTEM HOLDS",
    "",
    ...held.map(({ unit, live, sourceVersion }) =>
      live
        ? `${unitKey(unit)}  version ${sourceVersion}  generation ${formatGeneration(live.generation)}  ${live.manifest}`
        : `${unitKey(unit)}  nothing is live`,
    ),
    "",
    "Imported by  ______________________________   Date  ______________",
    "",
    "Taken in by  ______________________________   Date  ______________",
    "",
  ];
  return lines.join("\r\n");
}

function inventoryMessages(held: readonly Held[], { hash }: Speaker): Uint8Array[] {
  const digest = hash(new TextEncoder().encode(canonicalInventory(held))).toHex();
  const parts = inventoryParts(held);
  return parts.map((units, i) => encodeAgentMessage({ kind: "inventory", digest, units, last: i === parts.length - 1 }));
}

function* resultsIn(outbox: Pick<Outbox, "next">): Generator<Result> {
  for (let result = outbox.next(0); result; result = outbox.next(result.number)) yield result;
}

function signed(purpose: "needs" | "receipt", body: Uint8Array, { sign }: Speaker): Uint8Array {
  return encodeSigned({ body, signature: sign(mediaTranscript(purpose, body)) });
}
