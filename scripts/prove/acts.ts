import { closeSync, existsSync, openSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { sleepSync } from "../../packages/agent/src/adapters/disk/patiently.ts";

/** libuv's UV_FS_O_EXLOCK: nobody else may open, rename or delete it. */
const ALONE = 0x10000000;
const LONGEST_MS = 20;

/** What a process beside that of the probes does, until it is told to end. */
export function act(kind: string, path: string, name: string): void {
  const counts: Record<string, number> = {};
  const count = (what: string): void => void (counts[what] = (counts[what] ?? 0) + 1);
  writeFileSync(`${name}.begun`, "");
  while (!existsSync(`${name}.end`)) {
    if (kind === "read") read(path, count);
    else scan(path, count);
  }
  writeFileSync(`${name}.json`, JSON.stringify(counts));
}

/** Like a client: some times between two looks for the end. */
function read(path: string, count: (what: string) => void): void {
  for (let i = 0; i < 20; i++) {
    try {
      count(readFileSync(path, "utf8"));
    } catch (error) {
      count((error as NodeJS.ErrnoException).code ?? "failed");
    }
  }
}

/** Like a virus scanner: has each file below open for itself for a random moment. */
function scan(folder: string, count: (what: string) => void): void {
  try {
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const handle = openSync(join(entry.parentPath, entry.name), ALONE);
      count("opened");
      sleepSync(Math.random() * LONGEST_MS);
      closeSync(handle);
    }
  } catch {
    count("refused"); // moved, or in use
  }
}
