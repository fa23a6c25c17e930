import { Readable } from "node:stream";
import type { FastifyInstance } from "fastify";
import { LEDGER_ROUTES, type LedgerQuery } from "@sitewright/protocol/api";
import type { Ledger } from "../../app/ledger/ledger.ts";
import { CSV_HEAD, csvRow } from "../../domain/ledger/ledger-csv.ts";

/** Who did what, and whether that record is whole, for operators. */
export function ledgerRoutes(app: FastifyInstance, ledger: Pick<Ledger, "page" | "entries" | "verify">): void {
  const config = { right: "operator" } as const;
  app.get<{ Querystring: LedgerQuery }>(
    "/api/v1/ledger",
    { config, schema: { querystring: LEDGER_ROUTES.list.querystring } },
    ({ query }) => ledger.page(query),
  );
  app.get("/api/v1/ledger/verify", { config }, () => ledger.verify());
  app.get<{ Querystring: { format?: "jsonl" | "csv" } }>(
    "/api/v1/ledger/export",
    { config, schema: { querystring: LEDGER_ROUTES.export.querystring } },
    ({ query: { format = "jsonl" } }, reply) => {
      void reply.header("content-disposition", `attachment; filename="ledger.${format}"`);
      void reply.type(format === "csv" ? "text/csv; charset=utf-8" : "application/jsonl");
      return reply.send(Readable.from(format === "csv" ? asCsv(ledger) : asJsonLines(ledger)));
    },
  );
}

async function* asJsonLines(ledger: Pick<Ledger, "entries">): AsyncGenerator<string> {
  for await (const entry of ledger.entries()) yield `${JSON.stringify(entry)}\n`;
}

async function* asCsv(ledger: Pick<Ledger, "entries">): AsyncGenerator<string> {
  yield CSV_HEAD;
  for await (const entry of ledger.entries()) yield csvRow(entry);
}
