import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Blake3Hasher } from "@napi-rs/blake-hash";
import { createContentServer } from "@sitewright/testkit/content-server";
import { CHALLENGE, openFakeCoordinator, WELCOME, type AgentConnection } from "@sitewright/testkit/fake-coordinator";
import { hostNames } from "../../packages/coordinator/src/adapters/host-names.ts";
import { openPki } from "../../packages/coordinator/src/adapters/pki.ts";
import {
  encodeManifest,
  manifestDigest,
  type Generation,
  type Manifest,
  type Order,
  type OrderTask,
  type Result,
} from "../../packages/protocol/src/index.ts";
import { runProgram, startProgram, stopProgram, waitFor } from "../../scripts/support/programs.ts";

const blake3 = (bytes: Uint8Array) => new Blake3Hasher().update(Buffer.from(bytes)).digestBuffer();

/** Digest of content that is one chunk. */
export const digestOf = (text: string) => blake3(Buffer.from(text)).toString("hex");

/**
 * A real agent, joined to a coordinator that the test controls: it sends any message, valid or hostile. Content is served from `chunks`, by
 * ordinal.
 */
export interface LoneAgent extends AsyncDisposable {
  folder: string;
  root: string;
  /** Sends the order and returns the agent's result. */
  order(task: OrderTask, generation?: Generation, unit?: Order["unit"]): Promise<Result>;
  /** Offers a manifest, valid or not, and returns the Stage task for it. */
  offer(manifest: Manifest, chunks: string[]): OrderTask;
}

export async function startLoneAgent(): Promise<LoneAgent> {
  const folder = mkdtempSync(join(tmpdir(), "sitewright-lone-"));
  const root = join(folder, "dp");
  mkdirSync(root);
  const pki = await openPki(join(folder, "pki"));
  const content = createContentServer();
  const links: AgentConnection[] = [];
  let orders = 0;
  const coordinator = await openFakeCoordinator({
    tls: await pki.serverTls(hostNames("127.0.0.1")),
    answer: (request, response) => void answer(request, response),
    upgrade: content.upgrade,
  });
  const url = `https://127.0.0.1:${coordinator.url.port}`;
  void (async () => {
    for (;;) {
      const link = await coordinator.connection();
      link.say(CHALLENGE);
      void link.hear("hello").then(() => {
        link.say(WELCOME);
        links.push(link);
      });
    }
  })();

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    for await (const _ of request); // its values are irrelevant
    const path = request.url ?? "";
    if (path === "/api/v1/ca") return void response.end(pki.caPem);
    if (path === "/api/v1/join") return void response.end(JSON.stringify({ coordinator: CHALLENGE.coordinator }));
    if (!content.answer(request, response)) response.writeHead(404).end("{}");
  }

  const dataDir = join(folder, "agent-data");
  const joined = await runProgram("sitewright-agent", ["join", url, "--name", "SRVABC", "--data-dir", dataDir, "--root", `dp=${root}`], {
    env: { SITEWRIGHT_JOIN_TOKEN: `secret.${pki.caHash}` },
  });
  if (joined.code !== 0) throw new Error(joined.stderr);
  const agent = startProgram("sitewright-agent", ["run", "--data-dir", dataDir], { log: join(folder, "agent.log") });
  await waitFor("the agent to say hello", () => links[0]);

  return {
    folder,
    root,
    offer(manifest, chunks) {
      const bytes = encodeManifest(manifest);
      const digest = manifestDigest(bytes, blake3);
      content.offer(digest, { bytes, chunk: (ordinal) => Buffer.from(chunks[ordinal] ?? "") });
      return { kind: "stage", manifest: digest, manifestBytes: bytes.length, full: false, sourceVersion: 0 };
    },
    async order(task, generation = { epoch: 1, counter: ++orders }, unit = { role: "dp", name: "ABC00001" }) {
      const id = `o${++orders}`;
      links.at(-1)?.say({ kind: "order", id, epoch: 1, unit, generation, task });
      const heard = (): Result | undefined =>
        links.flatMap((link) => link.heard).find((message): message is Result => message.kind === "result" && message.orderId === id);
      return waitFor(`the result of ${id}`, heard);
    },
    async [Symbol.asyncDispose]() {
      await stopProgram(agent);
      await coordinator[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
