import type { RunKind } from "@sitewright/protocol";
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Overview, PackageView, RunOptions } from "@sitewright/protocol/api";
import { go } from "../../api/location.ts";
import { queryOf } from "../../api/query.ts";
import { useLive, type Touched } from "../../api/reload.ts";
import { startRun } from "../../api/operations.ts";
import { overview, summaries, tellRun, watchRun } from "../../api/store.ts";
import { Action } from "../../components/action.tsx";
import { Empty, Section, Skeleton } from "../../components/page-parts.tsx";
import { TroubleList } from "../../components/troubles.tsx";
import { links } from "../../lib/route.ts";
import { EVERYTHING, faultsOf, optionsOf, selectionWords, type Choice } from "../../lib/selection.ts";
import { troublesOf } from "../../lib/troubles.ts";
import { RunMeter } from "../run/run-meter.tsx";
import { ChoiceForm } from "./choice-form.tsx";
import { PlanResult } from "./plan-result.tsx";

export function StartPage({ systems, sites }: { systems: string[]; sites: string[] }) {
  const state = overview.value;
  if (!state) return <Skeleton lines={8} label="Loading the hierarchy" />;
  return <Start overview={state} chosen={{ ...EVERYTHING, systems, sites }} />;
}

/** The field's verbs for packages, and what each of them does. */
const DISTRIBUTION = [
  {
    kind: "redistribute",
    verb: "Redistribute",
    text: "packages and advertisements of a site are brought to it again. Every byte that is there is proved first, and only what is missing is sent.",
  },
  {
    kind: "refresh",
    verb: "Refresh",
    text: "what is damaged or missing in copies of the present version is sent again. No copy changes its version.",
  },
  {
    kind: "update",
    verb: "Update",
    text: "every copy of a package whose sourceVersion has risen gets the difference, at all sites.",
  },
] as const;

/** First a dry run, then the rebuild of exactly what it covered. */
function Start({ overview: state, chosen }: { overview: Overview; chosen: Choice }) {
  const choice = useSignal(chosen);
  const plan = useSignal<{ id: string; options: RunOptions } | undefined>(undefined);
  const offer = { ...state, packages: usePackages(choice.value) };
  const options = optionsOf(choice.value, offer);
  const faults = faultsOf(choice.value);
  const current = plan.value && JSON.stringify(plan.value.options) === JSON.stringify(options) ? plan.value : undefined;

  async function dryRun(): Promise<void> {
    const run = await startRun("plan", options);
    plan.value = { id: run.id, options };
    tellRun(run);
  }

  async function start(kind: RunKind): Promise<void> {
    const run = await startRun(kind, options);
    tellRun(run);
    go(links.run(run.id));
  }

  return (
    <>
      <div class="page-head">
        <h1>Start a rebuild</h1>
      </div>
      <p class="page-note muted">
        Choose what to rebuild. Nothing chosen means everything. The dry run comes first and changes nothing. Verifying changes nothing
        either; a repair puts right only what is wrong.
      </p>
      <ChoiceForm choice={choice} offer={offer} faults={faults} />
      <div class="actions">
        <Action
          label={plan.value ? "Dry run again" : "Dry run"}
          kind={current ? "quiet" : "primary"}
          disabled={faults.length > 0}
          act={dryRun}
        />
        <Action label="Verify" disabled={faults.length > 0} act={() => start("verify")} />
        <Action
          label="Repair"
          disabled={faults.length > 0}
          act={() => start("repair")}
          question={{
            title: "Repair what was chosen?",
            text: (
              <p>
                <strong>{selectionWords(options)}</strong> is verified first. What is wrong is put right; units that are right are left as
                they are.
              </p>
            ),
            yes: "Repair",
          }}
        />
      </div>
      <div class="actions">
        {DISTRIBUTION.map(({ kind, verb, text }) => (
          <Action
            key={kind}
            label={verb}
            disabled={faults.length > 0}
            act={() => start(kind)}
            question={{
              title: `${verb} what was chosen?`,
              text: (
                <p>
                  <strong>{selectionWords(options)}</strong>: {text}
                </p>
              ),
              yes: verb,
            }}
          />
        ))}
      </div>
      {current ? (
        <Planned id={current.id} rebuild={() => start("rebuild")} />
      ) : (
        plan.value && <Empty title="The choice has changed since the dry run: make another one" />
      )}
    </>
  );
}

/** Ids of the packages of the chosen sites and systems; undefined until they are known. */
function usePackages({ sites, systems }: Choice): string[] | undefined {
  const { answer } = useLive<PackageView[]>(`/api/v1/packages${queryOf({ sites: sites.join(), systems: systems.join() })}`, onlySnapshots);
  return answer?.map(({ id }) => id);
}

const onlySnapshots = ({ all }: Touched): boolean => all;

function Planned({ id, rebuild }: { id: string; rebuild: () => Promise<void> }) {
  useEffect(() => watchRun(id), [id]);
  const summary = summaries.value.get(id);
  if (!summary) return <Skeleton lines={4} label="Starting the dry run" />;
  if (summary.run.endedAt === undefined)
    return (
      <Section title="Dry run in progress">
        <div class="card">
          <RunMeter summary={summary} />
        </div>
      </Section>
    );
  // Disconnected systems are shown with the totals.
  const troubles = troublesOf(summary).filter(({ code }) => code !== "AGENT_UNREACHABLE");
  return (
    <>
      {troubles.length > 0 && (
        <Section title="Worth knowing first">
          <TroubleList items={troubles} />
        </Section>
      )}
      {!summary.run.error && (
        <PlanResult run={summary.run}>
          <Action label="Rebuild" kind="primary" act={rebuild} />
        </PlanResult>
      )}
    </>
  );
}
