import { useSignal, type Signal } from "@preact/signals";
import { LEDGER_KINDS, type LedgerFilter, type LedgerKind } from "@sitewright/protocol/api";

export const words = (kind: string): string => kind.replaceAll("-", " ");

/** What an entry can be about. */
const ABOUT = ["site", "system", "run", "address"] as const;
type About = (typeof ABOUT)[number];

/** Which entries are shown and saved. Text counts when its field is left, or with Enter. */
export function Filters({ filter }: { filter: Signal<LedgerFilter> }) {
  const about = useSignal<About>("site");
  const { kind, by, ...named } = filter.value;
  const of = named[about.value] ?? "";
  const put = (part: LedgerFilter, ...without: (keyof LedgerFilter)[]): void => {
    const kept = Object.entries({ ...filter.value, ...part }).filter(
      ([key, value]) => value !== "" && !without.includes(key as keyof LedgerFilter),
    );
    filter.value = Object.fromEntries(kept) as LedgerFilter;
  };
  return (
    <>
      <label class="filter">
        <span class="unseen">Kind of entry</span>
        <select
          value={kind ?? ""}
          onChange={({ currentTarget: { value } }) => (value === "" ? put({}, "kind") : put({ kind: value as LedgerKind }))}
        >
          <option value="">All kinds</option>
          {LEDGER_KINDS.map((one) => (
            <option key={one} value={one}>
              {words(one)}
            </option>
          ))}
        </select>
      </label>
      <label class="filter">
        <span class="unseen">Who</span>
        <input type="text" placeholder="Who" value={by ?? ""} onChange={({ currentTarget }) => put({ by: currentTarget.value.trim() })} />
      </label>
      <label class="filter">
        <span class="unseen">What it is about</span>
        <select
          value={about.value}
          onChange={({ currentTarget }) => {
            about.value = currentTarget.value as About;
            put(of === "" ? {} : { [about.value]: of }, ...ABOUT.filter((one) => one !== about.value));
          }}
        >
          {ABOUT.map((one) => (
            <option key={one} value={one}>
              About the {one}
            </option>
          ))}
        </select>
      </label>
      <label class="filter">
        <span class="unseen">Name of the {about.value}</span>
        <input
          type="text"
          placeholder={about.value === "site" ? "ABC" : `name of the ${about.value}`}
          value={of}
          onChange={({ currentTarget }) => put({ [about.value]: currentTarget.value.trim() })}
        />
      </label>
    </>
  );
}
