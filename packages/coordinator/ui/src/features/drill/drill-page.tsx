import { useSignal, type Signal } from "@preact/signals";
import type { DrillReport, Overview } from "@sitewright/protocol/api";
import { rehearse } from "../../api/recovery.ts";
import { overview } from "../../api/store.ts";
import { Action } from "../../components/action.tsx";
import { Checks } from "../../components/checks.tsx";
import { Faults, Section, Skeleton } from "../../components/page-parts.tsx";
import { drillFaults, drillOf, NOTHING_LOST, type DrillChoice } from "../../lib/drill.ts";
import { links } from "../../lib/route.ts";
import { DrillResult } from "./drill-result.tsx";

/** What a recovery would take, before it is needed. */
export function DrillPage() {
  const state = overview.value;
  return (
    <>
      <div class="page-head">
        <h1>Rehearse a recovery</h1>
        <a class="button button-quiet no-print" href={links.recoveries}>
          Recoveries
        </a>
      </div>
      <p class="page-note muted">
        How long a rebuild would take, on a virtual clock over the real hierarchy, its lines and their hours. Nothing is touched: no agent
        is asked, nothing is queued, nothing is recorded.
      </p>
      {state ? <Drill overview={state} /> : <Skeleton lines={8} label="Loading the hierarchy" />}
    </>
  );
}

const DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"] as const;

function Drill({ overview: state }: { overview: Overview }) {
  const choice = useSignal(NOTHING_LOST);
  const report = useSignal<DrillReport | undefined>(undefined);
  const faults = drillFaults(choice.value);
  return (
    <>
      <Form choice={choice} overview={state} faults={faults} />
      <div class="actions no-print">
        <Action
          label="Rehearse"
          kind="primary"
          disabled={faults.length > 0 || choice.value.sites.length + choice.value.systems.length === 0}
          act={async () => void (report.value = await rehearse(drillOf(choice.value)))}
        />
      </div>
      {report.value && (
        <Section title="Result">
          <DrillResult report={report.value} />
        </Section>
      )}
    </>
  );
}

interface FormProps {
  choice: Signal<DrillChoice>;
  overview: Overview;
  faults: readonly string[];
}

function Form({ choice, overview: { sites, systems }, faults }: FormProps) {
  const { sites: lostSites, systems: lostSystems, day, time, rates, reserve } = choice.value;
  const change = (part: Partial<DrillChoice>): void => void (choice.value = { ...choice.value, ...part });
  const names = systems.map(({ name }) => name);
  const nameOf = new Map(sites.map(({ code, name }) => [code, [code, name].filter(Boolean).join(" · ")]));
  return (
    <form class="card choice" onSubmit={(event) => event.preventDefault()}>
      <Checks
        legend="Lost sites, with all below them"
        none="none"
        names={sites.map(({ code }) => code)}
        nameOf={(code) => nameOf.get(code) ?? code}
        chosen={lostSites}
        onChange={(chosen) => change({ sites: chosen })}
      />
      <Checks legend="Lost systems" none="none" names={names} chosen={lostSystems} onChange={(chosen) => change({ systems: chosen })} />
      <Checks
        legend="Reserve systems, which hold what their neighbours lost"
        none="none"
        names={names.filter((name) => !lostSystems.includes(name))}
        chosen={reserve}
        onChange={(chosen) => change({ reserve: chosen })}
      />
      <fieldset>
        <legend>When and how</legend>
        <label class="field">
          Day on which the rebuild begins
          <select value={day} onChange={({ currentTarget }) => change({ day: currentTarget.value })}>
            {DAYS.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        </label>
        <label class="field">
          Time, by the clocks of what is lost first
          <input type="time" value={time} onInput={({ currentTarget }) => change({ time: currentTarget.value })} />
        </label>
        <label class="field">
          Rates to assume, a line for each, such as SEC=512 kbit/s or own-network=100 Mbit/s
          <textarea rows={3} value={rates} onInput={({ currentTarget }) => change({ rates: currentTarget.value })} />
        </label>
        <Faults messages={faults} />
      </fieldset>
    </form>
  );
}
