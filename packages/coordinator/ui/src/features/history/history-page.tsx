import { useSignal } from "@preact/signals";
import { useAsked } from "../../api/asked.ts";
import { history, loadHistory } from "../../api/store.ts";
import { Fault, Skeleton } from "../../components/page-parts.tsx";
import { plural } from "../../lib/format.ts";
import { RunTable } from "./run-table.tsx";

/** More on request: a page of a thousand rows is hard to use. */
const STEP = 50;

export function HistoryPage() {
  const shown = useSignal(STEP);
  const { fault } = useAsked(loadHistory, []).value;
  const runs = history.value;
  return (
    <>
      <div class="page-head">
        <h1>Runs</h1>
        {runs && <span class="muted">{plural(runs.length, "run")}, newest first</span>}
      </div>
      {!runs && <Fault message={fault} />}
      {!runs && fault === undefined && <Skeleton lines={8} label="Loading the runs" />}
      {runs && <RunTable runs={runs.slice(0, shown.value)} />}
      {runs && runs.length > shown.value && (
        <button type="button" class="button button-quiet" onClick={() => (shown.value += STEP)}>
          Show older ones
        </button>
      )}
    </>
  );
}
