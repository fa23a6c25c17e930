import type { FastifyInstance } from "fastify";
import type { AddressControl } from "../../app/addresses/address-control.ts";
import type { AddressPatch } from "../../domain/addresses/address-override.ts";
import { principalOf } from "../rights.ts";

const TEXT = { type: "string", minLength: 1, maxLength: 40 };
const table = (most: number) => ({
  type: ["object", "null"],
  maxProperties: most,
  propertyNames: { maxLength: 60 },
  additionalProperties: TEXT,
});
const PATCH_BODY = {
  type: "object",
  additionalProperties: false,
  minProperties: 1,
  properties: { bandwidth: { ...TEXT, type: ["string", "null"] }, rateLimit: table(24), schedule: table(168) },
};

type Keyed = { Params: { key: string } };

/** The lines to other sites, seen and set while they are in use, for operators. */
export function addressRoutes(app: FastifyInstance, addresses: AddressControl): void {
  const config = { right: "operator" } as const;
  app.get("/api/v1/addresses", { config }, () => addresses.list());
  app.get<Keyed>("/api/v1/addresses/:key", { config }, ({ params }) => addresses.show(params.key));
  app.patch<Keyed & { Body: Omit<AddressPatch, "paused"> }>("/api/v1/addresses/:key", { config, schema: { body: PATCH_BODY } }, (request) =>
    addresses.set(principalOf(request), request.params.key, request.body),
  );
  app.post<Keyed>("/api/v1/addresses/:key/pause", { config }, (request) => addresses.pause(principalOf(request), request.params.key));
  app.post<Keyed>("/api/v1/addresses/:key/resume", { config }, (request) => addresses.resume(principalOf(request), request.params.key));
  app.delete<Keyed>("/api/v1/addresses/:key/override", { config }, (request) => addresses.reset(principalOf(request), request.params.key));
}
