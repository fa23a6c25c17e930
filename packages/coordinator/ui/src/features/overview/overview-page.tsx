import { now } from "../../api/clock.ts";
import { overview, recentViews } from "../../api/store.ts";
import { Section, Skeleton } from "../../components/page-parts.tsx";
import { useFirst } from "../../components/use-first.tsx";
import { attentionOf } from "../../lib/attention.ts";
import { plural } from "../../lib/format.ts";
import { links } from "../../lib/route.ts";
import type { Overview, RunView } from "../../lib/types.ts";
import { RunTable } from "../history/run-table.tsx";
import { AttentionPanel } from "./attention-panel.tsx";
import { CurrentRuns } from "./current-runs.tsx";
import { SiteCard } from "./site-card.tsx";

export function OverviewPage() {
  const state = overview.value;
  if (!state)
    return (
      <>
        <h1 class="unseen">Overview</h1>
        <div class="card">
          <Skeleton lines={4} label="Loading the hierarchy" />
        </div>
        <div class="card">
          <Skeleton lines={8} label="Loading the systems" />
        </div>
      </>
    );
  const views = recentViews.value;
  return (
    <>
      <h1 class="unseen">Overview</h1>
      <AttentionPanel {...attentionOf(state, views, now.value)} />
      <CurrentRuns />
      <Hierarchy state={state} views={views} />
      <Section title="Last runs" aside={<a href={links.runs}>All runs</a>}>
        <RunTable runs={state.runs.slice(0, 5)} />
      </Section>
    </>
  );
}

/** Sites that are drawn at once. */
const MOST_SITES = 30;

function Hierarchy({ state, views }: { state: Overview; views: readonly RunView[] }) {
  const { shown, more } = useFirst(state.sites, "site", MOST_SITES);
  const serving = state.systems.filter(({ roles }) => roles.length > 0);
  const connected = serving.filter((system) => system.connected).length;
  return (
    <Section
      title="Hierarchy"
      aside={
        <span class="muted">
          {plural(state.sites.length, "site")} · {connected} of {plural(serving.length, "system")} connected
        </span>
      }
    >
      <div class="sites">
        {shown.map((site) => (
          <SiteCard key={site.code} site={site} overview={state} views={views} />
        ))}
      </div>
      {more}
    </Section>
  );
}
