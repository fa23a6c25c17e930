import type { Signal } from "@preact/signals";
import { choices, type Choice } from "../../lib/selection.ts";
import type { Overview } from "../../lib/types.ts";
import { ROLE_NAMES } from "../../lib/words.ts";

export function ChoiceForm({ choice, overview, faults }: { choice: Signal<Choice>; overview: Overview; faults: readonly string[] }) {
  const offered = choices(overview, choice.value);
  const change = (part: Partial<Choice>) => (choice.value = { ...choice.value, ...part });
  const { sites, systems, roles, packages, full, maxUnavailable, graceMinutes } = choice.value;
  return (
    <form class="card choice" onSubmit={(event) => event.preventDefault()}>
      <Checks legend="Sites" names={offered.sites} chosen={sites} onChange={(chosen) => change({ sites: chosen })} />
      <Checks legend="Systems" names={offered.systems} chosen={systems} onChange={(chosen) => change({ systems: chosen })} />
      <Checks
        legend="Roles"
        names={offered.roles}
        nameOf={(role) => ROLE_NAMES[role]}
        chosen={roles}
        onChange={(chosen) => change({ roles: chosen })}
      />
      <Checks legend="Packages" names={offered.packages} chosen={packages} onChange={(chosen) => change({ packages: chosen })} />
      <fieldset>
        <legend>How</legend>
        <label class="field">
          Systems of a role and site unavailable at once
          <input
            type="number"
            min="1"
            step="1"
            value={maxUnavailable}
            onInput={(event) => change({ maxUnavailable: event.currentTarget.valueAsNumber })}
          />
        </label>
        <label class="field">
          Keep the previous generation, minutes
          <input
            type="number"
            min="0"
            step="1"
            value={graceMinutes}
            onInput={(event) => change({ graceMinutes: event.currentTarget.valueAsNumber })}
          />
        </label>
        <label class="check">
          <input type="checkbox" checked={full} onChange={(event) => change({ full: event.currentTarget.checked })} />
          <span>Full: a rebuild sends every byte again; verifying and repairing hash every byte</span>
        </label>
        {faults.map((fault) => (
          <p key={fault} class="fault" role="alert">
            {fault}
          </p>
        ))}
      </fieldset>
    </form>
  );
}

interface ChecksProps<Name extends string> {
  legend: string;
  names: readonly Name[];
  chosen: readonly Name[];
  nameOf?: (name: Name) => string;
  onChange: (chosen: Name[]) => void;
}

function Checks<Name extends string>({ legend, names, chosen, nameOf = (name) => name, onChange }: ChecksProps<Name>) {
  const count = names.filter((name) => chosen.includes(name)).length;
  return (
    <fieldset>
      <legend>
        {legend} <span class="muted">{count === 0 ? "all" : `${count} of ${names.length}`}</span>
      </legend>
      <div class="checks">
        {names.map((name) => (
          <label key={name} class="check">
            <input
              type="checkbox"
              checked={chosen.includes(name)}
              onChange={(event) => onChange(event.currentTarget.checked ? [...chosen, name] : chosen.filter((other) => other !== name))}
            />
            <span>{nameOf(name)}</span>
          </label>
        ))}
        {names.length === 0 && <span class="muted">none</span>}
      </div>
    </fieldset>
  );
}
