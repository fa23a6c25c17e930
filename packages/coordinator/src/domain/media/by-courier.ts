/** A line with latency, a departure and a capacity: a person with a medium. */
export interface Courier {
  /** ms since 1970. */
  leaves: number;
  arrives: number;
  /** Bytes; absent: as much as there is. */
  capacity?: number | undefined;
}

/** A unit for a system. */
export interface Parcel {
  /** Of the unit's content, and of its list, bytes; on one medium they count once for all systems. */
  bytes: number;
  listBytes: number;
  /** The same for all systems of one unit. */
  manifest: string;
  /** The same for systems that fetch from each other what one of them has: what they lack crosses their line once. */
  group: string;
  /** Its own line and those that lead to it: parcels of one line wait for each other. */
  lines: readonly Crossed[];
  /** What the system lacks, on a line, bytes. */
  wireBytes: number;
  /** When the line would have brought it, ms since 1970; absent: never, or not known. */
  lineAt?: number | undefined;
}

/** A line that a parcel crosses. */
export interface Crossed {
  line: string;
  /** When that line would have brought it if no other line limited it, ms since 1970. */
  at: number;
}

/** What goes by the medium. */
export interface Load {
  /** One of each for every parcel. */
  goes: boolean[];
  /** By manifest, what goes of its content, bytes, if that is not all: the line brings the rest meanwhile. */
  parts: ReadonlyMap<string, number>;
}

/** What lines bring once, for one system or for neighbours. */
interface Crossing {
  content: Content;
  wireBytes: number;
  lineAt: number;
  /** By line, as `Crossed`. */
  lines: Map<string, number>;
}

interface Content extends Pick<Parcel, "manifest" | "bytes" | "listBytes"> {
  /** In `Amounts`. */
  index: number;
}

/** How much of each content goes, bytes; NONE: not even its list. */
type Amounts = Float64Array;
const NONE = -1;

/** A smaller share of a unit is not worth its list on the medium, and an import that ends without the unit. */
const LEAST = 0.05;
/** Lists, and content that compresses better, make the difference. */
const AS_MUCH = 0.9;
/** How exactly the earliest end is sought, ms. */
const EXACT = 1000;

/**
 * Which parcels go by the medium: of those that the line would bring later than the courier, all if they fit. Otherwise what no line brings
 * comes first, whole or not at all; then of every line as much of its end that the last of all lines ends as early as the capacity allows: whole
 * units, and a part of one. So nothing is later than by the line alone. What a medium has for one system it has for all.
 * @param now ms since 1970: since when the lines work.
 */
export function byMedium(parcels: readonly Parcel[], { arrives, capacity = Infinity }: Courier, now: number): Load {
  const { contents, crossingOf } = crossingsOf(parcels);
  const crossings = [...new Set(crossingOf)];
  const late = crossings.filter(({ lineAt }) => lineAt > arrives);
  const stranded = takeStranded(late, contents.length, capacity);
  const fits = (amounts: Amounts): boolean => spaceOf(amounts, contents) <= capacity;
  const lines = linesOf(crossings, { arrives, now });
  const end = crossings.reduce((last, { lineAt }) => (lineAt < Infinity ? Math.max(last, lineAt) : last), arrives);
  const taken = takeFromEnds(lines, stranded, { arrives, end, fits, contents });
  preferWhole(lines, taken);
  fill(taken, late, capacity - spaceOf(taken, contents));
  const isWhole = ({ index, bytes }: Content): boolean => taken[index] === bytes;
  return {
    goes: crossingOf.map(({ content, lineAt }) => {
      if (lineAt <= arrives || taken[content.index] === NONE) return false;
      return lineAt < Infinity || isWhole(content);
    }),
    parts: new Map(
      contents.flatMap((content) => {
        const amount = taken[content.index] ?? NONE;
        return amount === NONE || isWhole(content) ? [] : [[content.manifest, amount] as const];
      }),
    ),
  };
}

/** Of neighbours, the one that holds most already states what is lacking, and the last of them when all of it is there. */
function crossingsOf(parcels: readonly Parcel[]): { contents: Content[]; crossingOf: Crossing[] } {
  const contents = new Map<string, Content>();
  const crossings = new Map<string, Crossing>();
  const crossingOf = parcels.map(({ manifest, bytes, listBytes, group, lines, wireBytes, lineAt = Infinity }) => {
    const content = contents.get(manifest) ?? { manifest, bytes, listBytes, index: contents.size };
    contents.set(manifest, content);
    const key = `${group} ${manifest}`;
    const known = crossings.get(key) ?? { content, wireBytes, lineAt, lines: new Map<string, number>() };
    crossings.set(key, known);
    known.wireBytes = Math.min(known.wireBytes, wireBytes);
    known.lineAt = Math.max(known.lineAt, lineAt);
    for (const { line, at } of lines) known.lines.set(line, Math.max(known.lines.get(line) ?? 0, at));
    return known;
  });
  return { contents: [...contents.values()], crossingOf };
}

function spaceOf(amounts: Amounts, contents: readonly Content[]): number {
  return contents.reduce((space, { index, listBytes }) => {
    const amount = amounts[index] ?? NONE;
    return amount === NONE ? space : space + amount + listBytes;
  }, 0);
}

/** What no line brings. */
function takeStranded(late: readonly Crossing[], contents: number, capacity: number): Amounts {
  const amounts = new Float64Array(contents).fill(NONE);
  let room = capacity;
  for (const { content, lineAt } of late) {
    const { index, bytes, listBytes } = content;
    if (lineAt < Infinity || amounts[index] !== NONE || bytes + listBytes > room) continue;
    amounts[index] = bytes;
    room -= bytes + listBytes;
  }
  return amounts;
}

/** What a line brings by itself, in the order in which it does. */
interface Line {
  /** When each is there, ms since 1970. */
  ends: readonly number[];
  /** What it has brought at each of these, bytes. */
  sums: readonly number[];
  /**
   * Of what is there after the courier: what of each content crosses it, for all systems together, bytes. First what crosses it most often,
   * which takes the room of one; of that, the last one.
   */
  contents: ReadonlyMap<Content, number>;
  /** When it begins, ms since 1970. */
  from: number;
}

/** Those that fewest cross first: a line that many share is relieved by what their own lines have to be relieved of anyway. */
function linesOf(crossings: readonly Crossing[], { arrives, now }: { arrives: number; now: number }): Line[] {
  const timed = crossings.filter(({ lineAt }) => lineAt < Infinity);
  const crossed = timed.flatMap((crossing) => [...crossing.lines].map(([line, at]) => ({ ...crossing, line, at })));
  const lines = [...Map.groupBy(crossed, ({ line }) => line).values()].map((own): Line => {
    const all = own.toSorted((a, b) => a.at - b.at);
    const late = Map.groupBy(all.filter(({ lineAt }) => lineAt > arrives).toReversed(), ({ content }) => content);
    const relief = [...late].toSorted(([, some], [, others]) => others.length - some.length);
    let sum = 0;
    return {
      ends: all.map(({ at }) => at),
      sums: all.map(({ wireBytes }) => (sum += wireBytes)),
      contents: new Map(relief.map(([content, copies]) => [content, copies.reduce((bytes, one) => bytes + one.wireBytes, 0)])),
      from: now,
    };
  });
  return lines.toSorted((a, b) => a.ends.length - b.ends.length);
}

interface Taking {
  arrives: number;
  /** When the last line ends by itself, ms since 1970. */
  end: number;
  fits: (amounts: Amounts) => boolean;
  contents: readonly Content[];
}

/** Adds to what is chosen so that the last line ends as early as possible. */
function takeFromEnds(lines: readonly Line[], chosen: Amounts, { arrives, end, fits, contents }: Taking): Amounts {
  const endingAt = (time: number): Amounts | undefined => {
    const amounts = chosen.slice();
    for (const line of lines) takeFromEnd(line, time, amounts);
    for (const { index, bytes } of contents) if ((amounts[index] ?? NONE) < bytes * LEAST) amounts[index] = NONE;
    return fits(amounts) ? amounts : undefined;
  };
  const all = endingAt(arrives);
  if (all) return all;
  let best = chosen;
  let early = arrives;
  let late = end;
  while (late - early > EXACT) {
    const middle = (early + late) / 2;
    const amounts = endingAt(middle);
    if (amounts) [best, late] = [amounts, middle];
    else early = middle;
  }
  return best;
}

/** As much of the end of a line that what remains is there at `time`, beside what is on the medium for others. */
function takeFromEnd(line: Line, time: number, amounts: Amounts): void {
  const shareOf = ({ index, bytes }: Content): number => Math.max(0, amounts[index] ?? 0) / Math.max(1, bytes);
  let excess = (line.sums.at(-1) ?? 0) - broughtAt(line, time);
  for (const [content, wireBytes] of line.contents) excess -= wireBytes * shareOf(content);
  for (const [content, wireBytes] of line.contents) {
    if (excess <= 0) return;
    const before = shareOf(content);
    const share = Math.min(1, before + excess / Math.max(1, wireBytes));
    excess -= (share - before) * wireBytes;
    amounts[content.index] = Math.ceil(share * content.bytes);
  }
}

/** Of what crosses it, bytes: between the ends of two it works evenly. */
function broughtAt({ ends, sums, from }: Line, time: number): number {
  const next = ends.findIndex((at) => at > time);
  if (next === -1) return sums.at(-1) ?? 0;
  const until = ends[next] ?? time;
  const [start, done] = next === 0 ? [from, 0] : [ends[next - 1] ?? from, sums[next - 1] ?? 0];
  return done + (((sums[ends.lastIndexOf(until)] ?? 0) - done) * (time - start)) / Math.max(1, until - start);
}

/** Lines end as early with other units that are whole on the medium as with a part of one, and those are there with the courier. */
function preferWhole(lines: readonly Line[], amounts: Amounts): void {
  for (const cut of new Set(lines.flatMap(({ contents }) => [...contents.keys()]))) {
    if ((amounts[cut.index] ?? NONE) <= 0 || amounts[cut.index] === cut.bytes) continue;
    const crossed = lines.flatMap(({ contents }) => (contents.has(cut) ? [contents] : []));
    for (const other of crossed[0]?.keys() ?? []) {
      const space = other.bytes + other.listBytes;
      const left = (amounts[cut.index] ?? NONE) - space;
      // Each line that would bring more of the one has less of the other to bring.
      const isAsMuch = crossed.every((wire) => (wire.get(other) ?? 0) >= AS_MUCH * (space / cut.bytes) * (wire.get(cut) ?? 0));
      if (amounts[other.index] !== NONE || left < 0 || !isAsMuch) continue;
      amounts[other.index] = other.bytes;
      amounts[cut.index] = left < cut.bytes * LEAST ? NONE : left;
    }
  }
}

/** What room is left, bytes, takes more of what the lines bring last. */
function fill(amounts: Amounts, late: readonly Crossing[], room: number): void {
  let left = room;
  for (const { content } of late.filter(({ lineAt }) => lineAt < Infinity).toSorted((a, b) => b.lineAt - a.lineAt)) {
    const { index, bytes, listBytes } = content;
    const amount = amounts[index] ?? NONE;
    const used = amount === NONE ? -listBytes : amount;
    const more = Math.min(bytes, Math.floor(used + left));
    if (more <= amount || more < bytes * LEAST) continue;
    amounts[index] = more;
    left -= more - used;
  }
}
