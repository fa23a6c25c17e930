import { spawnSync } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { SitewrightError } from "@sitewright/protocol";
import { writeFileAtomic } from "@sitewright/node-kit/atomic-file";
import type { SystemService } from "./port.ts";

/** Also the account it runs as. */
const UNIT = "sitewright-agent";

/** Of the package: all but the folders that this system's agent may write. */
const UNIT_FILE = `/usr/lib/systemd/system/${UNIT}.service`;

const WRITABLE = `/etc/systemd/system/${UNIT}.service.d/writable.conf`;

export const systemdService: SystemService = {
  /** Of the package. */
  dataDir: "/var/lib/sitewright-agent",
  install: (_, roots) => installSystemdService(roots),
  remove: () => Promise.resolve(removeSystemdService()),
  status: systemdServiceStatus,
};

/**
 * Starts the agent now and at each start of the system, with nothing writable but its data and its role roots. Throws `BAD_REQUEST` when the
 * package is not installed, or its account may not write a root.
 */
async function installSystemdService(roots: readonly string[]): Promise<string> {
  if (!existsSync(UNIT_FILE)) throw new SitewrightError("BAD_REQUEST", `${UNIT_FILE} is absent: install the package ${UNIT} first`);
  for (const root of roots.filter((path) => !mayWrite(path)))
    throw new SitewrightError("BAD_REQUEST", `the account ${UNIT} may not write ${root}: run 'chown -R ${UNIT}: ${root}' first`);
  await mkdir(dirname(WRITABLE), { recursive: true });
  await writeFileAtomic(WRITABLE, writablePaths(roots), 0o644);
  systemctl("daemon-reload");
  systemctl("enable", UNIT);
  systemctl("restart", UNIT);
  return `${UNIT} runs, and starts with the system; see 'journalctl -u ${UNIT}'`;
}

function removeSystemdService(): string {
  systemctl("disable", "--now", UNIT);
  rmSync(WRITABLE, { force: true });
  systemctl("daemon-reload");
  return `${UNIT} is stopped, and no longer starts with the system`;
}

function systemdServiceStatus(): string {
  const { stdout } = spawnSync("systemctl", ["show", "--property=ActiveState,UnitFileState", "--value", UNIT], { encoding: "utf8" });
  const [active = "unknown", start = ""] = (stdout ?? "").trim().split("\n");
  return `${UNIT} is ${active}, and ${start === "enabled" ? "starts" : "does not start"} with the system`;
}

/** Settings of a unit; a path is quoted, with what systemd reads as its own doubled. */
export function writablePaths(roots: readonly string[]): string {
  const lines = roots.map((root) => `ReadWritePaths="${root.replaceAll("%", "%%").replaceAll(/["\\]/g, String.raw`\$&`)}"`);
  return ["# Written by 'sitewright-agent service install'.", "[Service]", ...lines, ""].join("\n");
}

function mayWrite(path: string): boolean {
  return spawnSync("runuser", ["-u", UNIT, "--", "test", "-w", path]).status === 0;
}

function systemctl(...args: string[]): void {
  const { status, stderr, error } = spawnSync("systemctl", args, { encoding: "utf8" });
  if (status !== 0) throw new SitewrightError("IO_ERROR", `systemctl ${args.join(" ")} failed: ${(error?.message ?? stderr).trim()}`);
}
