import type { Signal } from "@preact/signals";
import { SearchField } from "../../components/page-parts.tsx";
import type { StateFilter } from "../../lib/unit-rows.ts";

const STATES: readonly { state: StateFilter; name: string }[] = [
  { state: "all", name: "All" },
  { state: "working", name: "Working" },
  { state: "waiting", name: "Waiting" },
  { state: "failed", name: "Not done" },
  { state: "done", name: "Done" },
];

export interface UnitFiltersProps {
  counts: Record<StateFilter, number>;
  systems: readonly string[];
  state: Signal<StateFilter>;
  system: Signal<string>;
  text: Signal<string>;
}

export function UnitFilters({ counts, systems, state, system, text }: UnitFiltersProps) {
  return (
    <div class="filters">
      <fieldset class="segments">
        <legend class="unseen">State</legend>
        {STATES.map(({ state: value, name }) => (
          <label key={value}>
            <input type="radio" name="state" value={value} checked={state.value === value} onChange={() => (state.value = value)} />
            <span>
              {name} <span class="count">{counts[value]}</span>
            </span>
          </label>
        ))}
      </fieldset>
      <label class="filter">
        <span class="unseen">System</span>
        <select value={system.value} onChange={(event) => (system.value = event.currentTarget.value)}>
          <option value="">All systems</option>
          {systems.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <SearchField label="Find a unit" text={text} />
    </div>
  );
}
