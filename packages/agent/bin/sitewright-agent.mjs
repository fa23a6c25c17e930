#!/usr/bin/env node
import { launch } from "@sitewright/node-kit/launch";

await launch("sitewright-agent", import.meta.url);
