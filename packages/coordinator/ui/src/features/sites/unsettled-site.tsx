import type { SiteState } from "@sitewright/protocol/api";
import { Section } from "../../components/page-parts.tsx";
import { links } from "../../lib/route.ts";
import { AcceptSite } from "./accept-site.tsx";

/** A site after a recovery that failed or was abandoned: another one, or that the site is right as it is. */
export function UnsettledSite({ site: { code, name, unsettled }, onChange }: { site: SiteState; onChange: () => Promise<void> }) {
  return (
    <Section title={`No site becomes a child of ${code} ${name}`}>
      <div class="card held-site">
        <p>
          Because {unsettled}. Its own systems are rebuilt all the same. End another <a href={links.recoveries}>recovery</a>, or accept the
          site if it is right as it is.
        </p>
        <div class="actions">
          <AcceptSite code={code} risk="Sites may become its children, and take over its definitions." onChange={onChange} />
        </div>
      </div>
    </Section>
  );
}
