import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";

/** What is kept between runs. */
export const CACHE = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "sitewright");

interface Locked {
  version: string;
  integrity: string;
}

/**
 * The unpacked folder of an npm package at the version of the lock file, whatever platform it is for: npm installs only those of its own.
 * Downloaded once, and checked against the lock file. Throws when that fails.
 */
export function lockedPackage(name: string): string {
  const installed = resolve("node_modules", name);
  if (existsSync(join(installed, "package.json"))) return installed;
  const { version, integrity } = lockOf(name);
  const kept = join(CACHE, "packages", `${name.replaceAll("/", "+")}-${version}`);
  if (existsSync(kept)) return kept;
  mkdirSync(join(CACHE, "packages"), { recursive: true });
  const draft = mkdtempSync(`${kept}.`);
  try {
    const packed = spawnSync("npm", ["pack", `${name}@${version}`, "--pack-destination", ".", "--loglevel=error"], {
      cwd: draft,
      encoding: "utf8",
      shell: process.platform === "win32",
    });
    if (packed.status !== 0) throw new Error(`npm could not download ${name}@${version}: ${packed.stderr}`);
    const file = packed.stdout.trim().split("\n").at(-1) ?? "";
    const found = `sha512-${createHash("sha512")
      .update(readFileSync(join(draft, file)))
      .digest("base64")}`;
    if (found !== integrity)
      throw new Error(`${name}@${version} as downloaded is not what the lock file names: ${found}, not ${integrity}`);
    const unpacked = spawnSync("tar", ["-xzf", file, "--no-same-owner"], { cwd: draft, encoding: "utf8" });
    if (unpacked.status !== 0) throw new Error(`${file} could not be unpacked: ${unpacked.stderr}`);
    renameSync(join(draft, "package"), kept);
    return kept;
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

function lockOf(name: string): Locked {
  const { packages } = JSON.parse(readFileSync("package-lock.json", "utf8")) as { packages: Record<string, Locked> };
  const locked = packages[`node_modules/${name}`];
  if (locked === undefined) throw new Error(`the lock file names no ${name}`);
  return locked;
}
