import { expect, test } from "vitest";
import { LOST_PRIMARY } from "../../../expert/test-support/answers.ts";
import { ANNA } from "../../test-support/fakes.ts";
import { useNativeCore } from "../../test-support/native-core-fixture.ts";

const hierarchy = (parents: Record<string, string>): string =>
  [
    "sites:",
    ...["OLD", "ABC", "SEC"].map((code) => {
      const parent = parents[code] === undefined ? "" : `, parent: ${parents[code]}`;
      return `  ${code}: { type: ${code === "SEC" ? "secondary" : "primary"}, server: ${code}1${parent} }`;
    }),
    "systems:",
    ...["OLD", "ABC", "SEC"].map((code) => `  ${code}1: { site: ${code}, roles: [cap] }`),
    "",
  ].join("\n");

const { fixture, write } = await useNativeCore((first) => {
  first("hierarchy.yaml", hierarchy({ SEC: "OLD" }));
  for (const code of ["OLD", "ABC"]) {
    first(`${code}/site.yaml`, "serials: { packages: 40 }\n");
    first(`${code}/inboxes/offerinf.box/offers.txt`, `of ${code}`);
  }
});
const wentBack = (): void => write("ABC/site.yaml", "serials: { packages: 31 }\n");
const refused = async () => {
  const { problems } = await fixture.core.operations.overview();
  return problems.filter(({ code }) => code === "PARENT_REFUSED").map(({ site, message }) => `${site} ${message}`);
};
const parentOf = async (code: string) => {
  const { sites } = await fixture.core.operations.overview();
  return sites.find((site) => site.code === code)?.parent;
};
const read = () => fixture.core.serials.sites();

test("a changed parent that went back is refused with the reason, and systems of the child are served what its parent of before has", async () => {
  wentBack();
  write("hierarchy.yaml", hierarchy({ SEC: "ABC" }));
  await read();
  expect(await refused()).toEqual([
    expect.stringMatching(/^SEC SEC does not become a child of ABC.*stays below OLD: ABC: it went back: .*31, and 40/),
  ]);
  expect(await parentOf("SEC")).toBe("OLD");
  expect(fixture.core.hierarchy()?.sites.get("SEC")?.parent).toBe("OLD");
  await fixture.core.stop();
  await fixture.restart();
  expect(fixture.core.hierarchy()?.sites.get("SEC")?.parent).toBe("OLD");
});

test("it is followed as soon as nothing speaks against it any more, and looked at no more from then on", async () => {
  wentBack();
  write("hierarchy.yaml", hierarchy({ SEC: "ABC" }));
  await read();
  await fixture.core.serials.accept(ANNA, "ABC", "right as it is");
  expect([await refused(), await parentOf("SEC")]).toEqual([[], "ABC"]);
  write("ABC/site.yaml", "serials: { packages: 2 }\n");
  await read();
  expect([await refused(), await parentOf("SEC")]).toEqual([[], "ABC"]);
});

test("a person may connect it all the same, by name and with a reason, before or after it is written; what nothing speaks against needs no word", async () => {
  const { parents } = fixture.core;
  await expect(parents.accept(ANNA, "SEC", "ABC", "why")).rejects.toMatchObject({ code: "CONFLICT" });
  wentBack();
  await read();
  const { blocks } = await parents.accept(ANNA, "SEC", "ABC", "its recovery was verified by hand");
  expect(blocks.map(({ site }) => site)).toEqual(["ABC"]);
  expect(await parentOf("SEC")).toBe("OLD");
  write("hierarchy.yaml", hierarchy({ SEC: "ABC" }));
  await read();
  expect([await refused(), await parentOf("SEC")]).toEqual([[], "ABC"]);
});

test("a parent that is added to a site without one is refused too, and taking one away is not", async () => {
  wentBack();
  write("hierarchy.yaml", hierarchy({ SEC: "OLD", OLD: "ABC" }));
  await read();
  expect(await refused()).toEqual([
    expect.stringContaining("OLD does not become a child of ABC, as the hierarchy states, and stays without a parent"),
  ]);
  expect(await parentOf("OLD")).toBeUndefined();
  write("hierarchy.yaml", hierarchy({ SEC: "OLD" }));
  await read();
  expect(await refused()).toEqual([]);
});

test("a parent whose recovery is open is not followed, nor after that was abandoned", async () => {
  const { recoveries, parents } = fixture.core;
  const { id } = await recoveries.open(ANNA, { site: "ABC", answers: LOST_PRIMARY, abortWhen: [] });
  write("hierarchy.yaml", hierarchy({ SEC: "ABC" }));
  await read();
  expect(await refused()).toEqual([expect.stringContaining("stays below OLD: ABC: its recovery is not finished")]);
  expect((await parents.check("SEC", "ABC")).blocks).toMatchObject([{ site: "ABC" }]);
  await recoveries.abandon(ANNA, id, "a new site instead");
  await read();
  expect(await refused()).toEqual([expect.stringContaining("its recovery was abandoned")]);
});
