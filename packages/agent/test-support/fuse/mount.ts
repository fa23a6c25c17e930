import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { isRoot } from "@sitewright/testkit/account";
import type { Traits } from "./traits.ts";

const PATIENCE_MS = 30_000;

/** Only root mounts file systems. */
export const CAN_MOUNT = isRoot && existsSync("/dev/fuse");

/** A mounted file system that can be stopped and whose power can be cut. */
export interface MortalMount extends AsyncDisposable {
  /** From then on, each operation that would change or sync something fails. 0: the next one. */
  stopAfter(operations: number): Promise<void>;
  /** Goes on as it is. @returns Operations since it was told to stop. */
  goOn(): Promise<number>;
  /** The same, but what was not synced is lost. No file may be open. */
  cutPower(): Promise<number>;
  /** Syncs all of it: the kernel passes no such call on. Throws where it is stopped. */
  sync(): Promise<void>;
}

/** @param stoppedMark A file that exists while it is stopped. */
export async function mountMortal(point: string, stoppedMark: string): Promise<MortalMount> {
  const mount = await mountFuse(point, { type: "mortal", stoppedMark });
  return {
    stopAfter: async (operations) => void (await mount.tell(`stop-after ${operations}`)),
    goOn: async () => Number(await mount.tell("go-on")),
    cutPower: async () => Number(await mount.tell("cut")),
    async sync() {
      if ((await mount.tell("sync")) === "stopped") throw Object.assign(new Error("it is stopped"), { code: "EIO" });
    },
    [Symbol.asyncDispose]: () => mount[Symbol.asyncDispose](),
  };
}

interface Mount extends AsyncDisposable {
  /** @returns The answer. */
  tell(command: string): Promise<string>;
}

/**
 * Mounts a file system with these traits on a folder, until it is disposed of or the test is over. A process of its own serves it; when
 * that is killed, pending calls fail at once.
 */
export async function mountFuse(point: string, traits: Traits): Promise<Mount> {
  const daemon = spawn(process.execPath, [join(import.meta.dirname, "daemon.ts"), point, JSON.stringify(traits)], { stdio: "pipe" });
  const exited = once(daemon, "exit");
  let done: Promise<unknown> | undefined;
  const unmount = () =>
    (done ??= (async () => {
      daemon.kill("SIGKILL");
      spawnSync("umount", ["-i", "-l", point], { timeout: PATIENCE_MS });
      await exited;
    })());
  onTestFinished(async () => void (await unmount()));
  const said: string[] = [];
  daemon.stderr.on("data", (bytes: Buffer) => said.push(bytes.toString()));
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const mounted = await Promise.race([once(daemon.stdout, "data", { signal }).then(() => true), exited.then(() => false)]);
  if (!mounted) throw new Error(`nothing could be mounted on ${point}: ${said.join("")}`);
  return {
    async tell(command) {
      const answered = once(daemon.stdout, "data", { signal: AbortSignal.timeout(PATIENCE_MS) });
      daemon.stdin.write(`${command}\n`);
      return String((await answered)[0]).trim();
    },
    [Symbol.asyncDispose]: async () => void (await unmount()),
  };
}
