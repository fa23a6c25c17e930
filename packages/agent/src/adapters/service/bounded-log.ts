import { closeSync, fstatSync, openSync, renameSync, rmSync, writeSync } from "node:fs";

/** Bytes; what came before is kept once more. */
const MOST = 10_000_000;

/** A log file that replaces what a service manager does not keep: with its predecessor (`.1`) it takes at most twice `most`. */
export function openBoundedLog(path: string, most = MOST): { write(line: string): void; close(): void } {
  let file = openSync(path, "a", 0o600);
  let size = fstatSync(file).size;

  function turn(): void {
    const full = file;
    file = -1;
    try {
      closeSync(full);
      rmSync(`${path}.1`, { force: true });
      renameSync(path, `${path}.1`);
    } catch {
      // Somebody has one of them open: this one grows until a line finds them free.
    }
    file = openSync(path, "a", 0o600);
    size = fstatSync(file).size;
  }

  return {
    write(line) {
      try {
        if (size >= most) turn();
        size += writeSync(file, line);
      } catch {
        // A full disk must not stop the agent, which says so to the coordinator.
      }
    },
    close: () => closeSync(file),
  };
}
