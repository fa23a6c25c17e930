import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { kill, time } from "../machine/processes.ts";
import type { Context } from "../case.ts";

const INDEX = "index.caidx";

/** Cuts `source` into a store and serves it over HTTP. @returns The port, and the seconds that cutting took. */
export async function startCasyncStore(context: Context, folder: string, source: string): Promise<{ port: number; seconds: number }> {
  mkdirSync(folder, { recursive: true });
  const seconds = await time("casync", ["make", join(folder, INDEX), source]);
  const server = fork(join(import.meta.dirname, "static-server.ts"), [folder]);
  context.cleanup.defer(() => kill(server));
  const [port] = (await once(server, "message")) as [number];
  return { port, seconds };
}

/** @returns seconds. */
export const casyncExtract = (port: number, target: string): Promise<number> =>
  time("casync", ["extract", `http://127.0.0.1:${port}/${INDEX}`, target]);
