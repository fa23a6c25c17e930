import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  globSync,
  mkdirSync,
  openSync,
  closeSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { FolderWine } from "./runtime.ts";

const PACKAGES = ["wine", "wine64"];
/** Debian 12's Wine 8 cannot start Node.js 26; this one has Wine 10. */
const SUITE = "trixie";
const LOG_LINES = 8;

/** What makes the folder impossible on this machine, or undefined. */
export function whyNoWine(): string | undefined {
  if (process.platform !== "linux" || process.arch !== "x64")
    return `Wine is made on Linux x64, and this is ${process.platform} ${process.arch}`;
  if (process.getuid?.() !== 0) return "making the folder with Wine takes root (debootstrap, chroot); or install Wine 10 or newer";
  if (!hasDebootstrap() && !existsSync("/etc/debian_version")) return "debootstrap is missing: install it, or Wine 10 or newer";
  return undefined;
}

/** Makes `<folder>/root`: a Debian with Wine 10, and a prefix. Minutes and 2 GB, once. Returns what went wrong, or undefined. */
export function makeWine(folder: string): string | undefined {
  mkdirSync(folder, { recursive: true });
  const log = join(folder, "making.log");
  writeFileSync(log, "");
  console.error(`Making a Windows to test against: Debian's Wine 10 in ${folder} (once; some 4 minutes, 2 GB; log: ${log}) ...`);
  // Under a name of its own until it is whole: it is interrupted, or two are made at a time.
  const draft = join(folder, `making-${process.pid}`);
  try {
    installDebootstrap(log);
    const mirror = ownMirror();
    logged(log, "debootstrap", ["--variant=minbase", "--include=ca-certificates", SUITE, draft, ...(mirror === undefined ? [] : [mirror])]);
    prepareNetwork(draft);
    const wine = new FolderWine(draft);
    const apt = ["env", "DEBIAN_FRONTEND=noninteractive", ...proxies(), "apt-get", "-qq", "-y", "--no-install-recommends"];
    logged(log, ...wine.inside([...apt, "update"]));
    logged(log, ...wine.inside([...apt, "install", ...PACKAGES]));
    logged(log, ...wine.inside(["apt-get", "clean"]));
    logged(log, ...wine.inside(["wine", "wineboot", "--init"]));
    logged(log, ...wine.inside(["wineserver", "--wait"]));
    if (!existsSync(join(folder, "root"))) renameSync(draft, join(folder, "root"));
    return undefined;
  } catch (error) {
    return `${error instanceof Error ? error.message : String(error)} (log: ${log})`;
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

function hasDebootstrap(): boolean {
  return spawnSync("debootstrap", ["--version"]).status === 0;
}

function installDebootstrap(log: string): void {
  if (hasDebootstrap()) return;
  logged(log, "apt-get", ["update", "-qq"]);
  logged(log, "apt-get", ["install", "-y", "-qq", "--no-install-recommends", "debootstrap"]);
}

/** This machine's own Debian mirror, since not every network reaches the official one. */
function ownMirror(): string | undefined {
  const sources = [...globSync("/etc/apt/sources.list.d/debian.sources"), ...globSync("/etc/apt/sources.list")].map((file) =>
    readFileSync(file, "utf8"),
  );
  return sources
    .map((text) => /^URIs:\s*(\S+)/m.exec(text)?.[1] ?? /^deb\s+(?:\[.*?\]\s+)?(\S+)/m.exec(text)?.[1])
    .find((uri) => uri !== undefined);
}

function prepareNetwork(root: string): void {
  // Missing after debootstrap; without them Wine resolves no name, not even localhost.
  writeFileSync(join(root, "etc/hosts"), "127.0.0.1 localhost\n::1 localhost\n");
  copyFileSync("/etc/resolv.conf", join(root, "etc/resolv.conf"));
  for (const file of globSync("/etc/apt/apt.conf.d/*")) {
    if (readFileSync(file, "utf8").includes("Acquire::")) copyFileSync(file, join(root, "etc/apt/apt.conf.d", basename(file)));
  }
}

function proxies(): string[] {
  return ["http_proxy", "https_proxy", "no_proxy"].flatMap((name) => (process.env[name] ? [`${name}=${process.env[name]}`] : []));
}

/** Runs a command to its end, its output to `log`; throws with the last lines if it fails. */
function logged(log: string, command: string, args: string[]): void {
  const output = openSync(log, "a");
  const { status, error } = spawnSync(command, args, { stdio: ["ignore", output, output] });
  closeSync(output);
  if (status === 0) return;
  const last = readFileSync(log, "utf8").trimEnd().split("\n").slice(-LOG_LINES).join("\n");
  throw new Error(`${command} failed${error ? `: ${error.message}` : ""}:\n${last}`);
}
