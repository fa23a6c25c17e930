import type { FastifyInstance } from "fastify";
import { ADDRESS_ROUTES } from "@sitewright/protocol/api";
import type { AddressControl } from "../../app/addresses/address-control.ts";
import { byContract } from "../contract.ts";
import { principalOf } from "../rights.ts";

/** For operators: the lines to other sites, shown and changed while they are in use. */
export function addressRoutes(app: FastifyInstance, addresses: AddressControl): void {
  const routes = byContract(app);
  const config = { right: "operator" } as const;
  const { list, show, set, steer } = ADDRESS_ROUTES;
  routes.get("/api/v1/addresses", { config, schema: list }, () => addresses.list());
  routes.get("/api/v1/addresses/:key", { config, schema: show }, ({ params }) => addresses.show(params.key));
  routes.patch("/api/v1/addresses/:key", { config, schema: set }, (request) =>
    addresses.set(principalOf(request), request.params.key, request.body),
  );
  routes.post("/api/v1/addresses/:key/pause", { config, schema: steer }, (request) =>
    addresses.pause(principalOf(request), request.params.key),
  );
  routes.post("/api/v1/addresses/:key/resume", { config, schema: steer }, (request) =>
    addresses.resume(principalOf(request), request.params.key),
  );
  routes.delete("/api/v1/addresses/:key/override", { config, schema: steer }, (request) =>
    addresses.reset(principalOf(request), request.params.key),
  );
}
