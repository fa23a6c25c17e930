import type { FastifyInstance } from "fastify";
import type { Operations } from "../../app/runs/operations.ts";
import { principalOf } from "../rights.ts";

const BODY = {
  type: "object",
  additionalProperties: false,
  required: ["system"],
  properties: { system: { type: "string", minLength: 1, maxLength: 255 } },
};

export function joinTokenRoutes(app: FastifyInstance, operations: Operations): void {
  app.post<{ Body: { system: string } }>("/api/v1/join-tokens", { config: { right: "operator" }, schema: { body: BODY } }, (request) =>
    operations.createJoinToken(principalOf(request), request.body.system),
  );
}
