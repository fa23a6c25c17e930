import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Overview } from "@sitewright/protocol/api";
import { whenHeardAgain } from "../../api/asked.ts";
import { messageOf } from "../../api/client.ts";
import { now } from "../../api/clock.ts";
import { siteBackups } from "../../api/site-backups.ts";
import { overview } from "../../api/store.ts";
import { Skeleton } from "../../components/page-parts.tsx";
import { Pill } from "../../components/pill.tsx";
import { Table, type Column } from "../../components/table.tsx";
import { formatAgo, formatMoment, plural } from "../../lib/format.ts";
import { links } from "../../lib/route.ts";
import { newestComplete, siteLook, verifiedWords, type Asked } from "../../lib/site-backups.ts";

interface Row {
  site: Overview["sites"][number];
  asked: Asked | undefined;
}

/** Every site with how its backups stand. The servers of the sites are asked: nothing is stored here. */
export function BackupsPage() {
  const sites = overview.value?.sites;
  const answers = useSignal<ReadonlyMap<string, Asked>>(new Map());
  const servers = sites?.map(({ server }) => server).join("\n");
  useEffect(() => {
    let left = false;
    const askOf = (some: Iterable<string>): void => {
      for (const server of some)
        void ask(server).then((asked) => {
          if (!left) answers.value = new Map([...answers.value, [server, asked]]);
        });
    };
    askOf(new Set(servers?.split("\n").filter(Boolean)));
    const end = whenHeardAgain(() => askOf([...answers.value].flatMap(([server, asked]) => ("fault" in asked ? [server] : []))));
    return () => {
      left = true;
      end();
    };
  }, [servers]);
  return (
    <>
      <div class="page-head">
        <h1>Backups of sites</h1>
        {sites && <span class="muted">{plural(sites.length, "site")}, as their servers state</span>}
      </div>
      <p class="page-note muted">
        What is stopped and saved is stated on each site server, in its control file. Here a backup can be begun, and nothing else.
      </p>
      {sites ? (
        <Table
          caption="Backups of sites"
          columns={COLUMNS}
          rows={sites.map((site): Row => ({ site, asked: answers.value.get(site.server) }))}
          rowKey={({ site }) => site.code}
          one="site"
          below={Trouble}
        />
      ) : (
        <Skeleton lines={6} label="Loading the sites" />
      )}
    </>
  );
}

async function ask(server: string): Promise<Asked> {
  try {
    return { status: await siteBackups(server) };
  } catch (error) {
    return { fault: messageOf(error) };
  }
}

const COLUMNS: readonly Column<Row>[] = [
  { head: "Site", rowHead: true, value: ({ site: { code, name } }) => [code, name].filter(Boolean).join(" · ") },
  { head: "Server", value: ({ site: { server } }) => <a href={links.backup(server)}>{server}</a> },
  { head: "Backups", value: ({ asked }) => <Pill look={siteLook(asked, now.value)} /> },
  { head: "Newest complete", value: NewestOf },
  { head: "Read back", value: ReadBack, wide: true },
  {
    head: "Next",
    value: ({ asked }) => (asked && "status" in asked && asked.status.due !== undefined ? formatMoment(asked.status.due) : "-"),
  },
];

function NewestOf({ asked }: Row) {
  const newest = asked && "status" in asked ? newestComplete(asked.status) : undefined;
  return newest ? (
    <span class="nowrap" title={formatMoment(newest.began)}>
      {formatAgo(newest.began, now.value)}
    </span>
  ) : (
    "-"
  );
}

function ReadBack({ asked }: Row) {
  const newest = asked && "status" in asked ? newestComplete(asked.status) : undefined;
  return newest ? verifiedWords(newest, now.value) : "-";
}

/** Why nothing is known, or why the last backup is none. */
function Trouble({ asked }: Row) {
  if (!asked) return undefined;
  const last = "status" in asked ? asked.status.runs[0] : undefined;
  const why = "fault" in asked ? asked.fault : last?.fault === undefined ? undefined : `The last one is ${last.state}: ${last.fault}`;
  return why === undefined ? undefined : <p class="muted">{why}</p>;
}
