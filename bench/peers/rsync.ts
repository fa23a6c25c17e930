import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "@sitewright/testkit/free-port";
import { waitFor } from "../../scripts/support/programs.ts";
import type { Context } from "../case.ts";
import { cpuOfChildren, finish, killGroup, start, time, timeWithCpu, type Within } from "../machine/processes.ts";

export interface RsyncDaemon {
  port: number;
  pid: number;
}

/** What a copy took, in seconds. */
export interface Copied {
  seconds: number;
  /** Of the processor, both ends. */
  cpuSeconds: number;
}

/** Until a daemon has noticed that the process of a connection has ended, ms. */
const REAPED_MS = 100;

export interface RsyncOptions {
  /** For its configuration and log. */
  folder: string;
  /** Module name to folder. */
  modules: Record<string, string>;
  address?: string;
  within?: Within;
}

/** A daemon that serves these folders for reading, with default settings otherwise. */
export async function startRsyncDaemon(
  context: Context,
  { folder, modules, address = "127.0.0.1", within = [] }: RsyncOptions,
): Promise<RsyncDaemon> {
  mkdirSync(folder, { recursive: true });
  const port = await freePort();
  const log = join(folder, "rsyncd.log");
  const config = join(folder, "rsyncd.conf");
  const account = process.getuid?.() === 0 ? ["uid = root", "gid = root"] : [];
  const global = ["use chroot = no", `log file = ${log}`, `address = ${address}`, ...account];
  const parts = Object.entries(modules).flatMap(([name, path]) => [`[${name}]`, `path = ${path}`, "read only = yes"]);
  writeFileSync(config, `${[...global, ...parts].join("\n")}\n`);
  const daemon = start("rsync", ["--daemon", "--no-detach", `--config=${config}`, `--port=${port}`], { within, log });
  context.cleanup.defer(() => killGroup(daemon));
  await waitFor("the rsync daemon to answer", async () => {
    if (daemon.exitCode !== null) throw new Error(`the rsync daemon did not start: see ${log}`);
    return (await finish("rsync", [`rsync://${address}:${port}/`], { within })).code === 0;
  });
  return { port, pid: daemon.pid as number };
}

/** Copies a module's content into `target`, which is created. @returns Seconds. */
export async function rsync(options: readonly string[], from: string, target: string, within: Within = []): Promise<number> {
  mkdirSync(target, { recursive: true });
  return time("rsync", [...options, `${from}/`, `${target}/`], { within });
}

/** The same from a daemon, with processor time. */
export async function rsyncWithCpu(
  { port, pid }: RsyncDaemon,
  options: readonly string[],
  module: string,
  target: string,
): Promise<Copied> {
  mkdirSync(target, { recursive: true });
  const before = cpuOfChildren(pid);
  const copied = await timeWithCpu("rsync", [...options, `rsync://127.0.0.1:${port}/${module}/`, `${target}/`]);
  await sleep(REAPED_MS);
  return { ...copied, cpuSeconds: copied.cpuSeconds + cpuOfChildren(pid) - before };
}

/** Throws unless both folders hold the same: names, kinds and every byte. */
export async function checkSame(source: string, target: string): Promise<void> {
  const args = ["--dry-run", "--recursive", "--links", "--checksum", "--delete", "--out-format=%o %n", `${source}/`, `${target}/`];
  const { code, stdout, stderr } = await finish("rsync", args);
  const lines = stdout.trim();
  if (code !== 0 || lines !== "")
    throw new Error(`${target} is not what ${source} is:\n${lines.split("\n").slice(0, 5).join("\n")}\n${stderr}`);
}
