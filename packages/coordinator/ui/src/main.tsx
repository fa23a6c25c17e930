import { render } from "preact";
import { startClock } from "./api/clock.ts";
import { startLocation } from "./api/location.ts";
import { startStore } from "./api/store.ts";
import { App } from "./app.tsx";
import { restoreTheme } from "./lib/theme.ts";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/layout.css";
import "./styles/components.css";
import "./styles/tables.css";
import "./styles/pages.css";
import "./styles/hierarchy.css";
import "./styles/units.css";
import "./styles/addresses.css";
import "./styles/forecast.css";
import "./styles/recovery.css";
import "./styles/print.css";

restoreTheme();
startLocation();
startStore();
startClock();

const place = document.querySelector("#app");
if (place) render(<App />, place);
