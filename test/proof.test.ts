import { once } from "node:events";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { connect, createServer as createTlsServer } from "node:tls";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { hostNames } from "../packages/coordinator/src/adapters/host-names.ts";
import { makeCa, makeServerCertificate, type KeyAndCertificate } from "../packages/coordinator/src/adapters/certificates.ts";
import { runProgram } from "../scripts/support/programs.ts";
import { operatorToken, startFleet, waitFor, type Fleet } from "./support/fleet.ts";

const DAY = 86_400_000;
let fleet: Fleet;
let others: KeyAndCertificate;

/**
 * Every program of this file runs in an environment that tells Node.js to check no certificate, to trust another CA, and to use a proxy.
 */
beforeAll(async () => {
  fleet = await startFleet({
    systems: { SRVABC: { roles: ["dp"] } },
    packages: { ABC00001: { files: { "a.txt": "a" } } },
    absent: ["SRVABC"],
  });
  const ca = await makeCa(Date.now());
  others = await makeServerCertificate(ca, hostNames("127.0.0.1"), Date.now());
  const file = join(fleet.folder, "other-ca.pem");
  writeFileSync(file, ca.cert);
  const misleading = {
    NODE_TLS_REJECT_UNAUTHORIZED: "0",
    NODE_EXTRA_CA_CERTS: file,
    SSL_CERT_FILE: file,
    NODE_USE_ENV_PROXY: "1",
    HTTP_PROXY: "http://127.0.0.1:9",
    HTTPS_PROXY: "http://127.0.0.1:9",
  };
  for (const [name, value] of Object.entries(misleading)) vi.stubEnv(name, value);
  await fleet.agent("SRVABC").join();
  await fleet.agent("SRVABC").start();
  await fleet.connected("SRVABC");
});
afterAll(async () => {
  // Other files run in this process.
  vi.unstubAllEnvs();
  await fleet?.[Symbol.asyncDispose]();
});

function check(): ReturnType<typeof runProgram> {
  return runProgram("sitewright-agent", ["check", "--data-dir", join(fleet.agent("SRVABC").place.folder, "agent-data")]);
}

/** Takes the coordinator's port and records everything sent to it. */
async function takePort(kind: "plain" | "tls"): Promise<{ heard: () => string } & AsyncDisposable> {
  let heard = "";
  const answer = (socket: NodeJS.ReadWriteStream): void => {
    socket.on("error", () => undefined);
    socket.on("data", (data) => {
      heard += String(data);
      socket.write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}");
    });
  };
  const server: Server = kind === "plain" ? createServer(answer) : createTlsServer(others, answer);
  server.listen(Number(new URL(fleet.url).port), "127.0.0.1");
  await once(server, "listening");
  return {
    heard: () => heard,
    async [Symbol.asyncDispose]() {
      const closed = once(server, "close");
      server.close();
      await closed;
    },
  };
}

test.each([
  ["without TLS", "plain", "does not speak TLS"],
  ["with a certificate of its own CA, which the environment names", "tls", "is not the coordinator that this agent joined"],
] as const)("a program that takes the port of a stopped coordinator, %s, receives neither token nor agent", async (_, kind, why) => {
  await fleet.coordinator.stop();
  {
    await using squatter = await takePort(kind);
    const { code, stderr } = await fleet.sitewright("status");
    expect([code, stderr]).toEqual([1, expect.stringContaining("COORDINATOR_UNTRUSTED")]);
    await waitFor("the agent to name the server", () => fleet.agent("SRVABC").log().includes(why) || undefined);
    await waitFor("the check to report it too", async () => (await check()).stderr.includes(why) || undefined);
    expect(squatter.heard()).not.toContain(operatorToken(fleet.dataDir));
    expect(squatter.heard()).not.toMatch(/Bearer|SRVABC|sitewright\.v1/);
  }
  await fleet.coordinator.start();
  await fleet.connected("SRVABC");
});

test("a certificate about to expire is renewed while the coordinator runs, and agents stay connected", async () => {
  const pem = (name: string) => readFileSync(join(fleet.dataDir, name), "utf8");
  const shown = async (): Promise<string> => {
    const socket = connect({ host: "127.0.0.1", port: Number(new URL(fleet.url).port), ca: pem("ca.pem"), rejectUnauthorized: true });
    await once(socket, "secureConnect");
    const { serialNumber } = socket.getPeerCertificate();
    socket.destroy();
    return serialNumber;
  };
  const [first, told] = [await shown(), fleet.agent("SRVABC").log().length];
  const ca = { key: pem("ca-key.pem"), cert: pem("ca.pem") };
  const old = await makeServerCertificate(ca, hostNames("127.0.0.1"), Date.now() - (397 - 29) * DAY);
  writeFileSync(join(fleet.dataDir, "server-key.pem"), old.key);
  writeFileSync(join(fleet.dataDir, "server.pem"), old.cert);
  await waitFor("another certificate", async () => (await shown()) !== first || undefined);
  expect(fleet.coordinator.log()).toMatch(/the certificate of this server is renewed: it ends at/);
  await fleet.connected("SRVABC");
  expect(fleet.agent("SRVABC").log().slice(told)).not.toContain("not connected to the coordinator");
});

test("agents of a coordinator that returns with another CA report it, with both CAs and the remedy, and a new token is that remedy", async () => {
  const hashOfToken = async () => (await fleet.json<{ token: string }>("token", "create", "--system", "SRVABC")).token.split(".")[1] ?? "";
  const agent = fleet.agent("SRVABC");
  const before = await hashOfToken();
  await fleet.coordinator.stop();
  for (const file of ["ca.pem", "ca-key.pem"]) rmSync(join(fleet.dataDir, file));
  await fleet.coordinator.start();
  const after = await hashOfToken();
  const reason = `expected is the certificate authority with the SHA-256 ${before}, shown was ${after}`;
  await waitFor("the agent to report it", () => agent.log().includes(reason) || undefined);
  const { code, stderr } = await waitFor("the check to report it", async () => {
    const checked = await check();
    return checked.stderr.includes(reason) ? checked : undefined;
  });
  expect([code, stderr]).toEqual([
    1,
    expect.stringMatching(/AGENT_UNREACHABLE.*sitewright token create --system NAME.*sitewright-agent join/),
  ]);
  await agent.stop();
  await agent.join();
  await agent.start();
  await fleet.connected("SRVABC");
  await waitFor("the check to succeed", async () => (await check()).code === 0 || undefined);
  expect(existsSync(join(agent.place.folder, "agent-data", "not-connected"))).toBe(false);
});
