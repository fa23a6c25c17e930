/**
 * The one of several coordinators that serves content to the systems of one line (`line`: the key of its address, or the name of a system
 * without one), by rendezvous hashing: whoever comes or goes moves only its own lines.
 * @param members Ids, at least one.
 */
export function contentServer<Member extends string>(line: string, members: readonly [Member, ...Member[]]): Member {
  const [first] = members;
  return members.reduce((best, member) => (weight(line, member) > weight(line, best) ? member : best), first);
}

/** FNV-1a, and the last step of MurmurHash3: keys that differ in one character differ in all bits. */
function weight(line: string, member: string): number {
  let hash = 0x811c9dc5;
  for (const character of `${member}\n${line}`) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
