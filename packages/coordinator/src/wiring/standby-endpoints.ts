import { isLoopback } from "@sitewright/protocol";
import { createAdmission } from "../adapters/admission.ts";
import { announce } from "../adapters/files/coordinator-file.ts";
import type { Pki } from "../adapters/pki.ts";
import type { Members } from "../adapters/redis/members.ts";
import { createLeaderLine } from "../adapters/serving/leader-line.ts";
import type { KnownMember } from "../app/agents/member-addresses.ts";
import { createRefusals } from "../app/agents/refusals.ts";
import type { Log } from "../app/log.ts";
import type { ContentIndex } from "../app/ports/content.ts";
import { createTopic } from "../app/topic.ts";
import type { ListenAddress } from "../config.ts";
import { createStandbyServer } from "../http/standby-server.ts";
import type { OwnNames } from "./own-names.ts";
import type { Answering } from "./standby.ts";

export interface StandbyEndpointsDeps {
  members: Pick<Members, "announce">;
  index: Pick<ContentIndex, "openChunks">;
  pki: Pick<Pki, "caPem">;
  memberId: string;
  /** As `StandbyServerDeps`. */
  clientSecret: Uint8Array;
  dataDir: string;
  log: Log;
}

export interface StandbyPlace {
  address: ListenAddress;
  names: OwnNames;
  /** Name under which others reach it. */
  name: string;
}

/** Answers through the coordinator that leads, and serves content with its grants. */
export async function openStandbyEndpoints(
  deps: StandbyEndpointsDeps,
  { address, names, name }: StandbyPlace,
  leader: () => KnownMember | undefined,
): Promise<Answering> {
  const { members, pki, index, clientSecret, dataDir, log } = deps;
  const line = createLeaderLine({ ...deps, ca: pki.caPem });
  const refusals = createRefusals({ hierarchy: () => undefined, log, refused: createTopic<string>() });
  const server = createStandbyServer({
    tls: await names.certificate(),
    plain: isLoopback(address.host),
    hosts: names.hosts,
    ca: pki.caPem,
    admission: createAdmission(() => undefined),
    refusals,
    content: { openGrant: line.openGrant, index, log },
    leader: () => URL.parse(leader()?.url ?? "") ?? undefined,
    clientSecret,
  });
  const url = await server.listen(address);
  const renewal = names.keep(server.useCertificate);
  members.announce(reachedAt(url, name));
  await announce(dataDir, url, Date.now());
  log.info({ url, leader: leader() }, "this coordinator stands by: another one leads");
  return {
    follow: line.follow,
    async close() {
      line.close();
      await renewal.stop();
      await server.close();
      refusals.stop();
    },
  };
}

/** The URL by which others reach a coordinator that listens at `url`; over TLS, which the port speaks always. */
export function reachedAt(url: string, name: string): string {
  const { hostname, port } = new URL(url);
  const host = hostname === "localhost" ? name : hostname;
  return `https://${host.includes(":") && !host.startsWith("[") ? `[${host}]` : host}:${port}`;
}
