import { useSignal } from "@preact/signals";
import type { Overview, SitePage, SystemFilter } from "@sitewright/protocol/api";
import { queryOf } from "../../api/query.ts";
import { useLive } from "../../api/reload.ts";
import { Empty, SearchField, Section, Skeleton } from "../../components/page-parts.tsx";
import { Pager } from "../../components/pager.tsx";
import { Segments } from "../../components/segments.tsx";
import { plural } from "../../lib/format.ts";
import { SiteCard } from "./site-card.tsx";

const FILTERS: readonly { value: SystemFilter | "all"; name: string }[] = [
  { value: "all", name: "All" },
  { value: "attention", name: "Need attention" },
  { value: "working", name: "Working" },
  { value: "rebuilt", name: "Rebuilt" },
  { value: "other", name: "Other" },
];

/** Anything may change what is listed, and in which order. */
const always = (): boolean => true;

/** The sites, page by page; those where something needs attention come first. */
export function Hierarchy({ state }: { state: Overview }) {
  const filter = useSignal<SystemFilter | "all">("all");
  const text = useSignal("");
  const cursors = useSignal<readonly string[]>([]);
  const asked = { text: text.value.trim(), after: cursors.value.at(-1), state: filter.value === "all" ? undefined : filter.value };
  const { answer } = useLive<SitePage>(`/api/v1/overview/sites${queryOf(asked)}`, always);
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
      <div class="filters">
        <Segments
          legend="Systems"
          name="systems"
          options={FILTERS}
          counts={answer?.counts}
          value={filter.value}
          choose={(value) => {
            filter.value = value;
            cursors.value = [];
          }}
        />
        <SearchField label="Find a site or a system" text={text} onInput={() => (cursors.value = [])} />
      </div>
      {!answer && <Skeleton lines={8} label="Loading the systems" />}
      {answer && answer.sites.length === 0 && <Empty title="No site or system fits these filters" />}
      <div class="sites">
        {answer?.sites.map((one) => (
          <SiteCard key={one.site.code} {...one} />
        ))}
      </div>
      {answer && <Pager cursors={cursors} next={answer.next} found={answer.found} shown={answer.sites.length} one="site" />}
    </Section>
  );
}
