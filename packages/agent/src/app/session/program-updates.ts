import { SitewrightError, type AgentMessage, type UpdateOrder } from "@sitewright/protocol";
import type { Log } from "../ports/link.ts";
import { judgeOrder, withStaged, type Program, type Programs } from "../../domain/programs.ts";

/** What an agent that may exchange its own program does with the coordinator's orders to. */
export interface ProgramUpdates {
  /** Such as `linux-x64`: which package fits. */
  target: string;
  /** The coordinator welcomed this process. */
  welcomed(): void;
  order(order: UpdateOrder): void;
}

export interface ProgramUpdatesDeps {
  target: string;
  /** Version of this process. */
  running: string;
  programs: { read(): Promise<Programs>; write(programs: Programs): Promise<void> };
  /** Checks the signature, loads and unpacks. */
  load(order: UpdateOrder, signal: AbortSignal): Promise<Program>;
  say(message: AgentMessage): void;
  welcomed(): void;
  /** A version is staged: this process has to end. */
  staged(): void;
  log: Log;
}

/** One order at a time; a repeated one has no effect, one for another version replaces it. */
export function createProgramUpdates(deps: ProgramUpdatesDeps, signal: AbortSignal): ProgramUpdates {
  const { target, running, programs, load, say, welcomed, staged, log } = deps;
  let loading: { id: string; stop: AbortController } | undefined;

  async function carryOut(order: UpdateOrder, stop: AbortSignal): Promise<void> {
    const known = await programs.read();
    const judged = judgeOrder(known, order, running);
    if (judged === "have") return;
    if (judged !== "load") return say({ kind: "update-failed", id: order.id, message: judged.why });
    log("info", `the version ${order.version} of the agent is loaded`, { order: order.id });
    const program = await load(order, stop);
    await programs.write(withStaged(await programs.read(), { ...program, order: order.id }));
    log("info", `the version ${order.version} of the agent is tried now`, { order: order.id });
    staged();
  }

  return {
    target,
    welcomed,
    order(order) {
      if (loading?.id === order.id) return;
      loading?.stop.abort();
      const stop = new AbortController();
      const mine = (loading = { id: order.id, stop });
      carryOut(order, AbortSignal.any([signal, stop.signal]))
        .catch((error: unknown) => {
          if (signal.aborted || stop.signal.aborted) return;
          const { code, message } = SitewrightError.from(error);
          log("error", `the version ${order.version} of the agent cannot be used: ${message}`, { order: order.id, code });
          say({ kind: "update-failed", id: order.id, message: `${code}: ${message}` });
        })
        .finally(() => {
          if (loading === mine) loading = undefined;
        });
    },
  };
}
