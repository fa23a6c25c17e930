import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { PACKAGES, SYSTEMS, systemNames, type SystemName } from "../world/site-server.ts";
import type { World } from "../world/world.ts";
import type { ClientLine, Places } from "./client-process.ts";

export interface Clients extends AsyncDisposable {
  /** So far, oldest first. */
  violations(): readonly string[];
  places: Places;
  /** Ends them all, once; the writers before those that collect. @returns What they did. */
  stop(): Promise<{ reads: number; written: Record<string, number> }>;
}

/** A reader of every unit, and writers and collectors of the folders of CAPs that belong to clients. */
export async function startClients(world: World): Promise<Clients> {
  const places = placesOf(world);
  for (const cap of Object.keys(places.caps)) mkdirSync(join(cap, "ccr.box"), { recursive: true });
  const violations: string[] = [];
  const [reader, writer, collector] = await Promise.all(
    (["read", "write", "collect"] as const).map((mode) => startOne(mode, places, (text) => violations.push(`${mode}: ${text}`))),
  );
  async function stop() {
    const read = await reader?.stop();
    const written = await writer?.stop();
    await collector?.stop();
    return { reads: read?.reads ?? 0, written: written ?? {} };
  }
  return { violations: () => violations, places, stop, [Symbol.asyncDispose]: () => stop().then(() => {}) };
}

function placesOf(world: World): Places {
  const of = (role: string): SystemName[] => systemNames.filter((name) => (SYSTEMS[name].roles as readonly string[]).includes(role));
  const cap = (system: SystemName) => join(world.root(system, "cap"), `CAP_${SYSTEMS[system].site}`);
  const logonFiles = ["Sites/ABC/caplist.ini", "Sites/ABC/NETCONF.NCF", "i386/smsls.exe", "Sitescfg/ABC_cfg.lcf"];
  return {
    caps: Object.fromEntries(of("cap").map((system) => [cap(system), join(world.folder, "collected", system)])),
    packages: of("dp").flatMap((system) => Object.keys(PACKAGES).map((id) => join(world.root(system, "dp"), id))),
    logonFiles: of("logon-point").flatMap((system) => logonFiles.map((file) => join(world.root(system, "logon-point"), "SMSLOGON", file))),
  };
}

interface OneClient {
  stop(): Promise<Record<string, number>>;
}

async function startOne(mode: string, places: Places, tell: (violation: string) => void): Promise<OneClient> {
  const script = join(import.meta.dirname, "client-process.ts");
  const child: ChildProcess & { stdout: NonNullable<ChildProcess["stdout"]> } = spawn(
    process.execPath,
    [script, mode, JSON.stringify(places)],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const lines = createInterface(child.stdout);
  let counts: Record<string, number> = {};
  lines.on("line", (line) => {
    const said = JSON.parse(line) as ClientLine;
    if ("counts" in said) counts = said.counts;
    else tell(`${new Date(said.at).toISOString()} ${said.violation}`);
  });
  const isWatched = { now: true };
  child.once("exit", (code, signal) => {
    if (isWatched.now) tell(`the clients ended by themselves: ${signal ?? code}`);
  });
  await once(lines, "line");
  return {
    async stop() {
      isWatched.now = false;
      if (child.exitCode !== null) return counts;
      const closed = once(child, "close");
      child.kill("SIGTERM");
      await closed;
      return counts;
    },
  };
}
