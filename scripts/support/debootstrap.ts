import { spawnSync } from "node:child_process";
import { closeSync, existsSync, globSync, openSync, readFileSync } from "node:fs";

/** Has a Wine that starts Node.js 26, which Debian 12's Wine 8 does not. */
const SUITE = "trixie";
const LOG_LINES = 8;

/** What makes a Debian in a folder impossible on this machine, or undefined. */
export function whyNoDebootstrap(): string | undefined {
  if (process.platform !== "linux" || process.arch !== "x64")
    return `a Debian in a folder is made on Linux x64, and this is ${process.platform} ${process.arch}`;
  if (process.getuid?.() !== 0) return "making a Debian in a folder takes root (debootstrap, chroot)";
  if (!hasDebootstrap() && !existsSync("/etc/debian_version")) return "debootstrap is missing: install it";
  return undefined;
}

/**
 * Makes a small Debian with these packages in a folder; its output goes to `log`. Throws if that fails.
 * @param foreign Another architecture: its packages are unpacked, and nothing in them is run.
 */
export function debootstrap(folder: string, packages: readonly string[], log: string, foreign?: "arm64"): void {
  if (!hasDebootstrap()) {
    logged(log, "apt-get", ["update", "-qq"]);
    logged(log, "apt-get", ["install", "-y", "-qq", "--no-install-recommends", "debootstrap"]);
  }
  const mirror = ownMirror();
  const place = [SUITE, folder, ...(mirror === undefined ? [] : [mirror])];
  const of = foreign === undefined ? [] : [`--arch=${foreign}`, "--foreign"];
  logged(log, "debootstrap", ["--variant=minbase", ...of, `--include=${packages.join(",")}`, ...place]);
  // Of what is not part of every Debian, its first step leaves archives.
  if (foreign !== undefined)
    for (const name of packages)
      for (const archive of globSync(`${folder}/var/cache/apt/archives/${name}_*.deb`)) logged(log, "dpkg-deb", ["-x", archive, folder]);
}

function hasDebootstrap(): boolean {
  return spawnSync("debootstrap", ["--version"]).status === 0;
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

/** Runs a command to its end, its output to `log`; throws with the last lines if it fails. */
export function logged(log: string, command: string, args: string[]): void {
  const output = openSync(log, "a");
  const { status, error } = spawnSync(command, args, { stdio: ["ignore", output, output] });
  closeSync(output);
  if (status === 0) return;
  const last = readFileSync(log, "utf8").trimEnd().split("\n").slice(-LOG_LINES).join("\n");
  throw new Error(`${command} failed${error ? `: ${error.message}` : ""}:\n${last}`);
}
