import { statfs } from "node:fs/promises";
import { arch, cpus, hostname, networkInterfaces, release, totalmem, type, uptime, version } from "node:os";
import { isAbsolute } from "node:path";

/**
 * What kind of machine this is, as JSON: what has to be set up again before a site is restored. A disk that does not answer is left out when
 * the signal is aborted.
 * @param places Of the site: their disks are reported.
 */
export async function machineReport(places: readonly string[], signal: AbortSignal): Promise<string> {
  const aborted = new Promise<undefined>((resolve) => signal.addEventListener("abort", () => resolve(undefined), { once: true }));
  const disks = await Promise.all(places.filter((place) => isAbsolute(place)).map((place) => Promise.race([diskOf(place), aborted])));
  const report = {
    made: new Date().toISOString(),
    name: hostname(),
    system: `${type()} ${release()}`,
    version: version(),
    processor: arch(),
    processors: cpus().length,
    memoryBytes: totalmem(),
    upSeconds: Math.floor(uptime()),
    addresses: Object.entries(networkInterfaces()).flatMap(([name, all = []]) =>
      all.map(({ address, netmask, mac }) => ({ name, address, netmask, mac })),
    ),
    disks: disks.filter((disk) => disk !== undefined),
  };
  return `${JSON.stringify(report, undefined, 2)}\n`;
}

async function diskOf(place: string): Promise<object> {
  try {
    const { type: kind, bsize, blocks, bavail } = await statfs(place);
    return { place, kind, bytes: bsize * blocks, freeBytes: bsize * bavail };
  } catch (error) {
    return { place, fault: (error as Error).message };
  }
}
