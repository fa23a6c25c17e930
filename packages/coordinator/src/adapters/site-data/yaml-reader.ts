import type { BigIntStats } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { readBounded, UnfitFile } from "@sitewright/node-kit/bounded-file";
import { startWorker } from "@sitewright/node-kit/threads";
import { readYamlText, type YamlKind, type YamlReading, type YamlTask } from "./yaml-kinds.ts";

/** Reads the YAML files of site data; an unchanged file costs one stat call. */
export interface YamlReader {
  /** Undefined when there is no such file. @param root Real folder of the site data. */
  read<Kind extends YamlKind>(kind: Kind, root: string, name: string): Promise<YamlReading<Kind> | undefined>;
  /** Drops the files that were not read since the last call. */
  forget(): void;
}

/** Bytes; more than any hierarchy needs. */
const LARGEST_YAML = 4 * 1024 * 1024;
/** Maximum bytes parsed in the event loop, which that blocks for some 20 ms. */
const READ_HERE = 16 * 1024;
/** MiB; the largest file takes some 700 as systems, and more only if made on purpose. */
const HEAP = { maxOldGenerationSizeMb: 1024 };
/** ms; many times what the largest file takes on an idle machine. */
const TIMEOUT = 120_000;
/** A file modified more recently than this may change once more with the same metadata, ms. */
const CLOCK_STEP = 2_000;

interface Known {
  stamp: string;
  reading: YamlReading<YamlKind>;
}

export function createYamlReader(): YamlReader {
  let before = new Map<string, Known>();
  let now = new Map<string, Known>();

  async function readAnew(kind: YamlKind, path: string, name: string): Promise<YamlReading<YamlKind>> {
    const fault = (message: string): YamlReading<YamlKind> => ({ value: undefined, faults: [{ file: name, line: 1, message }] });
    try {
      const bytes = await readBounded(path, LARGEST_YAML);
      const task = { kind, name, text: new TextDecoder("utf-8", { fatal: true }).decode(bytes) };
      return bytes.length <= READ_HERE ? readYamlText(task) : await readInThread(task);
    } catch (error) {
      if (isAbsent(error)) throw error;
      if (error instanceof UnfitFile) return fault(`the file ${error.message}`);
      if (error instanceof TypeError) return fault("the file is not valid UTF-8: save it as UTF-8");
      return fault(`the file cannot be read: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  return {
    async read<Kind extends YamlKind>(kind: Kind, root: string, name: string) {
      const path = join(root, name);
      try {
        const stats = await stat(path, { bigint: true });
        const stamp = stampOf(stats);
        const known = now.get(path) ?? before.get(path);
        const reading = known?.stamp === stamp ? known.reading : await readAnew(kind, path, name);
        // Before reading: a change during the reading gives another stamp next time.
        if (Date.now() - Number(stats.ctimeNs / 1_000_000n) > CLOCK_STEP) now.set(path, { stamp, reading });
        return reading as YamlReading<Kind>;
      } catch (error) {
        if (isAbsent(error)) return undefined;
        const faults = [{ file: name, line: 1, message: `the file cannot be read: ${(error as Error).message}` }];
        return { value: undefined, faults };
      }
    },
    forget() {
      [before, now] = [now, new Map<string, Known>()];
    },
  };
}

function stampOf({ mtimeNs, ctimeNs, size, ino, dev }: BigIntStats): string {
  return `${mtimeNs} ${ctimeNs} ${size} ${ino} ${dev}`;
}

function isAbsent(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === "ENOENT" || code === "ENOTDIR";
}

/** In a thread of bounded memory and time: a file can be made to need more of both than the coordinator has. */
function readInThread(task: YamlTask): Promise<YamlReading<YamlKind>> {
  const { name } = task;
  return new Promise((resolve) => {
    const worker = startWorker(import.meta.url, "yaml-worker", { workerData: task, resourceLimits: HEAP });
    const end = (reading: YamlReading<YamlKind>): void => {
      clearTimeout(timer);
      resolve(reading);
    };
    const fail = (message: string): void => {
      end({ value: undefined, faults: [{ file: name, line: 1, message }] });
      void worker.terminate();
    };
    const timer = setTimeout(() => fail(`the file takes more than ${TIMEOUT / 1000} s to parse: make it simpler`), TIMEOUT);
    worker.once("message", end);
    worker.once("error", (error: unknown) => {
      const outOfMemory = (error as NodeJS.ErrnoException).code === "ERR_WORKER_OUT_OF_MEMORY";
      const told = error instanceof Error ? error.message : String(error);
      fail(outOfMemory ? "the file takes more memory to be read than a hierarchy needs: make it simpler" : `it cannot be read: ${told}`);
    });
    worker.once("exit", () => fail("the thread that read it ended"));
  });
}
