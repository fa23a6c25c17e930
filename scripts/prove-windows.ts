import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { ensureExecutable } from "./package/executable.ts";
import { ensureWindows } from "./support/windows/ensure-windows.ts";
import { findWindows } from "./support/windows/runtime.ts";

/**
 * `npm run prove:windows [-- --folder FOLDER --share SHARE]`: tries on a Windows what `docs/windows.md` only knows, and writes the table of
 * what was seen. On a server without this repository the program that it makes does the same: `dist/single/win-x64/sitewright-prove.exe`.
 * Under Wine it shows that it runs.
 */
const REAL = "docs/windows-proof.md";
const UNDER_WINE = "dist/windows-proof.md";

const why = await ensureWindows();
const windows = findWindows();
if (why !== undefined || !windows) {
  console.error(`sitewright: there is no Windows to be proven: ${why ?? "none was found"}`);
  process.exit(1);
}
const made = await ensureExecutable("sitewright-prove", "win-x64");
const isReal = windows.driveC === undefined;
const args = process.argv.slice(2);
let program = made;
if (windows.driveC !== undefined) {
  const folder = join(windows.driveC, `sitewright-prove-${process.pid}`);
  mkdirSync(folder, { recursive: true });
  program = join(folder, "prove.exe");
  writeFileSync(program, readFileSync(made));
  if (args.length === 0) args.push("--folder", `C:\\sitewright-prove-${process.pid}`);
}
const output = isReal ? REAL : UNDER_WINE;
const draft = `${output}.draft`;
mkdirSync("dist", { recursive: true });
const file = openSync(draft, "w");
const seen = windows.driveC === undefined ? program : `C:${program.slice(windows.driveC.length).replaceAll("/", "\\")}`;
const [command, all] = windows.command(seen, args);
const { status } = spawnSync(command, all, { stdio: ["ignore", file, "inherit"] });
closeSync(file);
const table = readFileSync(draft, "utf8");
rmSync(draft);
if (windows.driveC !== undefined) rmSync(join(windows.driveC, `sitewright-prove-${process.pid}`), { recursive: true, force: true });
if (table.includes("|---|")) writeFileSync(output, `# What was seen on ${isReal ? "a real Windows" : windows.name}\n\n${table}`);
console.log(`${table}\n${table.includes("|---|") ? `written to ${output}` : "nothing was tried"}`);
process.exit(status ?? 1);
