import type { CoordinatorMessage } from "@sitewright/protocol";
import { expect, test } from "vitest";
import { createMemberAddresses } from "./member-addresses.ts";

/** Systems with the time of their connections, and what each was told. */
function told(members: string[], connected: Record<string, number>) {
  const sent: string[] = [];
  const links = {
    connected: () => Object.entries(connected).map(([system, since]) => ({ system, since, roles: [], platform: "linux", version: "1" })),
    send: async (system: string, message: CoordinatorMessage) => {
      sent.push(message.kind === "coordinators" ? `${system}: ${message.urls.join(" ")}` : message.kind);
      return true;
    },
  };
  const addresses = createMemberAddresses({ members: () => members.map((url) => ({ url })), links });
  return { sent, look: addresses.look };
}

test("agents are told where the coordinators answer once over each connection, and again when that changes", async () => {
  const [members, connected] = [["https://one:7400", "https://two:7400"], { A1: 1 } as Record<string, number>];
  const at = told(members, connected);
  await at.look();
  await at.look();
  expect(at.sent).toEqual(["A1: https://one:7400 https://two:7400"]);
  Object.assign(connected, { A1: 2, B1: 3 });
  await at.look();
  expect(at.sent.slice(1)).toEqual(["A1: https://one:7400 https://two:7400", "B1: https://one:7400 https://two:7400"]);
  members.push("https://three:7400");
  await at.look();
  expect(at.sent.at(-1)).toBe("B1: https://one:7400 https://three:7400 https://two:7400");
});

test("where there is one coordinator alone nothing is said: what agents learned before stays", async () => {
  const at = told(["https://one:7400", ""], { A1: 1 });
  await at.look();
  expect(at.sent).toEqual([]);
});

test("a coordinator that listens on its own machine alone is named by such a one only", async () => {
  const [remote, local] = [
    told(["https://one:7400", "https://127.0.0.1:7400", "https://two:7400"], { A1: 1 }),
    told(["https://127.0.0.1:1", "https://127.0.0.1:2"], { A1: 1 }),
  ];
  await remote.look();
  await local.look();
  expect([...remote.sent, ...local.sent]).toEqual(["A1: https://one:7400 https://two:7400", "A1: https://127.0.0.1:1 https://127.0.0.1:2"]);
});
