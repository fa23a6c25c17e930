import { mkdirSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { capReader } from "./cap-chain.ts";

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
const chain = capReader(cap);
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
  violations.push(...chain());
  count += 1;
}
