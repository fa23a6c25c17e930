import { formatGeneration, isPlausibleGeneration } from "@sitewright/protocol";
import { aboutPhase } from "../app/live/log-transitions.ts";
import { phasesOf } from "../app/runs/board.ts";
import { stepThrough } from "../app/step-through.ts";
import { backToWaiting, begun, supersededPhases, withoutNumber, OPEN, UNDER_WAY } from "../domain/runs/phase.ts";
import type { Runs } from "./runs.ts";
import type { CoreDeps, State } from "./state.ts";

/** Site data that cannot be read now are settled at the next start. */
export async function settleObjects({ siteData, objectStore, log }: Pick<CoreDeps, "siteData" | "objectStore" | "log">): Promise<void> {
  try {
    await objectStore.settle(await siteData.root());
  } catch (error) {
    log.warn({ error: String(error) }, "what a change of the site data may have left unfinished could not be looked at");
  }
}

/** Runs and phases as an earlier coordinator left them. */
export async function takeUp(state: State, runs: Runs, { clock, log }: Pick<CoreDeps, "clock" | "log">): Promise<void> {
  const { board, fleet, isQuarantined } = state;
  for (const phase of board.phases()) {
    if (!isPlausibleGeneration(phase.generation)) {
      await board.change(phase.id, OPEN, (open) => withoutNumber(open, clock()));
      log.warn(
        { ...aboutPhase(phase), generation: formatGeneration(phase.generation) },
        "a stored order has an implausible generation: it is set aside",
      );
      continue;
    }
    fleet.ordered(phase.generation);
    if (UNDER_WAY.includes(phase.state)) await board.change(phase.id, UNDER_WAY, (open) => backToWaiting(begun(open, clock())));
  }
  await runs.canceller.takeUp();
  await cancelAgain(state, runs);
  prepareAll(state, runs);
  await runs.canceller.cancel((await stepThrough(supersededPhases(board.phases().toArray(), board.runs(), isQuarantined))).value);
}

/** What is left of cancelled runs. */
export async function cancelAgain({ board }: State, { canceller }: Runs): Promise<void> {
  for (const run of board.runs().values()) if (run.state === "cancelled") await canceller.cancel(phasesOf(board, run.id));
}

export function prepareAll({ board }: State, { preparer }: Runs): void {
  for (const run of board.runs().values()) if (run.state === "preparing") preparer.begin(run);
}
