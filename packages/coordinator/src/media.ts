import { createPublicKey, randomBytes, verify, X509Certificate } from "node:crypto";
import { resolve } from "node:path";
import { mediaTranscript, SitewrightError, type Signed } from "@sitewright/protocol";
import { openMedium } from "@sitewright/node-kit/medium";
import { sealMediumKey } from "@sitewright/node-kit/medium-seal";
import { verifyMedium } from "@sitewright/node-kit/medium-verify";
import { readIfThere } from "./adapters/files/private-file.ts";
import { openManifestCopies } from "./adapters/media/manifest-copies.ts";
import { planMedium, writeMedium, type MediumRequest } from "./adapters/media/write-medium.ts";
import { openPki } from "./adapters/pki.ts";
import type { MediaTools, WriteMedium } from "./cli/commands/media.ts";

const LETTERS = "0123456789abcdefghjkmnpqrstvwxyz";

/** Media of a coordinator on this machine, for the command line. */
export const mediaTools: MediaTools = {
  async plan(request) {
    const medium = requestOf(request);
    using copies = openManifestCopies(medium.dataDir);
    for (const digest of new Set([...medium.draft.manifests.map(({ digest: one }) => one), ...medium.held])) await copies.add(digest);
    const { packs, volumes } = planMedium(medium, copies);
    return { volumes, bytes: packs.reduce((sum, { bytes }) => sum + bytes, 0) };
  },
  async write(request, to, tell) {
    const { dataDir, plan } = request;
    await requireCoordinator(dataDir, plan.coordinator);
    const { sign } = await openPki(dataDir);
    return writeMedium(requestOf(request), { to: resolve(to), sign, tell });
  },
  async verify(folders, dataDir) {
    const ca = await readIfThere(`${dataDir}/ca.pem`);
    if (ca === undefined)
      throw new SitewrightError("NOT_FOUND", `${dataDir} is not the data folder of a coordinator: name it with --data-dir`, {
        path: dataDir,
      });
    const medium = openMedium(folders, (signed) => requireSigned(signed, ca));
    return { table: medium.table, ...verifyMedium(medium) };
  },
};

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
  const used = [...new Set(goes.map(({ unit }) => unit))].toSorted((a, b) => a - b);
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
        ...(lineAt === undefined ? {} : { lineMs: Math.max(1, lineAt - plan.at) }),
      })),
      manifests: used.map((index) => {
        const { unit, manifest, manifestBytes, files, sourceBytes, sourceVersion, content, root, owned } = plan.units[
          index
        ] as (typeof plan.units)[number];
        const named = content === undefined ? {} : { content };
        return { unit, digest: manifest, bytes: manifestBytes, files, sourceBytes, sourceVersion, ...named, root, owned };
      }),
      parity,
      keys,
      acceptOlder: plan.acceptOlder,
    },
    dataDir,
    volumeBytes,
    // What one target has may be missing on another.
    held: systems.length === 1 ? (plan.held.find(({ system }) => system === systems[0])?.manifests ?? []) : [],
    texts: texts({ medium, systems }),
    programs,
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
function requireSigned({ body, signature }: Signed, ca: string): void {
  const key = createPublicKey(new X509Certificate(ca).publicKey.export({ format: "pem", type: "spki" }));
  if (verify("sha256", mediaTranscript("table", body), { key, dsaEncoding: "ieee-p1363" }, signature)) return;
  throw new SitewrightError(
    "MEDIUM_UNTRUSTED",
    "the table of the medium was not signed by the authority of this coordinator: it was changed, or belongs to another hierarchy",
  );
}
