import { join } from "node:path";
import { expect, test } from "vitest";
import { runProgram } from "../scripts/support/programs.ts";
import { startFleet } from "./support/fleet.ts";
import { readTree } from "./support/trees/trees.ts";

test("beyond loopback everything runs over TLS with the coordinator's own CA, which agents check by their token", async () => {
  await using fleet = await startFleet({
    systems: { SRVABC: { roles: ["dp"] }, DPABC: { roles: ["dp"] } },
    packages: { ABC00001: { files: { "a.txt": "over TLS" } } },
    listen: "0.0.0.0:0",
    absent: ["DPABC"],
  });
  expect(new URL(fleet.url).protocol).toBe("https:");
  const { exitCode } = await fleet.json("rebuild", "--system", "SRVABC");
  expect(exitCode).toBe(0);
  expect(readTree(join(fleet.agent("SRVABC").root("dp"), "ABC00001"))).toEqual(readTree(join(fleet.siteData, "packages/ABC00001/source")));

  const { token } = await fleet.json<{ token: string }>("token", "create", "--system", "DPABC");
  const otherCa = `${token.split(".")[0]}.${"0".repeat(64)}`;
  const args = [
    "join",
    fleet.url,
    "--name",
    "DPABC",
    "--data-dir",
    join(fleet.folder, "other"),
    "--root",
    `dp=${join(fleet.folder, "other-dp")}`,
  ];
  const refused = await runProgram("sitewright-agent", args, { env: { SITEWRIGHT_JOIN_TOKEN: otherCa } });
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining("COORDINATOR_UNTRUSTED") });
  const plain = await runProgram("sitewright-agent", ["join", "http://coordinator.example:7400", ...args.slice(2)], {
    env: { SITEWRIGHT_JOIN_TOKEN: token },
  });
  expect(plain).toMatchObject({ code: 1, stderr: expect.stringContaining("https") });
});
