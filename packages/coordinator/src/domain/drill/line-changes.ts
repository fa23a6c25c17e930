import { OWN_NETWORK } from "../forecast/lines.ts";
import { mapAddresses, type Address, type Hierarchy } from "../sites/hierarchy.ts";

/** A hierarchy in which one address is changed. */
export function withLine(hierarchy: Hierarchy, key: string, change: (address: Address) => Address): Hierarchy {
  return mapAddresses(hierarchy, (address) => (address.key === key ? change(address) : address));
}

interface Lines {
  hierarchy: Hierarchy;
  /** bit/s by line. */
  measured: ReadonlyMap<string, number>;
}

/** With a second line of the same kind beside one: twice the budget at every hour. */
export function withSecondLine({ hierarchy, measured }: Lines, key: string): Lines {
  const rate = measured.get(key);
  return {
    hierarchy: key === OWN_NETWORK ? hierarchy : withLine(hierarchy, key, twice),
    measured: rate === undefined ? measured : new Map([...measured, [key, 2 * rate]]),
  };
}

function twice(address: Address): Address {
  return {
    ...address,
    ...(address.bandwidth === undefined ? {} : { bandwidth: 2 * address.bandwidth }),
    // Shares are shares of the bandwidth.
    rateLimit: address.rateLimit.map((limit) => (typeof limit === "number" ? 2 * limit : limit)),
  };
}

/** Where every system shares its content with its neighbours. */
export function withAllNeighbours(hierarchy: Hierarchy): Hierarchy {
  const systems = [...hierarchy.systems].map(([name, system]) => {
    const { peers: _, ...shares } = system;
    return [name, shares] as const;
  });
  return { ...hierarchy, systems: new Map(systems) };
}
