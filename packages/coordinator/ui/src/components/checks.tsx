import { useSignal } from "@preact/signals";
import { plural } from "../lib/format.ts";
import { SearchField } from "./page-parts.tsx";
import { useFirst } from "./use-first.tsx";

interface ChecksProps<Name extends string> {
  legend: string;
  names: readonly Name[];
  chosen: readonly Name[];
  nameOf?: (name: Name) => string;
  onChange: (chosen: Name[]) => void;
  /** What it means that none is chosen. */
  none?: string;
  /** Said where there are no names. */
  empty?: string;
}

/** Number of names from which on a list has a search field. */
const MANY = 20;

/** Names to choose from. */
export function Checks<Name extends string>({
  legend,
  names,
  chosen,
  nameOf = (name) => name,
  onChange,
  none = "all",
  empty = "none",
}: ChecksProps<Name>) {
  const text = useSignal("");
  const count = names.filter((name) => chosen.includes(name)).length;
  const wanted = text.value.trim().toLowerCase();
  const found = names.filter((name) => wanted === "" || chosen.includes(name) || nameOf(name).toLowerCase().includes(wanted));
  const { shown, more } = useFirst(found, "name");
  return (
    <fieldset>
      <legend>
        {legend} <span class="muted">{count === 0 ? none : `${count} of ${names.length}`}</span>
      </legend>
      {names.length > MANY && (
        <SearchField label={`Find one of ${plural(names.length, legend.toLowerCase().replace(/s$/, ""))}`} text={text} />
      )}
      <div class="checks">
        {shown.map((name) => (
          <Check
            key={name}
            label={nameOf(name)}
            checked={chosen.includes(name)}
            onChange={(checked) => onChange(checked ? [...chosen, name] : chosen.filter((other) => other !== name))}
          />
        ))}
        {names.length === 0 && <span class="muted">{empty}</span>}
        {more}
      </div>
    </fieldset>
  );
}

export function Check({ label, checked, onChange }: { label: string; checked: boolean; onChange: (checked: boolean) => void }) {
  return (
    <label class="check">
      <input type="checkbox" checked={checked} onChange={(event) => onChange(event.currentTarget.checked)} />
      <span>{label}</span>
    </label>
  );
}
