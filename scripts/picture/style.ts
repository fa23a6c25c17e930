/** The colours of the user interface; a picture in a page has nothing but the system's wish to go by. */
export const STYLE = `
text { font: 13px system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; fill: #53606d; paint-order: stroke; stroke: #ffffff; stroke-width: 4px; }
.title { font-size: 18px; font-weight: 600; fill: #17212b; }
.strong, .label { fill: #17212b; }
.strong { font-weight: 600; }
.label { stroke: none; }
.middle { text-anchor: middle; }
.end { text-anchor: end; }
.ground { fill: #ffffff; }
.grid { stroke: #d8dee5; }
.area { stroke: #ffffff; stroke-width: 1.5; }
.area1 { fill: #a9cdf3; }
.area2 { fill: #a8dccf; }
.area3 { fill: #cfc2f1; }
.area4 { fill: #f4c6c2; }
.budget { fill: none; stroke: #815000; stroke-width: 2.5; stroke-dasharray: 7 4; }
.pointer { stroke: #53606d; }
@media (prefers-color-scheme: dark) {
  text { fill: #9fadbb; stroke: #181f27; }
  .title, .strong, .label { fill: #e6ecf2; }
  .ground { fill: #181f27; }
  .grid { stroke: #2d3844; }
  .area { stroke: #181f27; }
  .area1 { fill: #2b4f7d; }
  .area2 { fill: #235c52; }
  .area3 { fill: #4c3f7d; }
  .area4 { fill: #75383b; }
  .budget { stroke: #efbb5d; }
  .pointer { stroke: #9fadbb; }
}
`;
