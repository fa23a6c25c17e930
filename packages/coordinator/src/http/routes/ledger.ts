import { Readable } from "node:stream";
import type { FastifyInstance } from "fastify";
import { LEDGER_ROUTES, type LedgerEntry } from "@sitewright/protocol/api";
import type { Ledger } from "../../app/ledger/ledger.ts";
import { CSV_HEAD, csvRow } from "../../domain/ledger/ledger-csv.ts";
import { byContract } from "../contract.ts";

/** For operators: who did what, and whether that record is intact. */
export function ledgerRoutes(app: FastifyInstance, ledger: Pick<Ledger, "page" | "entries" | "verify">): void {
  const routes = byContract(app);
  const config = { right: "operator" } as const;
  routes.get("/api/v1/ledger", { config, schema: LEDGER_ROUTES.list }, ({ query }) => ledger.page(query));
  routes.get("/api/v1/ledger/verify", { config, schema: LEDGER_ROUTES.verify }, () => ledger.verify());
  routes.get(
    "/api/v1/ledger/export",
    { config, schema: LEDGER_ROUTES.export },
    async ({ query: { format = "jsonl", ...wanted } }, reply) => {
      void reply.header("content-disposition", `attachment; filename="ledger.${format}"`);
      void reply.type(format === "csv" ? "text/csv; charset=utf-8" : "application/jsonl");
      const entries = ledger.entries(wanted);
      return reply.send(Readable.from(format === "csv" ? asCsv(entries) : asJsonLines(entries)));
    },
  );
}

async function* asJsonLines(entries: AsyncIterable<LedgerEntry>): AsyncGenerator<string> {
  for await (const entry of entries) yield `${JSON.stringify(entry)}\n`;
}

async function* asCsv(entries: AsyncIterable<LedgerEntry>): AsyncGenerator<string> {
  yield CSV_HEAD;
  for await (const entry of entries) yield csvRow(entry);
}
