import { mkdirSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { capReader, failures } from "../../support/cap-chain.ts";
import { filesReader, packageReader } from "./unit-readers.ts";

/** What clients use; all paths are absolute. */
export interface Places {
  /** CAP to the folder into which the site server collects its client files. */
  caps: Record<string, string>;
  packages: string[];
  logonFiles: string[];
}

/** A line of output: something that a client must never see, or, at the end, what was done. */
export type ClientLine = { violation: string; at: number } | { counts: Record<string, number> };

/** Between two rounds of a client, ms: so that most of the machine is left to the programs. */
const PAUSE = { read: 120, write: 60, collect: 90 };

/**
 * A process of clients of all systems, until SIGTERM. `read`: reads every unit. `write`: stores requests in the folders of CAPs that belong to
 * clients. `collect`: moves them away, as the site server does.
 */
const [mode = "", places = "{}"] = process.argv.slice(2);
const { caps, packages, logonFiles } = JSON.parse(places) as Places;
if (mode !== "read" && mode !== "write" && mode !== "collect") throw new Error(`client-process.ts knows no mode ${mode}`);
const counts: Record<string, number> = {};
let going = true;
process.on("SIGTERM", () => (going = false));

const put = (line: ClientLine): void => void process.stdout.write(`${JSON.stringify(line)}\n`);
const readers = [
  ...Object.keys(caps).map((cap) => capReader(cap)),
  ...packages.map((folder) => packageReader(folder)),
  filesReader(logonFiles),
];
const clients = {
  read: readers.map((read) => () => {
    const found = read();
    counts.reads = (counts.reads ?? 0) + 1;
    return found;
  }),
  write: Object.keys(caps).map((cap) => () => {
    const number = counts[cap] ?? 0;
    writeFileSync(join(cap, "ccr.box", nameOf(number)), `request ${number}`);
    counts[cap] = number + 1;
    return [];
  }),
  collect: Object.entries(caps).map(([cap, target]) => () => {
    for (const name of readdirSync(join(cap, "ccr.box"))) {
      renameSync(join(cap, "ccr.box", name), join(target, name));
      counts[cap] = (counts[cap] ?? 0) + 1;
    }
    return [];
  }),
}[mode];

for (const target of Object.values(caps)) mkdirSync(target, { recursive: true });
put({ counts });
while (going) {
  for (const client of clients) for (const violation of failures(client)) put({ violation, at: Date.now() });
  await sleep(PAUSE[mode]);
}
put({ counts });

function nameOf(number: number): string {
  return `PC${String(number).padStart(7, "0")}.ccr`;
}
