import { useEffect, useRef } from "preact/hooks";
import { session } from "./api/client.ts";
import { route } from "./api/location.ts";
import { Empty } from "./components/page-parts.tsx";
import { AddressPage } from "./features/address/address-page.tsx";
import { AddressesPage } from "./features/address/addresses-page.tsx";
import { BackupPage } from "./features/backups/backup-page.tsx";
import { BackupsPage } from "./features/backups/backups-page.tsx";
import { DrillPage } from "./features/drill/drill-page.tsx";
import { ExpertPage } from "./features/expert/expert-page.tsx";
import { focusContent, Shell } from "./features/shell/shell.tsx";
import { HistoryPage } from "./features/history/history-page.tsx";
import { LedgerPage } from "./features/ledger/ledger-page.tsx";
import { OverviewPage } from "./features/overview/overview-page.tsx";
import { RecoveriesPage } from "./features/recovery/recoveries-page.tsx";
import { RecoveryPage } from "./features/recovery/recovery-page.tsx";
import { ReportPage } from "./features/recovery/report-page.tsx";
import { RunPage } from "./features/run/run-page.tsx";
import { SignInPage } from "./features/sign-in/sign-in-page.tsx";
import { SitesPage } from "./features/sites/sites-page.tsx";
import { StartPage } from "./features/start/start-page.tsx";
import { SystemPage } from "./features/system/system-page.tsx";
import { links, type Route } from "./lib/route.ts";
import { shortId } from "./lib/format.ts";

export function App() {
  const at = route.value;
  const before = useRef<Route["page"]>(undefined);
  useEffect(() => {
    document.title = `${titleOf(at)} · Sitewright`;
    // The link that led here is often gone: a screen reader starts with the new page, and so does the Tab key.
    if (before.current !== undefined && before.current !== "sign-in") focusContent();
    before.current = at.page;
  }, [at]);
  if (at.page === "sign-in") return <SignInPage code={at.code} />;
  // Neither an empty page nor one that is about to change.
  if (session.value === "out") return null;
  return (
    <Shell title={titleOf(at)}>
      <Page at={at} />
    </Shell>
  );
}

function Page({ at }: { at: Exclude<Route, { page: "sign-in" }> }) {
  switch (at.page) {
    case "overview":
      return <OverviewPage />;
    case "runs":
      return <HistoryPage />;
    case "run":
      return <RunPage key={at.id} id={at.id} />;
    case "system":
      return <SystemPage key={at.name} name={at.name} />;
    case "sites":
      return <SitesPage />;
    case "recoveries":
      return <RecoveriesPage />;
    case "recovery":
      return <RecoveryPage key={at.id} id={at.id} />;
    case "report":
      return <ReportPage key={at.id} id={at.id} />;
    case "drill":
      return <DrillPage />;
    case "backups":
      return <BackupsPage />;
    case "backup":
      return <BackupPage key={at.system} system={at.system} />;
    case "ledger":
      return <LedgerPage />;
    case "expert":
      return <ExpertPage />;
    case "addresses":
      return <AddressesPage />;
    case "address":
      return <AddressPage key={at.name} name={at.name} />;
    case "start":
      return <StartPage key={`${at.systems.join()} ${at.sites.join()}`} systems={at.systems} sites={at.sites} />;
    case "unknown":
      return (
        <Empty title="There is no such page">
          <a href={links.overview}>To the overview</a>
        </Empty>
      );
  }
}

function titleOf(at: Route): string {
  switch (at.page) {
    case "overview":
      return "Overview";
    case "runs":
      return "Runs";
    case "run":
      return `Run ${shortId(at.id)}`;
    case "system":
      return at.name;
    case "sites":
      return "Sites";
    case "recoveries":
      return "Recoveries";
    case "recovery":
      return `Recovery ${at.id}`;
    case "report":
      return `Report ${at.id}`;
    case "drill":
      return "Rehearse a recovery";
    case "backups":
      return "Backups";
    case "backup":
      return `Backups of ${at.system}`;
    case "ledger":
      return "Ledger";
    case "expert":
      return "Expert";
    case "addresses":
      return "Addresses";
    case "address":
      return `Address ${at.name}`;
    case "start":
      return "Start";
    case "sign-in":
      return "Sign in";
    case "unknown":
      return "Not found";
  }
}
