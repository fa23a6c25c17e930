import { readFileSync } from "node:fs";
import {
  decodeAgentMessage,
  decodeCoordinatorMessage,
  type AgentMessage,
  type CoordinatorMessage,
  type Generation,
} from "@sitewright/protocol";
import type { Fleet } from "../fleet.ts";
import { writePackage } from "../site.ts";

/** One message of a conversation as it crossed the line. */
export interface Recorded {
  from: "agent" | "coordinator";
  bytes: Buffer;
}

/** What it said, with bytes in hex: as a line of a recording has it. */
export interface RecordedLine {
  from: Recorded["from"];
  hex: string;
  said: unknown;
}

export const SYSTEM = "SRVABC";
const PACKAGE = "ABC00001";
/** Versions of the package: the second is told by its number. */
const FILES = [
  { "setup.exe": "a program", "data/one.txt": "one" },
  { "setup.exe": "a program", "data/two.txt": "two" },
] as const;

export const SITE = { systems: { [SYSTEM]: { roles: ["dp"] } }, packages: { [PACKAGE]: { files: FILES[0], version: 1 } } };

/** Has the agent carry out every task, one after another. @returns The states in which the runs ended. */
export async function everyTask(fleet: Fleet): Promise<string[]> {
  const states: string[] = [];
  const run = async (...args: string[]): Promise<void> => {
    const { run: ended } = await fleet.json<{ run: { state: string } }>(...args);
    states.push(`${args[0]} ${ended.state}`);
  };
  await run("plan");
  await run("rebuild");
  writePackage(fleet.siteData, PACKAGE, { files: FILES[1], on: [SYSTEM], version: 2 });
  await run("rebuild");
  await run("verify");
  await run("undo", "--system", SYSTEM);
  await run("remove", "--system", SYSTEM, "--package", PACKAGE, "--yes");
  return states;
}

export function readRecording(file: string): { lines: RecordedLine[]; messages: Recorded[] } {
  const lines = readFileSync(file, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as RecordedLine);
  return { lines, messages: lines.map(({ from, hex }) => ({ from, bytes: Buffer.from(hex, "hex") })) };
}

export function decode({ from, bytes }: Recorded): AgentMessage | CoordinatorMessage {
  return from === "agent" ? decodeAgentMessage(bytes) : decodeCoordinatorMessage(bytes);
}

export function lineOf(message: Recorded): RecordedLine {
  return { from: message.from, hex: message.bytes.toString("hex"), said: plain(decode(message)) };
}

/** As JSON keeps it, with bytes in hex. */
export function plain(message: unknown): unknown {
  const bytesInHex = (_: string, value: unknown): unknown => (value instanceof Uint8Array ? Buffer.from(value).toString("hex") : value);
  return JSON.parse(JSON.stringify(message, (key, value: unknown) => bytesInHex(key, revive(value))));
}

/** `Buffer` has a form of its own in JSON. */
function revive(value: unknown): unknown {
  const { type, data } = (value ?? {}) as { type?: unknown; data?: unknown };
  return type === "Buffer" && Array.isArray(data) ? Uint8Array.from(data as number[]) : value;
}

/** As it lies in a message. */
export function generationBytes({ epoch, counter }: Generation): Buffer {
  return Buffer.from([0x08, ...varint(epoch), 0x10, ...varint(counter)]);
}

/** A number as it lies in a message. */
export function varint(value: number): number[] {
  const bytes: number[] = [];
  let left = BigInt(value);
  for (; left >= 128n; left >>= 7n) bytes.push(Number(left & 127n) | 128);
  return [...bytes, Number(left)];
}

/** Bytes, and what takes their place: as many. */
export type Change = readonly [from: Buffer, to: Uint8Array];

export function replaced(bytes: Buffer, changes: readonly Change[]): Buffer {
  const copy = Buffer.from(bytes);
  for (const [from, to] of changes) {
    if (to.length !== from.length) throw new Error(`${from.length} bytes cannot be replaced by ${to.length}`);
    for (let at = bytes.indexOf(from); at >= 0; at = bytes.indexOf(from, at + from.length)) copy.set(to, at);
  }
  return copy;
}
