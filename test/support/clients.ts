import { closeSync, constants, mkdirSync, openSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * A process of clients of one CAP. `write`: stores requests in ccr.box. `collect`: moves them to a folder, as the site server does. `read`:
 * follows .lkp -> .ins -> .ofr -> .pkg by path and through an open folder, and reports everything a client must never see. Ends on SIGTERM
 * with one JSON line.
 */
/** Between two steps of a client, ms: busy, but leaving the machine to others. */
const PAUSE = 8;

const [mode, cap = "", target = ""] = process.argv.slice(2);
const violations: string[] = [];
let count = 0;
let going = true;
let lastSeen = 0;
process.on("SIGTERM", () => (going = false));

const steps: Record<string, () => void> = { write, collect, read };
const step = steps[mode ?? ""];
if (!step) throw new Error(`clients.ts knows no mode ${mode}`);
console.log("ready");
while (going) {
  try {
    step();
  } catch (error) {
    violations.push(String(error));
  }
  await sleep(PAUSE);
}
console.log(JSON.stringify({ count, violations: violations.slice(0, 20) }));

function write(): void {
  const name = `PC${String(count).padStart(7, "0")}.ccr`;
  writeFileSync(join(cap, "ccr.box", name), `request ${count}`);
  count += 1;
}

function collect(): void {
  mkdirSync(target, { recursive: true });
  for (const name of readdirSync(join(cap, "ccr.box"))) {
    renameSync(join(cap, "ccr.box", name), join(target, name));
    count += 1;
  }
}

function read(): void {
  readByPath();
  readThroughOpenFolder();
  count += 1;
}

/** Each file names its generation in its first line; what is later in the chain may be newer, never older. */
function readByPath(): void {
  const offers = join(cap, "offerinf.box");
  const lkp = generationOf(join(offers, "ABCSystm.lkp"));
  const ins = generationOf(join(offers, referenceIn(lkp.text, /^PC00001=(.*)$/m)));
  const ofr = generationOf(join(offers, referenceIn(ins.text, /^Offer=(.*)$/m)));
  const pkg = generationOf(join(cap, "pkginfo.box", `${referenceIn(ofr.text, /^Package=(.*)$/m)}.pkg`));
  if (pkg.generation < ofr.generation) violations.push(`old package ${pkg.generation} after new offer ${ofr.generation}`);
  if (lkp.generation < lastSeen) violations.push(`old lookup ${lkp.generation} after new ${lastSeen}`);
  lastSeen = lkp.generation;
}

function readThroughOpenFolder(): void {
  const folder = openSync(join(cap, "offerinf.box"), constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    const inside = `/proc/self/fd/${folder}`;
    const lkp = generationOf(join(inside, "ABCSystm.lkp"));
    const ins = generationOf(join(inside, referenceIn(lkp.text, /^PC00001=(.*)$/m)));
    const ofr = generationOf(join(inside, referenceIn(ins.text, /^Offer=(.*)$/m)));
    const seen = new Set([lkp.generation, ins.generation, ofr.generation]);
    if (seen.size > 1) violations.push(`generations ${[...seen].join(", ")} through one open folder`);
  } finally {
    closeSync(folder);
  }
}

function generationOf(file: string): { text: string; generation: number } {
  const text = readFileSync(file, "utf8");
  const generation = /^; generation (\d+)$/m.exec(text)?.[1];
  if (generation === undefined || !text.endsWith("; end\n")) throw new Error(`half a file: ${file}`);
  return { text, generation: Number(generation) };
}

function referenceIn(text: string, pattern: RegExp): string {
  const name = pattern.exec(text)?.[1];
  if (name === undefined) throw new Error("a reference is missing");
  return name;
}
