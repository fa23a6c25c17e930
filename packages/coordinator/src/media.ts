import { randomBytes } from "node:crypto";
import { resolve } from "node:path";
import { SitewrightError, type Signed } from "@sitewright/protocol";
import { lineShare, type MediaUnit } from "@sitewright/protocol/api";
import { openMedium, type OpenMedium } from "@sitewright/node-kit/medium";
import { sealMediumKey } from "@sitewright/node-kit/medium-seal";
import { isSignedTable } from "@sitewright/node-kit/medium-trust";
import { verifyMedium } from "@sitewright/node-kit/medium-verify";
import { readSuccession } from "./adapters/backup/succession-file.ts";
import { readIfThere } from "./adapters/files/private-file.ts";
import { extractUnits } from "./adapters/media/extract-units.ts";
import { openManifestCopies } from "./adapters/media/manifest-copies.ts";
import { planMedium, takeManifests, type MediumRequest } from "./adapters/media/plan-medium.ts";
import { requireNoVolumes, writeMedium } from "./adapters/media/write-medium.ts";
import { openPki } from "./adapters/pki.ts";
import type { MediaTools, MediumFolders, WriteMedium } from "./cli/commands/media/tools.ts";

const LETTERS = "0123456789abcdefghjkmnpqrstvwxyz";

/** Media of a coordinator on this machine, for the command line. */
export const mediaTools: MediaTools = {
  async plan(request) {
    const medium = requestOf(request);
    using copies = openManifestCopies(medium.dataDir);
    const { packs, volumes } = planMedium(await takeManifests(medium, copies), copies);
    return { volumes, bytes: packs.reduce((sum, { bytes }) => sum + bytes, 0) };
  },
  async requireFree(to) {
    requireNoVolumes(resolve(to));
  },
  async write(request, to, tell) {
    const { dataDir, plan } = request;
    await requireCoordinator(dataDir, plan.coordinator);
    const { sign, caPem, caHash } = await openPki(dataDir);
    const { statements } = await readSuccession(dataDir);
    const authority = { ca: caPem, statements };
    return { ...(await writeMedium(requestOf(request), { to: resolve(to), sign, authority, tell })), caHash };
  },
  async verify(given) {
    const medium = await openSigned(given);
    return { table: medium.table, ...verifyMedium(medium) };
  },
  async extract(given, { to, packages }, told) {
    extractUnits(await openSigned(given), resolve(to), packages, told);
  },
};

/** Throws `NOT_FOUND`, `MEDIUM_UNTRUSTED`, and as `openMedium` does. */
async function openSigned({ folders, ca }: MediumFolders): Promise<OpenMedium> {
  const certificate = await readIfThere(ca);
  if (certificate === undefined)
    throw new SitewrightError(
      "NOT_FOUND",
      `${ca} is not there: name the data folder of the coordinator with --data-dir, or its certificate with --ca`,
      {
        path: ca,
      },
    );
  return openMedium(
    folders.map((folder) => resolve(folder)),
    (signed) => requireSigned(signed, certificate),
  );
}

/** The key of the CA must be that of the coordinator whose orders these are. */
async function requireCoordinator(dataDir: string, coordinator: string): Promise<void> {
  const own = (await readIfThere(`${dataDir}/coordinator-id`))?.trim();
  if (own === coordinator) return;
  const what =
    own === undefined ? `${dataDir} is not the data folder of a coordinator` : `the coordinator that answers is not that of ${dataDir}`;
  throw new SitewrightError(own === undefined ? "NOT_FOUND" : "CONFLICT", `${what}: name its own data folder with --data-dir`, {
    path: dataDir,
  });
}

function requestOf({ dataDir, plan, volumeBytes, parity, encrypt, texts, programs }: WriteMedium): MediumRequest {
  const goes = plan.orders.filter(({ by }) => by === "medium");
  const partOf = (index: number): number | undefined => plan.units[index]?.part;
  // Last: what other units have of the same chunks is on the medium as a whole.
  const used = [...new Set(goes.map(({ unit }) => unit))].toSorted(
    (a, b) => Number(partOf(a) !== undefined) - Number(partOf(b) !== undefined) || a - b,
  );
  const medium = Array.from(randomBytes(16), (byte) => LETTERS[byte % LETTERS.length]).join("");
  const key = encrypt ? new Uint8Array(randomBytes(32)) : undefined;
  const systems = [...new Set(goes.map(({ system }) => system))];
  const keys = key ? systems.map((system) => sealMediumKey(medium, key, { system, to: keyOf(plan, system) })) : [];
  return {
    draft: {
      coordinator: plan.coordinator,
      medium,
      madeAt: Date.now(),
      generation: plan.generation ?? { epoch: 0, counter: 0 },
      orders: goes.map(({ system, unit, lineAt }) => ({
        system,
        manifest: used.indexOf(unit),
        graceMs: plan.graceMs,
        ...(lineAt === undefined ? {} : { lineMs: Math.max(1, Math.round((lineAt - plan.at) * lineShare(plan.units[unit] as MediaUnit))) }),
      })),
      manifests: used.map((index) => {
        const { unit, manifest, manifestBytes, files, sourceBytes, sourceVersion, content, root, owned } = plan.units[
          index
        ] as (typeof plan.units)[number];
        const named = content === undefined ? {} : { content };
        return { unit, digest: manifest, bytes: manifestBytes, files, sourceBytes, sourceVersion, ...named, root, owned };
      }),
      keys,
      acceptOlder: plan.acceptOlder,
    },
    dataDir,
    volumeBytes,
    parts: new Map(plan.units.flatMap(({ manifest, part }) => (part === undefined ? [] : [[manifest, part]]))),
    // What one target has may be missing on another.
    held: systems.length === 1 ? (plan.held.find(({ system }) => system === systems[0])?.manifests ?? []) : [],
    texts: texts({ medium, systems }),
    programs,
    parity,
    key,
  };
}

/** Throws `BAD_REQUEST`. */
function keyOf({ keys }: WriteMedium["plan"], system: string): Uint8Array {
  const found = keys.find((one) => one.system === system);
  if (found) return Buffer.from(found.key, "base64");
  throw new SitewrightError(
    "BAD_REQUEST",
    `nothing can be encrypted to ${system}: give its needs with --needs FILE ('sitewright-agent media want' makes that file there)`,
  );
}

/** Throws `MEDIUM_UNTRUSTED`. */
function requireSigned(signed: Signed, ca: string): void {
  if (isSignedTable(signed, ca)) return;
  throw new SitewrightError(
    "MEDIUM_UNTRUSTED",
    "the table of the medium was not signed by the authority of this coordinator: it was changed, or belongs to another hierarchy",
  );
}
