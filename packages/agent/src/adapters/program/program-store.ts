import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomic } from "@sitewright/node-kit/atomic-file";
import { makeFolder } from "@sitewright/node-kit/make-folder";
import { keptDigests, NO_PROGRAMS, type Program, type Programs } from "../../domain/programs.ts";
import { claimPrivateFolder } from "../private-folder.ts";

const STATE = "state.json";

/** The versions of the agent's program in `<data-dir>/program`, each in the folder of its package's digest. */
export interface ProgramStore {
  read(): Promise<Programs>;
  /** Removes also what is no longer kept. */
  write(programs: Programs): Promise<void>;
  /** Places of a version's package while it is loaded, and of its executable; their folder is made if it is absent. */
  places(digest: string): Promise<{ package: string; executable: string }>;
  /** Path of the executable; undefined when it is absent or was altered. */
  executable(program: Program): Promise<string | undefined>;
}

/** @param target Such as `win-x64`: Windows starts files with a suffix only. */
export function openProgramStore(dataDir: string, target: string): ProgramStore {
  const place = join(dataDir, "program");
  const name = `sitewright-agent${target.startsWith("win-") ? ".exe" : ""}`;

  async function open(): Promise<void> {
    makeFolder(place, 0o700);
    claimPrivateFolder(place);
  }

  return {
    async read() {
      try {
        const programs = JSON.parse(await readFile(join(place, STATE), "utf8")) as Programs;
        if (isPrograms(programs)) return programs;
      } catch {
        // Without a readable record the installed version runs.
      }
      return NO_PROGRAMS;
    },
    async write(programs) {
      await open();
      await writeFileAtomic(join(place, STATE), `${JSON.stringify(programs, null, 2)}\n`, 0o600);
      const kept = [STATE, ...keptDigests(programs)];
      for (const entry of await readdir(place)) {
        // Windows keeps a program that still runs: it is removed with the next change.
        if (!kept.includes(entry)) await rm(join(place, entry), { recursive: true, force: true }).catch(() => undefined);
      }
    },
    async places(digest) {
      await open();
      const folder = join(place, digest);
      makeFolder(folder, 0o700);
      return { package: join(folder, "package.part"), executable: join(folder, name) };
    },
    async executable({ digest, executable }) {
      const path = join(place, digest, name);
      return (await sha256Of(path).catch(() => undefined)) === executable ? path : undefined;
    },
  };
}

/** Hex. */
export async function sha256Of(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const piece of createReadStream(path, { highWaterMark: 1024 * 1024 }) as AsyncIterable<Buffer>) hash.update(piece);
  return hash.digest("hex");
}

const DIGEST = /^[0-9a-f]{64}$/;

function isPrograms(value: unknown): value is Programs {
  const { current, previous, staged, trial, failed } = (value ?? {}) as Record<string, unknown>;
  return Array.isArray(failed) && [current, previous, staged, trial].every((one) => one === undefined || isProgram(one));
}

function isProgram(value: unknown): boolean {
  const { version, digest, executable } = (value ?? {}) as Record<string, unknown>;
  return typeof version === "string" && [digest, executable].every((hash) => typeof hash === "string" && DIGEST.test(hash));
}
