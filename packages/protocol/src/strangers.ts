/** Limits of open connections that are not authenticated. */
export interface StrangerLimits {
  all: number;
  /** From one address. */
  perAddress: number;
}

/**
 * Connections that are not authenticated yet. New ones are accepted and older ones end for them, so that no peer keeps others out by
 * holding connections; the address with the most loses first.
 */
export interface Strangers<T> {
  /** @param address As the socket gives it. */
  add(connection: T, address: string): void;
  /** It ended, or was authenticated. False: it was not among these. */
  remove(connection: T): boolean;
  size(): number;
}

/**
 * @param end Ends a connection that has to make room; it is removed already.
 * @param isKnown Whether a peer from a group of addresses was authenticated lately: such groups lose last.
 */
export function createStrangers<T>(
  { all, perAddress }: StrangerLimits,
  end: (connection: T) => void,
  isKnown: (group: string) => boolean = () => false,
): Strangers<T> {
  /** By group of addresses, each in the order of arrival. */
  const groups = new Map<string, Set<T>>();
  const groupOf = new Map<T, string>();

  function remove(connection: T): boolean {
    const group = groupOf.get(connection);
    if (group === undefined) return false;
    groupOf.delete(connection);
    const members = groups.get(group);
    members?.delete(connection);
    if (members?.size === 0) groups.delete(group);
    return true;
  }

  function endOldest(members: Set<T>): void {
    for (const oldest of members) {
      remove(oldest);
      return end(oldest);
    }
  }

  /** The largest group; groups without a known peer before the others, and of equal ones the one that came first. */
  function crowd(): Set<T> {
    let most: { members: Set<T>; known: boolean } | undefined;
    for (const [group, members] of groups) {
      const known = isKnown(group);
      if (!most || (most.known && !known) || (most.known === known && members.size > most.members.size)) most = { members, known };
    }
    return most?.members ?? new Set();
  }

  return {
    add(connection, address) {
      const group = addressGroup(address);
      const members = groups.get(group) ?? new Set();
      groups.set(group, members.add(connection));
      groupOf.set(connection, group);
      if (members.size > perAddress) endOldest(members);
      else if (groupOf.size > all) endOldest(crowd());
    },
    remove,
    size: () => groupOf.size,
  };
}

/**
 * What counts as one address: of IPv6 the first 64 bits, because the holder of one such address controls all of them; IPv4 written as IPv6
 * is IPv4.
 */
export function addressGroup(address: string): string {
  const bare = address.replace(/%.*$/, "").toLowerCase();
  const v4 = /^(?:::ffff:)?(\d{1,3}(?:\.\d{1,3}){3})$/.exec(bare)?.[1];
  if (v4 !== undefined) return v4;
  if (!bare.includes(":")) return bare;
  const [head = "", tail] = bare.split("::");
  const start = head === "" ? [] : head.split(":");
  const end = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? [] : Array<string>(Math.max(0, 8 - start.length - end.length)).fill("0");
  const groups = [...start, ...zeros, ...end].slice(0, 4).map((group) => group.replace(/^0+(?=.)/, ""));
  return `${groups.join(":")}::/64`;
}
