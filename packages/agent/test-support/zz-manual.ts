// temporary
import { openFixture, release, PACKAGE, PACKAGE_FOLDER, noise, readTree, CAP, capFolders } from "./disk-fixture.ts";
const mode = process.argv[2];
if (mode === "perf") {
  const tree: Record<string, Buffer | string> = {};
  for (let i = 0; i < 20000; i++) tree[`ABC00001/d${i % 100}/f${i}`] = noise(300 + (i % 700), i + 1);
  for (let i = 0; i < 10; i++) tree[`ABC00001/big${i}`] = noise(20_000_000, 77777 + i);
  const made = release(PACKAGE, PACKAGE_FOLDER, tree);
  await using site = await openFixture();
  for (const [n, w] of [[1, "fresh"], [2, "again"]] as const) {
    let t = Date.now(); let s: unknown = await site.stage(made, n); console.log(w, "stage", Date.now() - t, s);
    t = Date.now(); s = await site.activate(PACKAGE, n, 60000); console.log("activate", Date.now() - t, s);
    t = Date.now(); s = await site.verify(made); console.log("verify cached", Date.now() - t, s);
    t = Date.now(); s = await site.verify(made, true); console.log("verify full", Date.now() - t, s);
  }
  console.log("rss", process.memoryUsage().rss / 1e6, process.resourceUsage().maxRSS / 1e3);
} else if (mode === "full") {
  await using site = await openFixture({ freeBytes: () => Promise.resolve(1e12) });
  site.write("dp", { "ABC00001/old": "old" });
  const made = release(PACKAGE, PACKAGE_FOLDER, { "ABC00001/a": noise(30_000_000, 5) });
  console.log(await site.stage(made, 1), readTree(site.path("dp", ".sitewright")), readTree(site.path("dp", "ABC00001")));
} else {
  process.umask(0o077);
  await using site = await openFixture();
  const made = release(PACKAGE, PACKAGE_FOLDER, { "ABC00001/locked/": { content: "", mode: 0o555 }, "ABC00001/locked/in/": { content: "", mode: 0o555 }, "ABC00001/locked/in/r": { content: "x", mode: 0o444 }, "ABC00001/b": noise(500000, 3) });
  let left = 3;
  site.content.onFrame = (f) => { if (left-- <= 0) throw new Error("gone"); return f; };
  console.log(process.getuid?.(), await site.stage(made, 1));
  site.content.onFrame = (f) => f;
  console.log(await site.stage(made, 1), await site.activate(PACKAGE, 1, 50), await site.verify(made, true));
  console.log(await site.stage(made, 2), await site.activate(PACKAGE, 2, 50), await site.verify(made, true));
  await new Promise((r) => setTimeout(r, 500));
  console.log(await site.order(PACKAGE, 3, { kind: "remove", owned: PACKAGE_FOLDER }), readTree(site.path("dp", "")), site.logged);
  const cap = release(CAP, capFolders("offerinf.box"), { "CAP_ABC/offerinf.box/a.ofr": "1" });
  console.log(await site.stage(cap, 2), await site.activate(CAP, 2));
  const { statSync } = await import("node:fs");
  console.log(statSync(site.path("cap", "CAP_ABC")).mode.toString(8), statSync(site.path("cap", "CAP_ABC/offerinf.box")).mode.toString(8));
}
