import type { FastifyInstance, FastifyRequest } from "fastify";
import { SitewrightError, type Priority } from "@sitewright/protocol";
import { CONTENT_ROUTES } from "@sitewright/protocol/api";
import type { Admission } from "../../../adapters/admission.ts";
import { openPacedWriter, pacedSlices, type PacedWriter } from "../../../adapters/content/paced-writer.ts";
import type { Pacer } from "../../../adapters/content/pacer.ts";
import type { AgentPackages, OpenPackage } from "../../../app/agents/agent-packages.ts";
import type { Log } from "../../../app/log.ts";
import type { AgentRegistry } from "../../../app/ports/agents.ts";
import type { Clock } from "../../../app/ports/clock.ts";
import type { Hierarchy } from "../../../domain/sites/hierarchy.ts";
import { byContract } from "../../contract.ts";
import { errorBody } from "../../errors.ts";
import { createGuessLimit } from "../../guess-limit.ts";
import { joinSecret } from "../../rights.ts";
import { sha256 } from "../../secrets.ts";
import { sendSlices, takenInTime } from "../content.ts";

export interface AgentPackageDeps {
  agentPackages: Pick<AgentPackages, "open">;
  registry: Pick<AgentRegistry, "checkJoinToken">;
  hierarchy: () => Hierarchy | undefined;
  pacer: Pacer;
  admission: Pick<Admission, "proved">;
  log: Log;
  clock: Clock;
}

/** Wrong tokens per minute from one address that are refused without delay. */
const MOST_WRONG = 60;
/** Transfers to one system at the same time: one that broke off may not have been noticed yet. */
const MOST_AT_ONCE = 3;
/** ms within which the other side receives what was sent. */
const SILENCE = 30_000;
/** Somebody waits for it on that system. */
const INSTALLER: Priority = "high";

/** What an agent is installed from, at the pace of the line to its system. A join token is only checked by it, and not used up. */
export function agentPackageRoutes(app: FastifyInstance, deps: AgentPackageDeps): void {
  const { agentPackages, registry, hierarchy, pacer, admission, log, clock } = deps;
  const guesses = createGuessLimit(MOST_WRONG);
  const underWay = new Map<string, number>();

  /** The system that the token is for. */
  async function provenSystem({
    query,
    headers,
    ip,
    raw,
  }: Pick<FastifyRequest, "headers" | "ip" | "raw"> & { query: { system?: string } }) {
    const hash = sha256(joinSecret(headers)).toString("hex");
    const { system } = query;
    if (system === undefined) throw new SitewrightError("BAD_REQUEST", "name the system of the join token: ?system=NAME");
    await registry.checkJoinToken(hash, system, clock()).catch(async (error: unknown) => {
      const isWrong = error instanceof SitewrightError && error.code === "JOIN_TOKEN_INVALID";
      throw isWrong ? await guesses.wrong(ip, error) : error;
    });
    if (!hierarchy()?.systems.has(system))
      throw new SitewrightError(
        "SYSTEM_UNKNOWN",
        `the hierarchy has no system ${JSON.stringify(system)}: make a token for one that it has`,
      );
    admission.proved(raw.socket);
    return system;
  }

  function begin(system: string): () => void {
    const before = underWay.get(system) ?? 0;
    if (before >= MOST_AT_ONCE)
      throw new SitewrightError("TOO_MANY_REQUESTS", `${before} transfers of the agent to ${system} are under way: wait for one of them`);
    underWay.set(system, before + 1);
    return () => {
      const left = (underWay.get(system) ?? 1) - 1;
      if (left > 0) underWay.set(system, left);
      else underWay.delete(system);
    };
  }

  byContract(app).get(
    "/content/v1/agents/:digest",
    { config: { right: "installer" }, compress: false, schema: CONTENT_ROUTES.agentPackage },
    async (request, reply) => {
      const { agent, params, headers } = request;
      const system = agent?.system ?? (await provenSystem(request));
      pacer.chargeConnection(system);
      const end = begin(system);
      let file: OpenPackage | undefined;
      try {
        file = await agentPackages.open(params.digest);
        if (!file)
          throw new SitewrightError("NOT_FOUND", `this coordinator has no agent with the SHA-256 ${params.digest}: make another line`);
      } catch (error) {
        end();
        throw error;
      }
      const gone = new AbortController();
      const closed = (): void => gone.abort(new SitewrightError("CONTENT_UNAVAILABLE", "the client has gone"));
      reply.raw.once("close", closed);
      const close = async (): Promise<void> => {
        end();
        await file.close();
      };
      const from = firstByte(headers.range);
      void reply.header("accept-ranges", "bytes").header("etag", `"${params.digest}"`).type("application/octet-stream");
      if (from >= file.bytes && from > 0) {
        await close();
        const refusal = new SitewrightError("BAD_REQUEST", `the agent has ${file.bytes} bytes, and the request begins at ${from}`);
        return reply
          .code(416)
          .header("content-range", `bytes */${file.bytes}`)
          .type("application/json")
          .send(errorBody(refusal) as never);
      }
      if (from > 0) void reply.code(206).header("content-range", `bytes ${from}-${file.bytes - 1}/${file.bytes}`);
      void reply.header("content-length", file.bytes - from);
      log.info({ system, digest: params.digest, from }, "an agent's package is sent");
      const signal = agent ? AbortSignal.any([gone.signal, agent.ended]) : gone.signal;
      const pacedWriter = openPacedWriter(
        (want, ended) => pacer.take({ system, priority: INSTALLER }, want, ended),
        () => undefined,
        signal,
      );
      const silent = (): void => gone.abort(new SitewrightError("CONTENT_UNAVAILABLE", "nothing is received: request the rest again"));
      const brokeOff = (error: string): void => log.warn({ system, error }, "the transfer of an agent's package broke off");
      return sendSlices(reply, takenInTime(slices(file, from, pacedWriter, close), SILENCE, silent), signal, brokeOff);
    },
  );
}

async function* slices(file: OpenPackage, from: number, pacedWriter: PacedWriter, close: () => Promise<void>): AsyncGenerator<Uint8Array> {
  try {
    for await (const piece of file.read(from)) yield* pacedSlices(piece, pacedWriter);
  } finally {
    await close();
  }
}

/** Of `Range: bytes=N-`; other ranges are answered with the whole, which HTTP permits. */
function firstByte(range: string | undefined): number {
  return Number(/^bytes=(\d{1,15})-$/.exec(range ?? "")?.[1] ?? 0);
}
