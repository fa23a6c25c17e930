/** The addresses at which an agent's coordinator may answer: one is used at a time. */
export interface CoordinatorAddresses {
  /** The one to be tried, or in use. */
  readonly url: URL;
  /** The coordinator there welcomed this agent: after a loss it is tried first. */
  answered(): void;
  /** It did not: the next address is to be tried. Returns true when each was tried once since the last answer or the last true. */
  failed(): boolean;
  /** For a person; empty as long as there is only one. */
  describe(): string;
  /** These are tried after the given ones, instead of those that were learned before; the one in use stays. */
  learn(learned: readonly URL[]): void;
}

/** @param given In the order in which they are tried; at least one. */
export function createAddresses(given: readonly [URL, ...URL[]]): CoordinatorAddresses {
  let urls: URL[] = [...given];
  let first = 0;
  let at = 0;
  return {
    get url() {
      return urls[at] as URL;
    },
    answered() {
      first = at;
    },
    failed() {
      at = (at + 1) % urls.length;
      return at === first;
    },
    learn(learned) {
      const [used, tried] = [urls[at] as URL, urls[first] as URL];
      const byText = new Map([...given, ...learned, used].map((url) => [url.href, url]));
      urls = [...byText.values()];
      const placeOf = ({ href }: URL): number => Math.max(0, [...byText.keys()].indexOf(href));
      [at, first] = [placeOf(used), placeOf(tried)];
    },
    describe: () => (urls.length === 1 ? "" : (urls[at] as URL).host),
  };
}
