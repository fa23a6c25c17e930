import type { FastifyInstance } from "fastify";
import { createAdmission } from "../adapters/admission.ts";
import type { Connections } from "../adapters/agent-gateway/connections.ts";
import { createGateway } from "../adapters/agent-gateway/gateway.ts";
import { createReservations } from "../adapters/agent-gateway/reservations.ts";
import type { KeyAndCertificate } from "../adapters/certificates.ts";
import type { Metrics } from "../adapters/metrics.ts";
import type { Pki } from "../adapters/pki.ts";
import type { CurrentTenure } from "../app/backup/current-tenure.ts";
import type { AddressControl } from "../app/addresses/address-control.ts";
import type { LineSpeeds } from "../app/addresses/line-speeds.ts";
import type { Agents } from "../app/agents/agents.ts";
import type { KnownMember } from "../app/agents/member-addresses.ts";
import type { Successions } from "../app/backup/successions.ts";
import type { SavedStates } from "../app/backup/saved-states.ts";
import type { Ledger } from "../app/ledger/ledger.ts";
import type { SiteBackups } from "../app/agents/site-backups.ts";
import type { LogBook } from "../app/agents/log-book.ts";
import { createRefusals } from "../app/agents/refusals.ts";
import type { ProgramUpdates } from "../app/agents/program-updates.ts";
import type { AgentPackages } from "../app/agents/agent-packages.ts";
import type { AgentEvents, AgentRegistry } from "../app/ports/agents.ts";
import type { ContentIndex } from "../app/ports/content.ts";
import type { Media } from "../app/media/media.ts";
import type { ObjectRepair } from "../app/recovery/object-repair.ts";
import type { ParentChecks } from "../app/recovery/parent-checks.ts";
import type { Drills } from "../app/recovery/drills.ts";
import type { Recoveries } from "../app/recovery/recoveries.ts";
import type { RecoveryWork } from "../app/recovery/recovery-work.ts";
import type { SerialRepair } from "../app/recovery/serial-repair.ts";
import type { Operations } from "../app/runs/operations.ts";
import type { DeletionControl } from "../app/sites/deletions.ts";
import type { SourceControl } from "../app/sites/source-control.ts";
import type { Topic } from "../app/topic.ts";
import { backupLineEndpoints } from "../http/backup-line.ts";
import { contentEndpoint } from "../http/content-endpoint.ts";
import { contentGrants } from "../http/content-rights.ts";
import { demandContract } from "../http/contract.ts";
import { createEndpointServer, CONNECTION_TIMEOUTS, type ConnectionTimeouts } from "../http/endpoint-server.ts";
import { answerErrors } from "../http/errors.ts";
import { createHostGuard } from "../http/host-guard.ts";
import { enforceRights } from "../http/rights.ts";
import { addressRoutes } from "../http/routes/addresses.ts";
import { backupRoutes } from "../http/routes/backups.ts";
import { agentPackageRoutes } from "../http/routes/agents/agent-packages.ts";
import { siteBackupRoutes } from "../http/routes/agents/site-backups.ts";
import { agentUpdateRoutes } from "../http/routes/agents/agent-updates.ts";
import { agentRoutes } from "../http/routes/agents/agents.ts";
import { coordinatorRoutes } from "../http/routes/coordinators.ts";
import { contentRoutes } from "../http/routes/content.ts";
import { eventRoutes } from "../http/routes/events.ts";
import { deletionRoutes } from "../http/routes/recovery/deletions.ts";
import { drillRoutes } from "../http/routes/recovery/drills.ts";
import { ledgerRoutes } from "../http/routes/ledger.ts";
import { joinTokenRoutes } from "../http/routes/agents/join-tokens.ts";
import { joinRoutes } from "../http/routes/agents/join.ts";
import { logRoutes } from "../http/routes/logs.ts";
import { mediaRoutes } from "../http/routes/media.ts";
import { metricsRoutes } from "../http/routes/metrics.ts";
import { publicRoutes, type PublicDeps } from "../http/routes/public.ts";
import { recoveryRoutes } from "../http/routes/recovery/recoveries.ts";
import { runRoutes } from "../http/routes/runs.ts";
import { sessionRoutes } from "../http/routes/session.ts";
import { hierarchyRoutes } from "../http/routes/recovery/hierarchy.ts";
import { believeClients } from "../http/forwarded-client.ts";
import { objectRoutes } from "../http/routes/recovery/objects.ts";
import { siteRoutes } from "../http/routes/recovery/sites.ts";
import { successionRoutes } from "../http/routes/agents/succession.ts";
import { sourceRoutes } from "../http/routes/sources.ts";
import { UI_FOLDER, uiRoutes } from "../http/routes/ui.ts";
import { createApp, listen } from "../http/server.ts";
import { createServing } from "../http/serving-endpoint.ts";
import { createSessions } from "../http/sessions.ts";
import { createSignInCodes } from "../http/sign-in-codes.ts";
import { agentEndpoint, upgradeHandler, type UpgradeEndpoint } from "../http/upgrade.ts";
import { wireContent, type ContentDeps } from "./content.ts";

export interface EndpointsDeps extends ContentDeps {
  operations: Operations;
  addresses: AddressControl;
  sources: SourceControl;
  serials: SerialRepair;
  recoveries: Recoveries;
  recoveryWork: Pick<RecoveryWork, "perform">;
  objects: ObjectRepair;
  parents: ParentChecks;
  deletions: DeletionControl;
  drills: Drills;
  agents: Agents;
  savedStates: SavedStates;
  successions: Successions;
  ledger: Ledger;
  logBook: Pick<LogBook, "read">;
  siteBackups: Pick<SiteBackups, "status" | "begin">;
  media: Media;
  registry: AgentRegistry;
  connections: Connections;
  agentPackages: AgentPackages;
  programUpdates: ProgramUpdates;
  events: AgentEvents;
  index: Pick<ContentIndex, "openChunks" | "openManifest">;
  lines: Pick<LineSpeeds, "watch" | "carried">;
  metrics: Pick<Metrics, "contentType" | "text">;
  /** Codes of the refusals. */
  refused: Pick<Topic<string>, "publish">;
  pki: Pick<Pki, "caPem">;
  notReady: PublicDeps["notReady"];
  operatorToken: string;
  coordinatorId: string;
  /** The coordinators of the hierarchy, this one first. */
  members: () => readonly KnownMember[];
  tenure: CurrentTenure;
  /** Of coordinators that stand by: with it they state whose requests they pass on. */
  clientSecret: Uint8Array;
}

export interface EndpointsOptions {
  tls: KeyAndCertificate;
  /** Also answer plain HTTP at the same port, for browsers and scripts; on loopback only. */
  plain: boolean;
  /** Host names that requests may use, beside those of loopback. */
  hosts: () => readonly string[];
  /** Folder of the built user interface; by default its place in this package. */
  ui?: string;
  timeouts?: ConnectionTimeouts;
}

export interface Endpoints {
  app: FastifyInstance;
  /** The upgrades that are offered, and their rights. */
  upgrades: readonly Pick<UpgradeEndpoint, "path" | "right">[];
  /** Starts; resolves with the URL, which is https where plain HTTP is off. Throws `BAD_REQUEST` for plain HTTP beyond loopback. */
  listen(address: { host: string; port: number }): Promise<string>;
  /** Ids of the coordinators that serve content for this one. */
  serving(): string[];
  /** Uses another certificate from now on; no connection ends. */
  useCertificate(tls: KeyAndCertificate): void;
  /** Ends every connection, reports the agents' disconnects, and stops. */
  close(): Promise<void>;
}

/** Assembles everything that listens; nothing listens before `listen`. */
export function wireEndpoints(
  deps: EndpointsDeps,
  { tls, plain, hosts, ui = UI_FOLDER, timeouts = CONNECTION_TIMEOUTS }: EndpointsOptions,
): Endpoints {
  const { connections, hierarchy, operations, operatorToken, refused, clock, steady, log } = deps;
  const content = wireContent(deps);
  const { pacer, neighbours } = content;
  const refusals = createRefusals({ hierarchy, log, refused });
  const admission = createAdmission((address) =>
    refusals.note({
      code: "TOO_MANY_REQUESTS",
      address,
      message:
        "connection refused: no more connections fit into the limit of open files; raise that limit (ulimit -n, LimitNOFILE) and start again",
    }),
  );
  const reservations = createReservations(operatorToken, clock);
  connections.shutOut.subscribe(neighbours.shutOut);
  connections.shutOut.subscribe(reservations.end);
  const gateway = createGateway({ ...deps, pacer, neighbours, admission, reservations, refusals });
  const guardHost = createHostGuard(hosts);
  const sessions = createSessions(operatorToken, steady, plain);
  const server = createEndpointServer({ tls, plain, timeouts, admission });
  const app = createApp(server);
  believeClients(app, deps.clientSecret);
  answerErrors(app, log, refusals);
  enforceRights(app, { guardHost, operatorToken, sessions, connections, admission });
  demandContract(app);
  const openGrant = contentGrants({ ...deps, pacer, neighbours });
  const serving = createServing({ openGrant, clientSecret: deps.clientSecret, log });
  const upgrades = [
    agentEndpoint(gateway, reservations, admission),
    contentEndpoint({ openGrant, index: deps.index, log }, admission),
    serving.endpoint,
    ...backupLineEndpoints({ ...deps, pacer, refusals }, admission),
  ];
  app.server.on("upgrade", upgradeHandler(guardHost, upgrades, refusals));
  void app.register(async (routes) => {
    publicRoutes(routes, { caPem: deps.pki.caPem, notReady: deps.notReady });
    uiRoutes(routes, ui);
    sessionRoutes(routes, { ...deps, sessions, codes: createSignInCodes(steady) });
    joinRoutes(routes, { ...deps, links: connections });
    runRoutes(routes, operations);
    addressRoutes(routes, deps.addresses);
    sourceRoutes(routes, deps.sources);
    siteRoutes(routes, deps.serials);
    recoveryRoutes(routes, deps.recoveries, deps.recoveryWork);
    objectRoutes(routes, deps.objects);
    hierarchyRoutes(routes, deps.parents);
    deletionRoutes(routes, deps.deletions);
    drillRoutes(routes, deps.drills);
    agentRoutes(routes, deps.agents);
    agentUpdateRoutes(routes, deps.programUpdates);
    backupRoutes(routes, deps.savedStates);
    siteBackupRoutes(routes, deps.siteBackups);
    mediaRoutes(routes, deps.media);
    successionRoutes(routes, deps.successions);
    joinTokenRoutes(routes, { ...deps, caPem: deps.pki.caPem });
    eventRoutes(routes, operations, deps.liveView);
    logRoutes(routes, deps.logBook);
    coordinatorRoutes(routes, deps.members, serving.members);
    ledgerRoutes(routes, deps.ledger);
    metricsRoutes(routes, deps.metrics);
    contentRoutes(routes, { ...deps, pacer, neighbours });
    agentPackageRoutes(routes, { ...deps, pacer, admission });
  });

  return {
    app,
    upgrades,
    listen: (address) => listen(app, address, plain),
    useCertificate: server.useCertificate,
    serving: serving.members,
    async close() {
      content.stop();
      serving.close();
      await gateway.close();
      server.close();
      await app.close();
      refusals.stop();
    },
  };
}
