import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, closeSync, openSync, readFileSync, statSync } from "node:fs";
import { expect, test } from "vitest";
import { asRoot, NOBODY, isRoot } from "@sitewright/testkit/account";
import { runAsNobody } from "../../../test-support/run-as-nobody.ts";
import { openFixture, PACKAGE, PACKAGE_FOLDER, release, type Fixture } from "../../../test-support/disk-fixture.ts";
import { OWN_FOLDER } from "../../domain/unit-state.ts";
import { platform } from "./platform/platform.ts";

const OLD = release(PACKAGE, PACKAGE_FOLDER, { "ABC00001/a": "alpha", "ABC00001/b": "beta" });
const NEW = release(PACKAGE, PACKAGE_FOLDER, { "ABC00001/a": "alpha 2", "ABC00001/b": "beta" });
/** One of which the agent is not a member. */
const GROUP = 12_345;
/** O:S-1-22-1-0 G:S-1-22-2-0 D:(A;OICI;0x1200a9;;;S-1-22-1-5), in version 1. */
const NT_ACL = Buffer.from(
  "0100010000000200010004801c0000002c000000000000003c00000001020000000000160100000000000000010200000000001602000000000000000400200001000000000318" +
    "00a900120001020000000000160100000005000000",
  "hex",
);

interface Closed {
  what: RegExp;
  close(file: string): void;
  open(file: string): void;
}

function withFile(path: string, work: (fd: number) => void): void {
  const fd = openSync(path, "r");
  work(fd);
  closeSync(fd);
}

const CLOSED = {
  "a group of which the agent is no member": {
    what: /^the group 12345 of \S+\/ABC00001\/a cannot be given/,
    close(file) {
      chownSync(file, NOBODY, GROUP);
      chmodSync(file, 0o640);
    },
    open: (file) => chmodSync(file, 0o644),
  },
  "an NT ACL that only root may set": {
    what: /^the access control list of \S+\/ABC00001\/a cannot be given/,
    close: (file) => withFile(file, (fd) => platform.attributes.set(fd, "security.NTACL", NT_ACL)),
    open: (file) => withFile(file, (fd) => platform.attributes.remove(fd, "security.NTACL")),
  },
} satisfies Record<string, Closed>;

/** As an unprivileged user, from now on. @returns A file of what is live. */
async function serveAsNobody(site: Fixture, undo: DisposableStack): Promise<string> {
  runAsNobody(site, undo);
  await site.stage(OLD, 1);
  await site.activate(PACKAGE, 1);
  return site.path("dp", "ABC00001/a");
}

for (const [by, { what, close, open }] of Object.entries(CLOSED))
  test.runIf(isRoot)(
    `An agent that is not root does not replace a file restricted by ${by}: what is live stays, and what is staged goes live once the file is open again`,
    async () => {
      await using site = await openFixture();
      using undo = new DisposableStack();
      const file = await serveAsNobody(site, undo);
      asRoot(() => close(file));
      const { gid, mode } = statSync(file);
      await site.stage(NEW, 2);
      expect(await site.activate(PACKAGE, 2)).toMatchObject({
        kind: "failed",
        code: "RIGHTS_NOT_KEPT",
        message: expect.stringMatching(what) as unknown,
        path: file,
        retryable: false,
      });
      expect(asRoot(() => readFileSync(file, "utf8"))).toBe("alpha");
      expect(statSync(file)).toMatchObject({ gid, mode });
      asRoot(() => open(file));
      expect(await site.activate(PACKAGE, 2)).toMatchObject({ kind: "activated" });
      expect(readFileSync(file, "utf8")).toBe("alpha 2");
    },
  );

test.runIf(isRoot)(
  "An agent that runs as root after its own folder was given to root keeps an NT ACL that it could not set before",
  async () => {
    await using site = await openFixture();
    using undo = new DisposableStack();
    const file = await serveAsNobody(site, undo);
    asRoot(() => CLOSED["an NT ACL that only root may set"].close(file));
    await site.stage(NEW, 2);
    expect(await site.activate(PACKAGE, 2)).toMatchObject({ code: "RIGHTS_NOT_KEPT" });
    undo.dispose();
    expect(await site.activate(PACKAGE, 2)).toMatchObject({ code: "OWN_FOLDER_UNSAFE" });
    execFileSync("chown", ["-R", "root", site.path("dp", OWN_FOLDER)]);
    expect(await site.activate(PACKAGE, 2)).toMatchObject({ kind: "activated" });
    expect(platform.attributes.read(file).get("security.NTACL")).toEqual(new Uint8Array(NT_ACL));
  },
);

test.runIf(isRoot)(
  "An agent that is not root replaces a file that everyone reads without its group, and its own group gets no write access",
  async () => {
    await using site = await openFixture();
    using undo = new DisposableStack();
    const file = await serveAsNobody(site, undo);
    asRoot(() => chownSync(file, NOBODY, GROUP));
    asRoot(() => chmodSync(file, 0o664));
    await site.stage(NEW, 2);
    expect(await site.activate(PACKAGE, 2)).toMatchObject({ kind: "activated" });
    expect(readFileSync(file, "utf8")).toBe("alpha 2");
    expect(statSync(file).mode & 0o7777).toBe(0o644);
    expect(statSync(file).gid).not.toBe(GROUP);
  },
);
