import { readFileSync } from "node:fs";

/**
 * Loaded into a program before its own code: its clock differs from the machine's by the ms in a file of its process, and jumps when that
 * changes. Timers go on, as they do when the clock of a machine is set.
 */
const REREAD_MS = 300;
const file = `${process.env.TORTURE_CLOCKS}/${process.pid}`;
const Real = Date;
let offset = 0;

function reread(): void {
  try {
    offset = Number(readFileSync(file, "utf8"));
  } catch {
    // It keeps the clock of the machine.
  }
}

const now = (): number => Real.now() + offset;
reread();
setInterval(reread, REREAD_MS).unref();
globalThis.Date = new Proxy(Real, {
  construct: (target, args: unknown[]) => Reflect.construct(target, args.length === 0 ? [now()] : args) as Date,
  get: (target, name) => (name === "now" ? now : (Reflect.get(target, name) as unknown)),
});
