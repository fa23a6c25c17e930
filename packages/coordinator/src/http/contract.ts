import type { FastifyInstance, FastifyTypeProvider } from "fastify";
import type { JsonSchema, Of } from "@sitewright/protocol/api";

/** What may be answered: readonly arrays and objects are accepted too. */
export type Given<Value> = Value extends object ? { readonly [Key in keyof Value]: Given<Value[Key]> } : Value;

/** The types of a handler's input and output follow from the schemas of its route. */
interface Contract extends FastifyTypeProvider {
  validator: this["schema"] extends JsonSchema ? Of<this["schema"]> : unknown;
  serializer: this["schema"] extends JsonSchema ? Given<Of<this["schema"]>> : unknown;
}

/** The same application, for routes with schemas of the protocol's API. */
export function byContract(app: FastifyInstance) {
  return app.withTypeProvider<Contract>();
}

/** Every route declares its answers, or the server does not start. */
export function demandContract(app: FastifyInstance): void {
  app.addHook("onRoute", ({ method, url, schema }) => {
    if (!schema?.response) throw new Error(`the route ${String(method)} ${url} states no schemas of its answers`);
  });
}
