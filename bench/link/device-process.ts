import { readFileSync } from "node:fs";

/** Prints lines `ms bytes`: IP bytes sent by a network device so far, after each change; lives as long as its reader. */
const [device = ""] = process.argv.slice(2);
const ETHERNET_HEADER = 14;
const EVERY_MS = 2;
const PRINT_MS = 100;

let lines = "";
let printedAt = 0;

function count(): number {
  const line = readFileSync("/proc/net/dev", "utf8")
    .split("\n")
    .find((one) => one.trim().startsWith(`${device}:`));
  const fields =
    line
      ?.slice(line.indexOf(":") + 1)
      .trim()
      .split(/\s+/)
      .map(Number) ?? [];
  return (fields[8] ?? 0) - (fields[9] ?? 0) * ETHERNET_HEADER;
}

setInterval(() => {
  const now = performance.timeOrigin + performance.now();
  lines += `${now.toFixed(2)} ${count()}\n`;
  if (now - printedAt < PRINT_MS) return;
  process.stdout.write(lines);
  lines = "";
  printedAt = now;
}, EVERY_MS);
