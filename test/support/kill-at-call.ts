// Loaded before a program (node --import): kills it, as kill -9 does, before its n-th call that changes a disk or starts a process. Calls
// of one place of the program, by their stack, count once: another round of a loop shows nothing new. The number is in KILL_AT, and the verb of its command line in KILL_VERB; without a number, the number of calls is written to the file COUNT_CALLS at its end.
// Or before the first call that the expression in KILL_BEFORE fits: its function, with its first two arguments, such as `spawn systemctl stop,manager`.
import { createRequire, syncBuiltinESMExports } from "node:module";

const require = createRequire(import.meta.url);
type Calls = Record<string, unknown>;
const fs = require("node:fs") as Calls & { promises: Calls; writeFileSync: (path: string, text: string) => void };
const write = fs.writeFileSync;

const CALLS: [Calls, string[]][] = [
  [fs, ["openSync", "writeSync", "writevSync", "fsyncSync", "closeSync", "mkdirSync", "rmSync", "symlinkSync"]],
  [fs.promises, ["open", "rename", "rm", "readdir"]],
  [require("node:child_process") as Calls, ["spawn"]],
  [(require("node:sqlite") as { DatabaseSync: { prototype: Calls } }).DatabaseSync.prototype, ["exec", "prepare"]],
];

// What it starts, its guardian above all, is left alone.
if (process.argv.includes(process.env.KILL_VERB ?? "run")) {
  const killAt = Number(process.env.KILL_AT ?? Number.POSITIVE_INFINITY);
  const killBefore = process.env.KILL_BEFORE === undefined ? undefined : new RegExp(process.env.KILL_BEFORE);
  const countTo = process.env.COUNT_CALLS;
  let count = 0;
  const places = new Set<string>();
  const isNew = (): boolean => places.size < places.add(String(new Error("a place").stack)).size;
  for (const [owner, names] of CALLS) {
    for (const name of names) {
      const original = owner[name] as (...args: unknown[]) => unknown;
      owner[name] = function (this: unknown, ...args: unknown[]) {
        if ((isNew() && ++count === killAt) || killBefore?.test(`${name} ${args.slice(0, 2).join(" ")}`))
          process.kill(process.pid, "SIGKILL");
        return original.apply(this, args);
      };
    }
  }
  syncBuiltinESMExports();
  if (countTo !== undefined) process.on("exit", () => write(countTo, String(count)));
}
