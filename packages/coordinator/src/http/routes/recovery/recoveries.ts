import type { FastifyInstance } from "fastify";
import { RECOVERY_ROUTES } from "@sitewright/protocol/api";
import type { Recoveries } from "../../../app/recovery/recoveries.ts";
import type { RecoveryWork } from "../../../app/recovery/recovery-work.ts";
import { byContract } from "../../contract.ts";
import { principalOf } from "../../rights.ts";

/** Recoveries of sites, for operators. */
export function recoveryRoutes(app: FastifyInstance, recoveries: Recoveries, work: Pick<RecoveryWork, "perform">): void {
  const routes = byContract(app);
  const config = { right: "operator" } as const;
  const { list, show, report, start, record, perform, answer, finish, abandon } = RECOVERY_ROUTES;
  const one = "/api/v1/recoveries/:recovery";
  routes.get("/api/v1/recoveries", { config, schema: list }, () => recoveries.list());
  routes.post("/api/v1/recoveries", { config, schema: start }, (request) => recoveries.open(principalOf(request), request.body));
  routes.get(one, { config, schema: show }, ({ params }) => recoveries.show(params.recovery));
  routes.get(`${one}/report`, { config, schema: report }, ({ params }) => recoveries.report(params.recovery));
  routes.post(`${one}/tasks/:task`, { config, schema: record }, (request) =>
    recoveries.record(principalOf(request), request.params.recovery, request.params.task, request.body),
  );
  routes.post(`${one}/tasks/:task/perform`, { config, schema: perform }, (request) =>
    work.perform(principalOf(request), request.params.recovery, request.params.task, request.body),
  );
  routes.post(`${one}/answers`, { config, schema: answer }, (request) =>
    recoveries.answer(principalOf(request), request.params.recovery, request.body.answers),
  );
  routes.post(`${one}/finish`, { config, schema: finish }, (request) =>
    recoveries.finish(principalOf(request), request.params.recovery, request.body),
  );
  routes.post(`${one}/abandon`, { config, schema: abandon }, (request) =>
    recoveries.abandon(principalOf(request), request.params.recovery, request.body.reason),
  );
}
