import { now } from "../../api/clock.ts";
import { overview, recentViews } from "../../api/store.ts";
import { Section, Skeleton } from "../../components/page-parts.tsx";
import { attentionOf } from "../../lib/attention.ts";
import { plural } from "../../lib/format.ts";
import { links } from "../../lib/route.ts";
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
  const items = attentionOf(state, views, now.value);
  const serving = state.systems.filter(({ roles }) => roles.length > 0);
  const connected = serving.filter((system) => system.connected).length;
  return (
    <>
      <h1 class="unseen">Overview</h1>
      {items.length > 0 && <AttentionPanel items={items} />}
      <CurrentRuns />
      <Section
        title="Hierarchy"
        aside={
          <span class="muted">
            {plural(state.sites.length, "site")} · {connected} of {plural(serving.length, "system")} connected
          </span>
        }
      >
        <div class="sites">
          {state.sites.map((site) => (
            <SiteCard key={site.code} site={site} overview={state} views={views} />
          ))}
        </div>
      </Section>
      <Section title="Last runs" aside={<a href={links.runs}>All runs</a>}>
        <RunTable runs={state.runs.slice(0, 5)} />
      </Section>
    </>
  );
}
