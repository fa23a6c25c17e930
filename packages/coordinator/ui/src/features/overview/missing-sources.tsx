import { useSignal, useSignalEffect } from "@preact/signals";
import type { MissingSource } from "@sitewright/protocol/api";
import { acceptSource, missingSources } from "../../api/operations.ts";
import { overview, refreshSoon } from "../../api/store.ts";
import { Action } from "../../components/action.tsx";
import { Section } from "../../components/page-parts.tsx";
import { useFirst } from "../../components/use-first.tsx";
import { plural } from "../../lib/format.ts";

const MOST = 10;
const ABOUT_MISSING = new Set(["SOURCE_GONE", "NOT_DESCRIBED"]);

/** What should be in the site data and is missing: only an operator can accept that. */
export function MissingSources() {
  const missing = useSignal<readonly MissingSource[]>([]);
  const read = async (): Promise<void> => void (missing.value = await missingSources());
  useSignalEffect(() => {
    const problems = overview.value?.problems ?? [];
    if (problems.some(({ code }) => ABOUT_MISSING.has(code))) read().catch(() => {});
    else missing.value = [];
  });
  const { shown, more } = useFirst(missing.value, "place", MOST);
  if (missing.value.length === 0) return null;
  return (
    <Section title="Missing in the site data">
      <ul class="card missing">
        {shown.map(({ place, units, message }) => (
          <li key={place}>
            <span>
              <strong>{place}</strong> <span class="muted">{plural(units.length, "unit")}</span>
              <br />
              {message}
            </span>
            <Action
              label="This is correct"
              act={async () => {
                await acceptSource(place);
                await read();
                refreshSoon();
              }}
              question={{
                title: `Is it right that ${place} is missing?`,
                text: (
                  <p>
                    From now on what is there is the expected content: the next rebuild removes the rest from the systems as well. Is its
                    disk mounted?
                  </p>
                ),
                yes: "Yes, this is correct",
              }}
            />
          </li>
        ))}
      </ul>
      {more}
    </Section>
  );
}
