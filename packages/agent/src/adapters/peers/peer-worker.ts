import { parentPort, workerData } from "node:worker_threads";
import type { HeldContent } from "../../domain/tree/held-places.ts";
import type { FromPeerWorker, LookUp, PeerWorkerSetup, ToPeerWorker } from "./messages.ts";
import { answerQuery } from "./answer-query.ts";
import { createPeerServer, type PeerServer } from "./peer-server.ts";
import { createServedTables } from "./served-manifest.ts";
import { createTicketCheck } from "./ticket-check.ts";

const port = parentPort;
const { dataDir } = workerData as PeerWorkerSetup;
const tickets = createTicketCheck();
const tables = createServedTables(dataDir);
const lookUps = new Map<number, (held: HeldContent | undefined) => void>();
let server: PeerServer | undefined;
let place: { host: string; port: number; at: number } | undefined;
let last = 0;

const say = (message: FromPeerWorker): void => port?.postMessage(message);

const lookUp: LookUp = (unit, manifest) =>
  new Promise((resolve) => {
    lookUps.set(++last, resolve);
    say({ kind: "look-up", call: last, unit, manifest });
  });

async function listen(host: string, wanted: number): Promise<void> {
  if (place?.host !== host || place.port !== wanted) {
    server?.close();
    place = undefined;
    server = createPeerServer({ tables, tickets, lookUp });
    place = { host, port: wanted, at: await server.listen(host, wanted) };
  }
  say({ kind: "listening", port: place.at });
}

port?.on("message", (message: ToPeerWorker) => {
  switch (message.kind) {
    case "listen":
      tickets.use(message.tickets);
      for (const system of message.gone) server?.shutOut(system);
      listen(message.host, message.port).catch((error: unknown) => say({ kind: "failed", message: (error as Error).message }));
      return;
    case "held":
      lookUps.get(message.call)?.(message.held);
      lookUps.delete(message.call);
      return;
    case "query":
      return say({ kind: "answer", call: message.call, parts: answerQuery(message.query, { dataDir, tableOf: tables.of, ...message }) });
    case "end":
      server?.close();
      port.close();
  }
});
