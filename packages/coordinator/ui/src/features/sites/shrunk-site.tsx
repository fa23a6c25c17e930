import type { SiteState } from "@sitewright/protocol/api";
import { Section } from "../../components/page-parts.tsx";
import { AcceptSite } from "./accept-site.tsx";

/** A site most of whose data are missing: what was seen, and that it is right as it is. */
export function ShrunkSite({ site: { code, name, shrunk }, onChange }: { site: SiteState; onChange: () => Promise<void> }) {
  return (
    <Section title={`Most of the data of ${code} ${name} are missing`}>
      <div class="card held-site">
        <p>Its systems are left out, and nothing is removed from them, until the data are back or an operator accepts the site as it is.</p>
        <ul class="signs">
          {shrunk.map((one) => (
            <li key={one}>{one}</li>
          ))}
        </ul>
        <div class="actions">
          <AcceptSite code={code} risk="What is missing is no longer expected." onChange={onChange} />
        </div>
      </div>
    </Section>
  );
}
