import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { SiteBackupStatus } from "@sitewright/protocol/api";
import { useAsked } from "../../api/asked.ts";
import { now } from "../../api/clock.ts";
import { beginSiteBackup, siteBackups } from "../../api/site-backups.ts";
import { overview } from "../../api/store.ts";
import { Action } from "../../components/action.tsx";
import { Empty, Fault, Section, Skeleton } from "../../components/page-parts.tsx";
import { Pill } from "../../components/pill.tsx";
import { Table, type Column } from "../../components/table.tsx";
import { formatAgo, formatBytes, formatMoment } from "../../lib/format.ts";
import { links } from "../../lib/route.ts";
import { runLook, siteLook, verifiedWords } from "../../lib/site-backups.ts";

type Run = SiteBackupStatus["runs"][number];

/** How often the server is asked while a backup runs, ms. */
const POLL_MS = 3_000;

/** The backups of one site: a page of its own for each, so that what another server answers late is not shown. */
export function BackupPage({ system }: { system: string }) {
  return <SiteBackups key={system} system={system} />;
}

function SiteBackups({ system }: { system: string }) {
  const polls = useSignal(0);
  const asked = useAsked(() => siteBackups(system), [system, polls.value]);
  const { answer: status, fault } = asked.value;
  const runs = status?.running !== undefined;
  useEffect(() => {
    const timer = runs ? setInterval(() => (polls.value += 1), POLL_MS) : undefined;
    return () => clearInterval(timer);
  }, [runs]);
  const site = overview.value?.sites.find(({ server }) => server === system);
  return (
    <>
      <div class="page-head">
        <h1>Backups of {site ? [site.code, site.name].filter(Boolean).join(" · ") : system}</h1>
        {status && <Pill look={siteLook({ status }, now.value)} />}
        <div class="actions">
          <a class="button button-quiet" href={links.backups}>
            All sites
          </a>
          <a class="button button-quiet" href={links.system(system)}>
            {system}
          </a>
          <BackUpNow system={system} disabled={!status || runs} onBegun={(answer) => (asked.value = { answer, fault: undefined })} />
        </div>
      </div>
      <Fault message={fault} />
      {status ? <Status status={status} /> : !fault && <Skeleton lines={6} label="Asking the server of the site" />}
    </>
  );
}

function BackUpNow(props: { system: string; disabled: boolean; onBegun: (status: SiteBackupStatus) => void }) {
  const { system, disabled, onBegun } = props;
  return (
    <Action
      label="Back up now"
      kind="primary"
      disabled={disabled}
      act={async () => onBegun(await beginSiteBackup(system))}
      question={{
        title: `Back up the site of ${system} now?`,
        text: <p>All services of the site are stopped until its four parts are saved, and are started again then, whatever happens.</p>,
        yes: "Back it up",
      }}
    />
  );
}

function Status({ status: { runs, running, due } }: { status: SiteBackupStatus }) {
  return (
    <>
      <div class="card">
        <dl class="facts">
          <div>
            <dt>Running</dt>
            <dd>{running === undefined ? "none" : `since ${formatMoment(running)}: the services of the site are stopped`}</dd>
          </div>
          <div>
            <dt>Next</dt>
            <dd>{due === undefined ? "none is scheduled" : formatMoment(due)}</dd>
          </div>
        </dl>
      </div>
      <Section title="Runs">
        {runs.length === 0 ? (
          <Empty title="There is no backup yet" />
        ) : (
          <Table caption="Backups, the newest first" columns={COLUMNS} rows={runs} rowKey={({ run }) => run} one="run" below={FaultOf} />
        )}
      </Section>
    </>
  );
}

const COLUMNS: readonly Column<Run>[] = [
  { head: "Run", rowHead: true, value: RunName },
  { head: "State", value: (run) => <Pill look={runLook(run)} /> },
  { head: "Begun", value: BegunAt },
  { head: "Took", numeric: true, value: ({ began, ended }) => `${Math.ceil((ended - began) / 1000)} s` },
  { head: "Files", numeric: true, value: ({ files }) => files.toLocaleString("en") },
  { head: "Size", numeric: true, value: ({ bytes }) => formatBytes(bytes) },
  { head: "Stored", numeric: true, value: ({ added }) => formatBytes(added) },
  { head: "Read back", wide: true, value: (run) => verifiedWords(run, now.value) },
];

/** One element: on a narrow screen it stands beside the name of its column. */
function RunName({ run, archived }: Run) {
  return (
    <span>
      <span class="nowrap">{run}</span>
      {archived !== undefined && <span class="note">kept as {archived}</span>}
    </span>
  );
}

function BegunAt({ began }: Run) {
  return (
    <span class="nowrap" title={formatMoment(began)}>
      {formatAgo(began, now.value)}
    </span>
  );
}

function FaultOf({ fault }: Run) {
  return fault === undefined ? undefined : <p class="muted">{fault}</p>;
}
