/**
 * How the page of a run looks: in light and dark, on a narrow screen, and on paper.
 */

/**
 * A style sheet that asks for nothing from elsewhere. Text meets WCAG AA on whatever it stands on, in light and dark.
 *
 * @category styles
 */
export const sheet = `
:root {
  color-scheme: light;
  --paper: #fafaf7; --sheet: #ffffff; --sunk: #f1f2ee; --line: #dcdfd8; --strong: #8b948c;
  --ink: #1c2320; --soft: #566059; --link: #0b5f52;
  --bar: #6f9aa5; --critical: #0b5a6e; --failed: #b3261e; --stopped: #8a5a00; --good: #146c43;
  --failed-sheet: #fdf0ee; --stopped-sheet: #fbf4e3; --good-sheet: #eaf5ee
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    color-scheme: dark;
    --paper: #131716; --sheet: #1a1f1d; --sunk: #222927; --line: #343d3a; --strong: #75807b;
    --ink: #e7ebe8; --soft: #a5b0aa; --link: #6fd0bd;
    --bar: #4f7f8c; --critical: #8fd3e6; --failed: #ff9389; --stopped: #e6b95c; --good: #7fd6a2;
    --failed-sheet: #33201e; --stopped-sheet: #2f2817; --good-sheet: #1b2f25
  }
}
* { box-sizing: border-box }
html { background: var(--paper); scroll-behavior: smooth; -webkit-text-size-adjust: 100% }
body {
  margin: 0 auto; padding: 0 clamp(1rem, 4vw, 2.5rem) 4rem; max-width: 76rem; color: var(--ink);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", Arial, sans-serif;
  font-variant-numeric: tabular-nums; overflow-wrap: anywhere
}
a { color: var(--link); text-underline-offset: .2em }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; border-radius: 3px }
.hidden { position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap }
.skip { position: absolute; left: 1rem; top: -6rem; padding: .5rem 1rem; background: var(--sheet); z-index: 1 }
.skip:focus { top: .75rem }
.quiet { color: var(--soft) }
p { margin: 0 0 .75rem; max-width: 68ch }

header { padding: clamp(1.75rem, 5vw, 3.25rem) 0 0 }
h1 { margin: 0; font-size: clamp(1.6rem, 4.5vw, 2.3rem); line-height: 1.15; letter-spacing: -.02em; font-weight: 650 }
h1 small { font-size: .5em; font-weight: 400; letter-spacing: 0; color: var(--soft) }
.title { display: flex; flex-wrap: wrap; align-items: center; gap: .5rem 1rem; margin-bottom: .5rem }
.badge { padding: .15rem .7rem; border: 1px solid; border-radius: 99px; font-size: .875rem; font-weight: 600 }
.badge.completed { color: var(--good); background: var(--good-sheet) }
.badge.failed, .badge.rejected, .badge.denied { color: var(--failed); background: var(--failed-sheet) }
.badge.incomplete, .badge.interrupted { color: var(--stopped); background: var(--stopped-sheet) }
.facts { display: flex; flex-wrap: wrap; gap: .75rem 2.25rem; margin: 1.25rem 0 0; padding: 1rem 0; border-block: 1px solid var(--line) }
.facts dt { color: var(--soft); font-size: .8125rem }
.facts dd { margin: 0; font-weight: 550 }
.facts .id { font: .8125rem/1.9 ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace }
nav ul { display: flex; flex-wrap: wrap; gap: .35rem 1.25rem; margin: .85rem 0 0; padding: 0; list-style: none; font-size: .9375rem }

section { margin-top: 2.75rem; scroll-margin-top: 1rem }
h2 { margin: 0 0 .9rem; font-size: 1.2rem; letter-spacing: -.01em; font-weight: 650; line-height: 1.3 }
h3 { margin: 1.5rem 0 .6rem; font-size: 1rem; font-weight: 600 }
h4 { margin: .75rem 0 .35rem; font-size: .8125rem; font-weight: 500; color: var(--soft) }
.sheet > h3:first-child { margin-top: 0 }
.sheet { background: var(--sheet); border: 1px solid var(--line); border-radius: 10px; padding: 1rem 1.25rem }

.fields { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 15rem), 1fr)); gap: .9rem 1.75rem; margin: 0 }
.fields > div { min-width: 0 }
.fields > .whole { grid-column: 1 / -1 }
.fields dt { color: var(--soft); font-size: .8125rem; line-height: 1.5 }
.fields dd { margin: 0; max-width: 76ch }
.fields > .number > dd { font-weight: 550 }
.fields > .prose { grid-column: 1 / -1 }
.fields > .whole > dd { max-width: none; margin-top: .3rem }
.fields .fields { padding-left: 1rem; border-left: 2px solid var(--line) }
.list { margin: 0; padding-left: 1.2rem }
.text { white-space: pre-wrap }

.scroll { overflow-x: auto; max-width: 100% }
table { border-collapse: collapse; min-width: min(100%, 42rem); font-size: .9063rem; line-height: 1.45 }
th, td { padding: .42rem 1.1rem .42rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); overflow-wrap: normal }
th:last-child, td:last-child { padding-right: 0 }
thead th { color: var(--soft); font-size: .8125rem; font-weight: 500; vertical-align: bottom }
tbody th { font-weight: 550 }
tbody tr:last-child > * { border-bottom: 0 }
th.number, td.number { text-align: right; white-space: nowrap }
.short { white-space: nowrap }

summary { cursor: pointer; width: fit-content; max-width: 100% }
.more > summary .open { color: var(--link); font-size: .875rem; text-decoration: underline; text-underline-offset: .2em; white-space: nowrap }
.more[open] > summary .cut { display: none }
.more { max-width: 76ch }
.more:has(table) { max-width: none }
.more > summary { list-style: none }
.more > summary::-webkit-details-marker { display: none }

.failure { border-left: 4px solid var(--failed); background: var(--failed-sheet); padding: .75rem 1rem; margin: 0 0 .75rem; border-radius: 4px }
.failure.recovered { border-color: var(--stopped); background: var(--stopped-sheet) }
.failure > div { margin: .15rem 0 0; white-space: pre-wrap; max-width: 90ch }
.failure strong { font-weight: 650 }

.drawing { padding: 1.25rem; overflow-x: auto }
.graph { display: block; width: 100%; height: auto; font: 13px system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", Arial, sans-serif }
.graph text { fill: var(--ink) }
.graph .label { font-weight: 600 }
.graph .note { fill: var(--soft); font-size: 11.5px }
.graph rect { fill: var(--sheet); stroke: var(--strong); stroke-width: 1 }
.graph .input rect { fill: var(--sunk) }
.graph .input text { text-anchor: middle; fill: var(--soft) }
.graph .outer rect { fill: var(--sunk) }
.graph .critical rect { stroke: var(--critical); stroke-width: 2 }
.graph .failed rect { stroke: var(--failed); stroke-width: 2; fill: var(--failed-sheet) }
.graph .interrupted rect { stroke: var(--stopped); fill: var(--stopped-sheet) }
.graph .skipped rect, .graph .pending rect { stroke-dasharray: 4 3; fill: none }
.graph a:focus-visible { outline: none }
.graph a:focus-visible rect { stroke: var(--link); stroke-width: 4 }
.graph a:hover .label { text-decoration: underline }
.arrows path { fill: none; stroke: var(--strong); stroke-width: 1.25; marker-end: url(#tip) }
marker path { fill: var(--strong) }

.waterfall { font-size: .9063rem; display: grid; grid-template-columns: fit-content(16rem) minmax(0, 1fr) fit-content(13rem); column-gap: 1rem }
.waterfall ol { margin: 0; padding: 0; list-style: none }
.waterfall ol, .waterfall li, .axis { display: grid; grid-column: 1 / -1; grid-template-columns: subgrid; align-items: center }
.waterfall li { padding: .14rem 0; border-radius: 4px }
.waterfall li:hover { background: var(--sunk) }
.waterfall .name { color: inherit; text-decoration: none; padding-left: calc(var(--depth) * 1rem); white-space: nowrap; overflow: hidden; text-overflow: ellipsis }
.waterfall .name:hover { text-decoration: underline }
.waterfall .time { text-align: right }
.track { position: relative; height: 1.35rem }
.waterfall li .track { margin: -.14rem 0; padding: .14rem 0; box-sizing: content-box; background: repeating-linear-gradient(90deg, var(--line) 0 1px, transparent 1px var(--tick)) }
.axis .track { grid-column: 2; color: var(--soft); font-size: .75rem }
.axis span { position: absolute; transform: translateX(-50%); white-space: nowrap }
.axis span:first-child { transform: none }
.bar { position: absolute; top: .34rem; bottom: .34rem; min-width: 3px; background: var(--bar); border-radius: 2px; overflow: hidden }
.gap { position: absolute; top: .8rem; border-top: 2px dotted var(--strong); min-width: 3px }
.bar.critical { background: var(--critical) }
.bar.failed { background: var(--failed) }
.bar.interrupted { background: repeating-linear-gradient(45deg, var(--stopped) 0 5px, var(--sheet) 5px 8px); border: 1px solid var(--stopped) }
.bar.skipped { background: none; border: 1px dashed var(--strong) }
.bar.cached { background: none; border: 1px solid var(--good) }
.bar.running { background: none; border: 1px solid var(--bar) }
.wait { position: absolute; top: 25%; bottom: 25%; width: 5px; background: radial-gradient(circle, var(--sheet) 2px, transparent 2.5px) }
.retry { position: absolute; top: 0; bottom: 0; width: 2px; margin-left: -1px; background: var(--sheet) }
.mark { fill: var(--soft); vertical-align: -.06em; flex: none }
.mark.finished, .mark.cached { fill: var(--good) }
.mark.failed { fill: var(--failed) }
.mark.interrupted { fill: var(--stopped) }
.aside { margin: .75rem 0 0; color: var(--soft); font-size: .875rem }
.legend { display: flex; flex-wrap: wrap; gap: .3rem 1.5rem; margin: 1rem 0 0; padding: .75rem 0 0; border-top: 1px solid var(--line); list-style: none; color: var(--soft); font-size: .8125rem }
.legend .gap { position: relative; display: inline-block; inset: auto; width: 1.5rem; margin-right: .45rem; vertical-align: .25rem }
.legend .bar { position: relative; display: inline-block; inset: auto; width: 1.5rem; height: .7rem; margin-right: .45rem }

.step { border-bottom: 1px solid var(--line) }
.step:last-child { border-bottom: 0 }
.step > summary { padding: .5rem 0; width: auto }
.step > summary .took { color: var(--soft); margin-left: .5rem }
.step > div { padding: .25rem 0 1.1rem 1.15rem; scroll-margin-top: 4rem }
.step .about { color: var(--soft); margin-bottom: .6rem }
.state-failed { color: var(--failed); font-weight: 600 }
.state-interrupted { color: var(--stopped); font-weight: 600 }
footer { margin-top: 3rem; padding-top: 1rem; border-top: 1px solid var(--line); color: var(--soft); font-size: .8125rem }

@media screen and (max-width: 44rem) {
  .waterfall { grid-template-columns: minmax(0, 1fr) max-content }
  .waterfall li { row-gap: .1rem; padding: .35rem 0 }
  .waterfall .name { grid-row: 1; grid-column: 1 }
  .waterfall .time { grid-row: 1; grid-column: 2 }
  .waterfall .track { grid-row: 2; grid-column: 1 / -1; height: 1rem }
  .axis .track { grid-column: 1 / -1 }
  .axis span:nth-child(even) { display: none }
  .sheet { padding: .85rem .9rem }
}
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto } }
@media print {
  :root { --paper: #fff; --sheet: #fff; --sunk: #f4f4f1 }
  @page { margin: 16mm 14mm }
  html { font-size: 9pt }
  body { padding: 0; max-width: none }
  header { padding-top: 0 }
  nav, .skip, .more > summary .open { display: none }
  a { color: inherit; text-decoration: none }
  .sheet { border: 0; padding: 0 }
  .drawing, .scroll { overflow: visible; padding: 0 }
  .graph { min-width: 0 !important }
  h2, h3, summary { break-after: avoid }
  .waterfall li, tr, .failure, .graph { break-inside: avoid }
  .short, thead th, thead th.number { white-space: normal }
  th, td { padding-right: .6rem; overflow-wrap: anywhere }
  td.number, th.number { overflow-wrap: normal }
  table { font-size: .72em }
  .bar, .gap, .badge, .failure { print-color-adjust: exact; -webkit-print-color-adjust: exact }
  details::details-content { content-visibility: visible; display: block; height: auto; opacity: 1 }
  .more > summary .cut { display: none }
  section { margin-top: 1.75rem }
}
`
