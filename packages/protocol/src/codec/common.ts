import { SitewrightError } from "../errors.ts";
import { sitewright } from "#gen/messages";
import { boundedText, checkFields, frameInvalid } from "./bounds.ts";
import { LIMITS } from "../limits.ts";
import { isPlausibleGeneration, type Digest, type Generation, type OwnedPath, type Unit } from "../unit.ts";
import type { Role } from "../unit-kinds.ts";
import type { Tenure } from "../trust/handshake.ts";

export const wire = sitewright.v1;
export type Wire<Name extends keyof typeof wire> = InstanceType<
  (typeof wire)[Name] extends abstract new (...args: never[]) => unknown ? (typeof wire)[Name] : never
>;

/** Two-way table between domain words and the numbers of a wire enum; 0 means unspecified and is never used. */
export function wordTable<Word extends string>(pairs: Record<Word, number>) {
  const words = new Map(Object.entries<number>(pairs).map(([word, number]) => [number, word as Word]));
  return {
    toWire: (word: Word): number => pairs[word],
    fromWire(number: number | null | undefined, what: string): Word {
      const word = words.get(number ?? 0);
      if (word === undefined) throw frameInvalid(`${what} ${number ?? 0} is unknown`);
      return word;
    },
  };
}

export const roleWords = wordTable<Role>({ cap: wire.Role.ROLE_CAP, "logon-point": wire.Role.ROLE_LOGON_POINT, dp: wire.Role.ROLE_DP });
const kindWords = wordTable<OwnedPath["kind"]>({ folder: wire.OwnedKind.OWNED_FOLDER, file: wire.OwnedKind.OWNED_FILE });
const rightsWords = wordTable<OwnedPath["rights"]>({
  "clients-read": wire.Rights.CLIENTS_READ,
  "clients-write": wire.Rights.CLIENTS_WRITE,
});

/** 64-bit numbers are transferred exactly or refused: beyond 2^53 a JavaScript number loses precision. */
export function safeInteger(value: number | { toNumber(): number } | null | undefined, what: string): number {
  const number = typeof value === "object" && value !== null ? value.toNumber() : (value ?? 0);
  if (!Number.isSafeInteger(number) || number < 0) throw frameInvalid(`${what} is not a whole number below 2^53`);
  return number;
}

/** Under the field `name`; none for an earlier version's side, and for numbers that no clock can have made. */
export function tenureFromWire<Name extends string>(
  name: Name,
  restored: number | null | undefined,
  started: number | null | undefined,
): { [key in Name]?: Tenure } {
  const tenure = { restored: safeInteger(restored, "restored"), started: safeInteger(started, "started") };
  const isPlausible = tenure.started > 0 && Math.max(tenure.restored, tenure.started) <= LIMITS.tenure;
  return (isPlausible ? { [name]: tenure } : {}) as { [key in Name]?: Tenure };
}

const CONTENT = /^\d{1,9}-[0-9a-f]{64}$/;

/** Digest of a unit's content, independent of its manifest; undefined for text that is not such a digest. */
export function contentFromWire(content: string | null | undefined): { content?: string } {
  return content && CONTENT.test(content) ? { content } : {};
}

export function checkedSize(value: number, what: string): number {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${what} must be a whole number from 0 to 2^53 - 1, not ${value}`);
  return value;
}

export function digestToWire(digest: Digest): Uint8Array {
  const bytes = Uint8Array.fromHex(digest);
  if (bytes.length !== 32) throw new RangeError(`a digest has 32 bytes, not ${bytes.length}`);
  return bytes;
}

export function digestFromWire(bytes: Uint8Array | null | undefined, what: string): Digest {
  if (bytes?.length !== 32) throw frameInvalid(`${what} is not a digest of 32 bytes`);
  return bytes.toHex();
}

export function unitToWire(unit: Unit): { role: number; name: string } {
  return { role: roleWords.toWire(unit.role), name: unit.name };
}

export function unitFromWire(unit: { role?: number | null; name?: string | null } | null | undefined): Unit {
  if (!unit) throw frameInvalid("a unit is missing");
  return { role: roleWords.fromWire(unit.role, "role"), name: boundedText(unit.name, "the name of a unit") };
}

export function generationToWire(generation: Generation): Generation {
  return { epoch: generation.epoch, counter: checkedSize(generation.counter, "generation") };
}

type WireGeneration = { epoch?: number | null; counter?: number | { toNumber(): number } | null };

export function generationFromWire(generation: WireGeneration | null | undefined): Generation {
  if (!generation) throw frameInvalid("a generation is missing");
  return { epoch: generation.epoch ?? 0, counter: safeInteger(generation.counter, "generation") };
}

/** A fence that an agent states. An implausibly high one is ignored, because no order could have a generation above it. */
export function fenceFromWire(generation: WireGeneration): { highest?: Generation } {
  const highest = generationFromWire(generation);
  return isPlausibleGeneration(highest) ? { highest } : {};
}

/** What an agent states to hold: with an implausible generation the content still counts, and the number is reduced to the maximum. */
export function heldGenerationFromWire(generation: WireGeneration): Generation {
  const { epoch, counter } = generationFromWire(generation);
  return { epoch: Math.min(epoch, LIMITS.generationEpoch), counter: Math.min(counter, LIMITS.generationCounter) };
}

export function ownedToWire(owned: OwnedPath): { path: string; kind: number; rights: number } {
  return { path: owned.path, kind: kindWords.toWire(owned.kind), rights: rightsWords.toWire(owned.rights) };
}

export function ownedFromWire(owned: { path?: string | null; kind?: number | null; rights?: number | null }): OwnedPath {
  return {
    path: boundedText(owned.path, "an owned path", LIMITS.path),
    kind: kindWords.fromWire(owned.kind, "kind of owned path"),
    rights: rightsWords.fromWire(owned.rights, "rights class"),
  };
}

/** Reads a message from an untrusted peer. `limit`: bytes. Throws `FRAME_INVALID`. */
export function decodeMessage<T>(bytes: Uint8Array, limit: number, decode: () => T): T {
  if (bytes.length > limit) throw frameInvalid(`it has ${bytes.length} bytes, over the limit of ${limit}`);
  if (bytes.length === 0) throw frameInvalid("it is empty");
  checkFields(bytes);
  return decodeSafely(decode);
}

/** Runs a decoder over bytes from an untrusted peer: every exception becomes `FRAME_INVALID`. */
export function decodeSafely<T>(decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    if (error instanceof SitewrightError) throw error;
    throw frameInvalid("it is not one of ours", error);
  }
}
