import type { FastifyInstance, FastifyTypeProvider } from "fastify";
import type { JsonSchema, Of } from "@sitewright/protocol/api";

/** What may be answered: arrays and objects that nobody may change do as well. */
export type Given<Value> = Value extends object ? { readonly [Key in keyof Value]: Given<Value[Key]> } : Value;

/** What a handler gets and gives is of the types of the schemas that its route states. */
interface Contract extends FastifyTypeProvider {
  validator: this["schema"] extends JsonSchema ? Of<this["schema"]> : unknown;
  serializer: this["schema"] extends JsonSchema ? Given<Of<this["schema"]>> : unknown;
}

/** The same application, for routes that state schemas of the protocol's API. */
export function byContract(app: FastifyInstance) {
  return app.withTypeProvider<Contract>();
}

/** Every route states what it answers, or the server does not come up. */
export function demandContract(app: FastifyInstance): void {
  app.addHook("onRoute", ({ method, url, schema }) => {
    if (!schema?.response) throw new Error(`the route ${String(method)} ${url} states no schemas of its answers`);
  });
}
