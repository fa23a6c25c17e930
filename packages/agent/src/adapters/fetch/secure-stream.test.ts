import { expect, test } from "vitest";
import { noise } from "@sitewright/testkit/noise";
import { makeTestCertificates } from "@sitewright/testkit/certificates";
import { openFetchBench } from "../../../test-support/fetch-bench.ts";

const BIG = noise(3_000_000, 11);

test("over TLS content is fetched from a coordinator of the joined authority", async () => {
  await using bench = await openFetchBench({ "ABC00001/a": BIG });
  bench.server.window = 1024 * 1024;
  await bench.fetchAll();
  expect(bench.tree()["ABC00001/a"] === BIG.toString("utf8")).toBe(true);
});

test("from a server of another authority nothing is requested, and the token is not sent; the fetch waits", async () => {
  const others = await makeTestCertificates("localhost");
  await using bench = await openFetchBench({ "ABC00001/a": BIG }, { ca: others.caPem });
  const fetching = bench.fetchAll();
  await expect.poll(() => bench.logged.join("\n")).toMatch(/is not trusted/);
  bench.controller.abort();
  await expect(fetching).rejects.toMatchObject({ code: "CANCELLED" });
  expect(bench.server.streams).toEqual([]);
});
