import { fork } from "node:child_process";
import { constants, setPriority } from "node:os";
import { join } from "node:path";
import { kill } from "../machine/processes.ts";
import type { Context } from "../case.ts";
import type { Sample, Samples } from "./samples.ts";
import { OVERHEAD } from "./direction.ts";
import type { LinkAnswer, LinkAsk, LinkCount, Trouble } from "./messages.ts";

/** A slow line made of a TCP proxy: both ends connect to its ports instead of to each other. */
export interface Line {
  /** @returns The local port that leads over the line to that one. */
  open(port: number): Promise<number>;
  /** bit/s each way (0: unlimited), and ms one way. */
  shape(rate: number, delay: number): Promise<void>;
  /** From now on. */
  suffer(from: Trouble): Promise<void>;
  count(): Promise<LinkCount>;
  /** Counts from now on the bytes to connecting clients, with headers. */
  samples(): Samples;
  /** Payload bytes in both directions while `work` was done. */
  during<T>(work: () => Promise<T>): Promise<{ result: T; bytes: number }>;
}

/** The coordinator at `url`, as reached over the line. */
export async function overLine(line: Line, url: string): Promise<string> {
  return `http://127.0.0.1:${await line.open(Number(new URL(url).port))}`;
}

const SAMPLE_MS = 5;

type Question = LinkAsk extends infer One ? (One extends LinkAsk ? Omit<One, "id"> : never) : never;

export function openLine(context: Context): Line {
  const child = fork(join(import.meta.dirname, "line-process.ts"));
  context.cleanup.defer(() => kill(child));
  putFirst(child.pid as number);
  const asked = new Map<number, PromiseWithResolvers<LinkAnswer>>();
  let last = 0;
  child.on("message", (answer: LinkAnswer) => {
    asked.get(answer.id)?.resolve(answer);
    asked.delete(answer.id);
  });
  child.on("exit", () => {
    for (const { reject } of asked.values()) reject(new Error("the process that plays the line has ended"));
  });

  function ask(question: Question): Promise<LinkAnswer> {
    const id = ++last;
    const answer = Promise.withResolvers<LinkAnswer>();
    asked.set(id, answer);
    child.send({ id, ...question });
    return answer.promise;
  }

  const line: Line = {
    open: async (port) => (await ask({ ask: "open", host: "127.0.0.1", port })).port ?? 0,
    async shape(rate, delay) {
      await ask({ ask: "shape", rate, delay });
    },
    async suffer(from) {
      await ask({ ask: "suffer", from });
    },
    count: async () => (await ask({ ask: "count" })).count ?? { down: 0, up: 0 },
    samples() {
      const taken: Sample[] = [];
      const take = async (): Promise<void> => {
        const { down } = await line.count();
        taken.push({ at: performance.timeOrigin + performance.now(), bytes: down * OVERHEAD });
      };
      // The line's process may have ended with the case.
      const timer = setInterval(() => void take().catch(() => clearInterval(timer)), SAMPLE_MS);
      context.cleanup.defer(() => clearInterval(timer));
      return { since: (from) => taken.filter(({ at }) => at >= from) };
    },
    async during(work) {
      const before = await line.count();
      const result = await work();
      const after = await line.count();
      return { result, bytes: after.down - before.down + after.up - before.up };
    },
  };
  return line;
}

/** A line does not wait for the systems at its ends: bytes that it counts late seem to arrive at once. Requires root. */
function putFirst(pid: number): void {
  try {
    setPriority(pid, constants.priority.PRIORITY_HIGHEST);
  } catch {
    // Measured as well as possible without.
  }
}

/** For the output: what is between the two sides. */
export const lineFact = (rate: number, delay: number): string =>
  `the line: a TCP proxy of the bench in a process of its own, ${rate / 1e6} Mbit/s each way, ${2 * delay} ms round trip; all sides go through it`;
