import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Deletion, RecoverySummary, SiteState } from "@sitewright/protocol/api";
import { messageOf } from "../../api/client.ts";
import { listDeletions } from "../../api/deletions.ts";
import { listRecoveries, recoveryTurn } from "../../api/recoveries.ts";
import { listSites } from "../../api/recovery.ts";
import { overview, refreshSoon } from "../../api/store.ts";
import { Fault, Skeleton } from "../../components/page-parts.tsx";
import { Pill } from "../../components/pill.tsx";
import { Table, type Column } from "../../components/table.tsx";
import { formatMoment, plural } from "../../lib/format.ts";
import { links } from "../../lib/route.ts";
import type { Look } from "../../lib/words.ts";
import { Deletions } from "./deletions.tsx";
import { HeldSite } from "./held-site.tsx";
import { SiteObjects } from "./site-objects.tsx";
import { Witnesses } from "./witnesses.tsx";
import { ShrunkSite } from "./shrunk-site.tsx";
import { UnsettledSite } from "./unsettled-site.tsx";

const HELD: Look = { word: "recovery required", tone: "bad", icon: "pause" };
const SHRUNK: Look = { word: "most of it missing", tone: "bad", icon: "pause" };
const UNSETTLED: Look = { word: "recovery not settled", tone: "warn", icon: "pause" };
const AS_SEEN: Look = { word: "as it was seen", tone: "ok", icon: "check" };
const UNKNOWN: Look = { word: "states no numbers", tone: "idle", icon: "dash" };

/** Every site with its identity and its numbers, and those with lowered numbers. */
export function SitesPage() {
  const sites = useSignal<SiteState[] | undefined>(undefined);
  const fault = useSignal<string | undefined>(undefined);
  const deletions = useSignal<Deletion[]>([]);
  const recoveries = useSignal<RecoverySummary[]>([]);
  const read = async (): Promise<void> => {
    const [found, deleted, all] = await Promise.all([listSites(), listDeletions(), listRecoveries()]);
    [sites.value, deletions.value] = [found, deleted];
    recoveries.value = all.filter(({ state }) => state === "open");
  };
  // The findings are part of the overview.
  const problems = overview.value?.problems;
  const turn = recoveryTurn.value;
  useEffect(() => {
    read().catch((error: unknown) => (fault.value = messageOf(error)));
  }, [problems, turn]);
  const all = sites.value;
  return (
    <>
      <div class="page-head">
        <h1>Sites</h1>
        {all && <span class="muted">{plural(all.length, "site")}, by the numbers of their definitions</span>}
        <div class="actions">
          <a class="button button-quiet" href={links.backups}>
            Backups
          </a>
        </div>
      </div>
      {!all && <Fault message={fault.value} />}
      {!all && !fault.value && <Skeleton lines={4} label="Loading the sites" />}
      {all
        ?.filter(({ shrunk }) => shrunk.length > 0)
        .map((site) => (
          <ShrunkSite key={site.code} site={site} onChange={() => read().then(refreshSoon)} />
        ))}
      {all
        ?.filter(({ signs }) => signs.length > 0)
        .map((site) => (
          <HeldSite key={site.code} site={site} onChange={() => read().then(refreshSoon)} />
        ))}
      {all?.filter(isUnsettled).map((site) => (
        <UnsettledSite key={site.code} site={site} onChange={() => read().then(refreshSoon)} />
      ))}
      {all && (
        <Table
          caption="Sites"
          columns={COLUMNS}
          rows={all}
          rowKey={({ code }) => code}
          one="site"
          below={(site) => (
            <>
              <Witnesses site={site} />
              <SiteObjects site={site} />
            </>
          )}
        />
      )}
      {all && <Deletions deletions={deletions.value} recoveries={recoveries.value} onChange={() => read().then(refreshSoon)} />}
    </>
  );
}

/** What is missing and what went back is accepted first, and lifts this as well. */
function isUnsettled({ shrunk, signs, unsettled }: SiteState): boolean {
  return unsettled !== undefined && shrunk.length + signs.length === 0;
}

function lookOf(site: SiteState): Look {
  const { shrunk, signs, witnessed } = site;
  if (shrunk.length > 0) return SHRUNK;
  if (signs.length > 0) return HELD;
  if (isUnsettled(site)) return UNSETTLED;
  return witnessed ? AS_SEEN : UNKNOWN;
}

const COLUMNS: readonly Column<SiteState>[] = [
  {
    head: "Site",
    rowHead: true,
    value: ({ code, name }) => (
      <>
        <span class="site-code">{code}</span> {name}
      </>
    ),
  },
  { head: "State", value: (site) => <Pill look={lookOf(site)} /> },
  { head: "Epoch", numeric: true, value: ({ stated }) => String(stated.epoch) },
  { head: "Numbers", wide: true, value: (site) => <Numbers site={site} /> },
  { head: "Seen last", value: ({ witnessed }) => (witnessed ? formatMoment(witnessed.at) : <span class="muted">never</span>) },
];

function Numbers({ site: { stated, witnessed } }: { site: SiteState }) {
  const counters = [...new Set([...Object.keys(stated.serials), ...Object.keys(witnessed?.serials ?? {})])].toSorted((a, b) =>
    a < b ? -1 : 1,
  );
  if (counters.length === 0) return <span class="muted">none</span>;
  return (
    <ul class="numbers">
      {counters.map((counter) => {
        const [now, seen] = [stated.serials[counter], witnessed?.serials[counter]];
        const isBack = seen !== undefined && (now ?? -1) < seen;
        return (
          <li key={counter}>
            {counter} <strong>{now ?? "gone"}</strong>
            {isBack && <span class="went-back"> seen: {seen}</span>}
          </li>
        );
      })}
    </ul>
  );
}
