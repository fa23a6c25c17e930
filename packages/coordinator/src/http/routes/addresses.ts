import type { FastifyInstance } from "fastify";
import { ADDRESS_ROUTES } from "@sitewright/protocol/api";
import type { AddressControl } from "../../app/addresses/address-control.ts";
import type { AddressPatch } from "../../domain/addresses/address-override.ts";
import { principalOf } from "../rights.ts";

type Keyed = { Params: { key: string } };

/** The lines to other sites, seen and set while they are in use, for operators. */
export function addressRoutes(app: FastifyInstance, addresses: AddressControl): void {
  const config = { right: "operator" } as const;
  app.get("/api/v1/addresses", { config }, () => addresses.list());
  app.get<Keyed>("/api/v1/addresses/:key", { config }, ({ params }) => addresses.show(params.key));
  app.patch<Keyed & { Body: Omit<AddressPatch, "paused"> }>(
    "/api/v1/addresses/:key",
    { config, schema: { body: ADDRESS_ROUTES.set.body } },
    (request) => addresses.set(principalOf(request), request.params.key, request.body),
  );
  app.post<Keyed>("/api/v1/addresses/:key/pause", { config }, (request) => addresses.pause(principalOf(request), request.params.key));
  app.post<Keyed>("/api/v1/addresses/:key/resume", { config }, (request) => addresses.resume(principalOf(request), request.params.key));
  app.delete<Keyed>("/api/v1/addresses/:key/override", { config }, (request) => addresses.reset(principalOf(request), request.params.key));
}
