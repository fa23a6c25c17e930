#!/usr/bin/env node
// Starts the program under a Node.js that can run it: the pinned one where the system's is too old.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
const main = new URL("../dist/bundle/main.js", import.meta.url);

if (!existsSync(main)) {
  console.error("sitewright-agent: the program is not built yet: run 'npm run build' in the project's folder first");
  process.exit(1);
}
if (major > 24 || (major === 24 && minor >= 12)) {
  await import(main.href);
} else {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "node_modules", ".bin", "node")) && dirname(folder) !== folder) folder = dirname(folder);
  const pinned = join(folder, "node_modules", ".bin", "node");
  if (!existsSync(pinned)) {
    console.error(
      `sitewright-agent: Node.js ${process.versions.node} is too old; install Node.js 24.12 or newer, or run 'npm ci' to get the pinned one`,
    );
    process.exit(1);
  }
  const child = spawn(pinned, [fileURLToPath(main), ...process.argv.slice(2)], { stdio: "inherit" });
  // Whoever stops this process means the program. A terminal's Ctrl+C reaches both by itself.
  for (const name of ["SIGTERM", "SIGHUP"]) process.on(name, () => child.kill(name));
  process.on("SIGINT", () => process.stdin.isTTY || child.kill("SIGINT"));
  child.on("exit", (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
}
