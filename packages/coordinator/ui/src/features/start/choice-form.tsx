import { UNIT_KINDS } from "@sitewright/protocol";
import type { Signal } from "@preact/signals";
import { packageNames } from "../../api/packages.ts";
import { Check, Checks } from "../../components/checks.tsx";
import { Faults } from "../../components/page-parts.tsx";
import { choices, type Choice, type Offer } from "../../lib/selection.ts";

export function ChoiceForm({ choice, offer, faults }: { choice: Signal<Choice>; offer: Offer; faults: readonly string[] }) {
  const offered = choices(offer, choice.value);
  const change = (part: Partial<Choice>) => (choice.value = { ...choice.value, ...part });
  const { sites, systems, roles, packages, full, rehash, maxUnavailable, graceMinutes } = choice.value;
  return (
    <form class="card choice" onSubmit={(event) => event.preventDefault()}>
      <Checks legend="Sites" names={offered.sites} chosen={sites} onChange={(chosen) => change({ sites: chosen })} />
      <Checks legend="Systems" names={offered.systems} chosen={systems} onChange={(chosen) => change({ systems: chosen })} />
      <Checks
        legend="Roles"
        names={offered.roles}
        nameOf={(role) => UNIT_KINDS[role].label}
        chosen={roles}
        onChange={(chosen) => change({ roles: chosen })}
      />
      <Checks
        legend="Packages"
        empty={offer.packages ? "none" : "not known yet"}
        names={offered.packages}
        nameOf={(id) => [id, packageNames.value.get(id)].filter(Boolean).join(" · ")}
        chosen={packages}
        onChange={(chosen) => change({ packages: chosen })}
      />
      <fieldset>
        <legend>How</legend>
        <NumberField
          label="Systems of a role and site unavailable at once"
          min={1}
          value={maxUnavailable}
          onChange={(number) => change({ maxUnavailable: number })}
        />
        <NumberField
          label="Keep the previous generation, minutes"
          min={0}
          value={graceMinutes}
          onChange={(number) => change({ graceMinutes: number })}
        />
        <Check
          label="Full: a rebuild sends every byte again; verifying and repairing hash every byte"
          checked={full}
          onChange={(checked) => change({ full: checked })}
        />
        <Check
          label="Rehash: read every byte of the sources, also of files that seem unchanged"
          checked={rehash}
          onChange={(checked) => change({ rehash: checked })}
        />
        <Faults messages={faults} />
      </fieldset>
    </form>
  );
}

function NumberField({ label, onChange, ...field }: { label: string; min: number; value: number; onChange: (value: number) => void }) {
  return (
    <label class="field">
      {label}
      <input type="number" step="1" {...field} onInput={(event) => onChange(event.currentTarget.valueAsNumber)} />
    </label>
  );
}
