import { findPackageJSON } from "node:module";
import { dirname, join } from "node:path";
import fastifyStatic from "@fastify/static";
import type { FastifyInstance } from "fastify";
import { PAGE_ROUTES } from "@sitewright/protocol/api";
import { byContract } from "../contract.ts";

/** Where the build puts the user interface, for the bundled program and for its sources alike. */
export const UI_FOLDER = join(dirname(findPackageJSON(import.meta.url) ?? ""), "dist/ui");

const YEAR = { maxAge: "365d", immutable: true } as const;

/** The user interface: a page that is never cached, and assets whose names change with their content. */
export function uiRoutes(app: FastifyInstance, folder: string): void {
  const config = { right: "public" } as const;
  void app.register(fastifyStatic, { serve: false, root: folder, index: false, dotfiles: "ignore", suppressWarning: true });
  const routes = byContract(app);
  routes.get("/", { config, schema: PAGE_ROUTES.page }, async (_, reply) =>
    reply.header("cache-control", "no-cache").sendFile("index.html", { cacheControl: false }),
  );
  routes.get("/favicon.svg", { config, schema: PAGE_ROUTES.icon }, async (_, reply) => reply.sendFile("favicon.svg", { maxAge: "1d" }));
  routes.get("/assets/*", { config, schema: PAGE_ROUTES.asset }, async ({ params }, reply) =>
    reply.sendFile(`assets/${params["*"]}`, YEAR),
  );
}
