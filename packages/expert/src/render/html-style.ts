/** The footer of each printed page of one language. */
export interface Foot {
  language: string;
  list: string;
  page: string;
  of: string;
}

/** The page's only style sheet: light and dark on screen, black on white on paper. */
export function styleOf(feet: readonly Foot[]): string {
  return `${SCREEN}${feet.map((foot) => footStyle(foot, feet)).join("")}${PAPER}`;
}

function footStyle({ language, list, page, of }: Foot, feet: readonly Foot[]): string {
  const others = feet
    .filter((foot) => foot.language !== language)
    .map((foot) => `body:has(#show-${language}:checked) main[lang=${foot.language}]`);
  return `${others.length > 0 ? `${others.join(",")}{display:none}` : ""}
main[lang=${language}]{page:${language}}
@page ${language}{@bottom-left{content:${quoted(list)}}@bottom-right{content:${quoted(`${page} `)} counter(page) ${quoted(` ${of} `)} counter(pages)}}
`;
}

/** A CSS string that cannot end the style sheet either. */
function quoted(text: string): string {
  return `"${text.replaceAll(/[^A-Za-z0-9 .+]/g, (sign) => `\\${sign.codePointAt(0)?.toString(16) ?? ""} `)}"`;
}

const SCREEN = `
:root{color-scheme:light dark;--ink:light-dark(#17202a,#e6edf3);--muted:light-dark(#566573,#9fb0c0);--ground:light-dark(#f4f6f8,#0d1318);--card:light-dark(#fff,#151d24);
--line:light-dark(#d8dee4,#2b3640);--accent:light-dark(#0b5c8a,#6cb8e6);--soft:light-dark(#e7f1f8,#16303f)}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.5 system-ui,"Segoe UI","Liberation Sans",sans-serif}
main{max-width:60rem;margin:0 auto;padding:1rem 1.25rem 4rem}
.languages{display:flex;gap:.4rem;max-width:60rem;margin:0 auto;padding:1rem 1.25rem 0;border:0;justify-content:flex-end}
.languages legend{position:absolute;clip-path:inset(50%);width:1px;height:1px;overflow:hidden}
.languages input{position:absolute;opacity:0}
.languages label{padding:.2rem .8rem;border:1px solid var(--line);border-radius:1rem;cursor:pointer}
.languages input:checked+label{background:var(--accent);border-color:var(--accent);color:light-dark(#fff,#08131a)}
.languages input:focus-visible+label,a:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
h1{margin:.1rem 0 .5rem;font-size:2.1rem;line-height:1.15;text-wrap:balance}
h2{margin:2.2rem 0 .5rem;font-size:1.35rem}
a{color:var(--accent)}
.list{margin:0;color:var(--muted);font-variant-numeric:tabular-nums}
.intro{max-width:46rem;color:var(--muted)}
nav{display:flex;flex-wrap:wrap;gap:.4rem .5rem;align-items:center}
nav a{padding:.25rem .75rem;border-radius:.5rem;background:var(--soft);text-decoration:none}
nav span{color:var(--muted);font-variant-numeric:tabular-nums}
nav b{margin-left:.5rem;font-weight:500;color:var(--muted)}
dl{margin:0}
dt{color:var(--muted)}
dd{margin:0;min-width:0;overflow-wrap:anywhere}
.pairs dl{display:grid;grid-template-columns:repeat(auto-fit,minmax(19rem,1fr));gap:.6rem 1.5rem;padding:1rem 1.25rem;border:1px solid var(--line);border-radius:.75rem;background:var(--card)}
.pairs dt{font-size:.85rem}
.sources dl{font-size:.85rem;gap:.3rem 1.5rem}
table{width:100%;border-collapse:collapse;border:1px solid var(--line);background:var(--card)}
th,td{padding:.45rem .8rem;border-bottom:1px solid var(--line);text-align:left;vertical-align:top}
th{color:var(--muted);font-weight:500}
.phase>p{margin:.2rem 0 .8rem;color:var(--muted)}
.phase>h2{padding-top:.6rem;border-top:3px solid var(--accent)}
article{margin:.8rem 0;padding:.9rem 1.25rem 1rem;border:1px solid var(--line);border-radius:.75rem;background:var(--card);scroll-margin-top:1rem}
article:target{border-color:var(--accent);box-shadow:0 0 0 2px var(--soft)}
h3{display:flex;flex-wrap:wrap;gap:.1rem .6rem;align-items:baseline;margin:0 0 .5rem;font-size:1.08rem}
h3 b{color:var(--accent);font-variant-numeric:tabular-nums}
h3 small{margin-left:auto;padding:.05rem .6rem;border-radius:1rem;background:var(--soft);font-size:.8rem;font-weight:500}
.box{flex:none;width:.95rem;height:.95rem;border:1.5px solid var(--muted);border-radius:.2rem;align-self:center}
article dl>div{display:grid;grid-template-columns:7.5rem 1fr;gap:.2rem .8rem;padding:.12rem 0}
code,samp{padding:.1rem .4rem;border-radius:.3rem;background:var(--soft);font:.9em ui-monospace,"Liberation Mono",monospace;overflow-wrap:anywhere}
.expect{color:var(--muted)}
.evidence{display:grid;grid-template-columns:3fr 2fr 5fr;gap:1rem;margin:.9rem 0 0;color:var(--muted);font-size:.8rem}
.evidence span{padding-top:1.5rem;border-bottom:1px solid var(--muted)}
@media (max-width:36rem){article dl>div{grid-template-columns:1fr}.evidence{grid-template-columns:1fr 1fr}.evidence span:last-child{grid-column:1/-1}}
`;

const PAPER = `
@page{size:A4;margin:16mm 15mm 18mm;@bottom-left{font:8pt sans-serif;color:#444}@bottom-right{font:8pt sans-serif;color:#444}}
@media print{
:root{color-scheme:light}
body{background:#fff;color:#000;font-size:9.5pt;line-height:1.35}
main{max-width:none;padding:0}
.languages,nav{display:none}
h1{font-size:20pt}
h2{font-size:13pt;break-after:avoid;margin-top:14pt}
h3{font-size:10.5pt}
.phase>p{break-after:avoid}
article,tr,.pairs dl>div{break-inside:avoid}
article{margin:6pt 0;padding:6pt 8pt;border-radius:0;box-shadow:none}
.pairs dl{border-radius:0;padding:6pt 8pt}
.evidence span{padding-top:9pt}
a{color:inherit;text-decoration:none}
}
`;
