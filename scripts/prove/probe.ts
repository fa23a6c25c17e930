import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** One fact of Windows that the agent relies on, or that its documents state. */
export interface Probe {
  /** As a sentence. */
  what: string;
  /** Returns what was seen. Throws `Otherwise`, or `NotHere`. */
  run(place: Place): string | Promise<string>;
}

export interface Place {
  /** Empty, and of this probe alone. */
  folder: string;
  /** The same folder over SMB, if that can be reached. */
  share?: string;
}

/** It is not so. */
export class Otherwise extends Error {}
/** It cannot be tried on this system. */
export class NotHere extends Error {}

export function must(holds: boolean, otherwise: string): void {
  if (!holds) throw new Otherwise(otherwise);
}

/** The code that a call is refused with; throws `Otherwise` if it is not. */
export function refusalOf(call: () => void, otherwise: string): string {
  try {
    call();
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  }
  throw new Otherwise(otherwise);
}

/** What another process saw. */
export type Counts = Record<string, number>;

/** Lets another process do something (`acts.ts`) meanwhile; returns what it counted. */
export async function meanwhile(place: Place, act: "read" | "scan", path: string, work: () => void | Promise<void>): Promise<Counts> {
  const name = join(place.folder, `..`, `act-${process.pid}-${Date.now()}`);
  const child: ChildProcess = spawn(process.execPath, ["--act", act, path, name], { stdio: "ignore" });
  const ended = once(child, "exit");
  const files = ["begun", "end", "json"].map((kind) => `${name}.${kind}`) as [string, string, string];
  try {
    for (let waited = 0; !existsSync(files[0]); waited += 20) {
      must(waited < 30_000 && child.exitCode === null, "another process did not start");
      await sleep(20);
    }
    await work();
  } finally {
    writeFileSync(files[1], "");
    await ended;
  }
  const counts = JSON.parse(readFileSync(files[2], "utf8")) as Counts;
  for (const file of files) rmSync(file, { force: true });
  return counts;
}
