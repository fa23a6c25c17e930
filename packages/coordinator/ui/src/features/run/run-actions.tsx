import { RUN_KINDS } from "@sitewright/protocol";
import type { RunSummary } from "@sitewright/protocol/api";
import { useSignal } from "@preact/signals";
import { go } from "../../api/location.ts";
import { startRun, steerRun } from "../../api/operations.ts";
import { tellRun } from "../../api/store.ts";
import { Action } from "../../components/action.tsx";
import { Fault } from "../../components/page-parts.tsx";
import { links } from "../../lib/route.ts";
import { sameSelection, selectionWords } from "../../lib/selection.ts";

/** What an operator can do about a run in its present state. */
export function RunActions({ summary: { run, totals, wrong, changedSystems } }: { summary: RunSummary }) {
  const fault = useSignal<string | undefined>(undefined);
  const steer = (verb: "pause" | "resume" | "cancel" | "retry") => async () => tellRun(await steerRun(run.id, verb));
  const onFault = (message: string | undefined) => (fault.value = message);
  const kind = RUN_KINDS[run.kind].label.toLowerCase();
  const open = run.endedAt === undefined;
  const findsWrong = !open && wrong.places > 0;
  return (
    <div class="run-actions">
      <div class="actions">
        {run.state === "running" && <Action label="Pause" act={steer("pause")} onFault={onFault} />}
        {run.state === "paused" && <Action label="Resume" kind="primary" act={steer("resume")} onFault={onFault} />}
        {findsWrong && (
          <Action
            label="Repair what is wrong"
            kind="primary"
            act={async () => {
              const repair = await startRun("repair", { ...sameSelection(run), full: run.options.full });
              tellRun(repair);
              go(links.run(repair.id));
            }}
            onFault={onFault}
          />
        )}
        {run.state === "failed" && totals.phases > 0 && (
          <Action
            label={RUN_KINDS[run.kind].differences === "reported" ? "Verify again" : "Retry what failed"}
            kind={findsWrong ? "quiet" : "primary"}
            act={steer("retry")}
            onFault={onFault}
          />
        )}
        {!open && RUN_KINDS[run.kind].canBeUndone && changedSystems && (
          <Action
            label="Undo"
            act={async () => {
              const undo = await startRun("undo", sameSelection(run));
              tellRun(undo);
              go(links.run(undo.id));
            }}
            onFault={onFault}
            question={{
              title: "Bring the previous generation back?",
              text: (
                <>
                  <p>
                    For <strong>{selectionWords(run.options)}</strong>, clients get what was served before this rebuild. It works while the
                    grace time of a unit lasts; undoing the undo brings the newer generation again.
                  </p>
                </>
              ),
              yes: "Undo the rebuild",
            }}
          />
        )}
        {open && run.state !== "cancelled" && (
          <Action
            label="Cancel"
            kind="danger"
            act={steer("cancel")}
            onFault={onFault}
            question={{
              title: `Cancel this ${kind}?`,
              text: (
                <p>What is finished stays as it is. Working agents stop, and their systems continue serving what they served before.</p>
              ),
              yes: `Cancel the ${kind}`,
            }}
          />
        )}
      </div>
      <Fault message={fault.value} />
    </div>
  );
}
