import { closeSync, constants, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { CLIENTS, lookupName } from "../data/offers.ts";

/**
 * A client process: reads all files of a folder in a loop, following references, by path and through the open folder, and counts
 * violations. Ends on request with its counts.
 */
export interface ClientView {
  loops: number;
  violations: { old: number; missing: number; half: number; mixed: number };
}

const [folder = ""] = process.argv.slice(2);
const view: ClientView = { loops: 0, violations: { old: 0, missing: 0, half: 0, mixed: 0 } };
let lastSeen = 0;
let going = true;
process.on("message", () => (going = false));
process.on("disconnect", () => process.exit());

process.send?.("ready");
while (going) {
  readByPath();
  readThroughOpenFolder();
  view.loops += 1;
  await sleep(1);
}
process.send?.(view, () => process.disconnect?.());

/** A later read may be newer, never older; a reference leads to its own generation or a newer one. */
function readByPath(): void {
  for (let client = 0; client < CLIENTS; client++) {
    const [lookup, ...referred] = chain(folder, client);
    if (lookup === undefined) continue;
    if (lookup < lastSeen || referred.some((generation) => generation < lookup)) view.violations.old += 1;
    lastSeen = Math.max(lastSeen, lookup);
  }
}

function readThroughOpenFolder(): void {
  const open = openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  const seen = new Set<number>();
  for (let client = 0; client < CLIENTS; client++) for (const generation of chain(`/proc/self/fd/${open}`, client)) seen.add(generation);
  closeSync(open);
  if (seen.size > 1) view.violations.mixed += 1;
}

/** Generations of the lookup, the instruction file and the offer of one client, as far as they can be read. */
function chain(place: string, client: number): number[] {
  const generations: number[] = [];
  let name: string | undefined = lookupName(client);
  while (name !== undefined) {
    const text = readIfThere(join(place, name));
    if (text === undefined) {
      view.violations.missing += 1;
      break;
    }
    const [, generation, reference] = /^; generation (\d+)\n\w+=(.*)\n/.exec(text) ?? [];
    if (generation === undefined || !text.endsWith(`; end ${generation}\n`)) {
      view.violations.half += 1;
      break;
    }
    generations.push(Number(generation));
    name = reference !== undefined && /\.(ins|ofr)$/.test(reference) ? reference : undefined;
  }
  return generations;
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
