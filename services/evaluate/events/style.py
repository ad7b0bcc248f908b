"""The look of the report; light or dark, as the reader's browser is."""

STYLE = """
:root { --ink: #1d2530; --quiet: #66717f; --paper: #fbfbfa; --card: #ffffff; --line: #dfe3e8;
  --grid: #e9ecef;
  --good: #1f8f5f; --bad: #d0342c; --warn: #e9a23b; --fall: #e4876a; --asked: #7aa7d9; --other: #c9ced6;
  --beside: #8b93a1; --window: #1f8f5f18; --curve: #2f6db3; --second: #c0632a; --third: #1f8f5f; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e8ee; --quiet: #98a3b3; --paper: #14181d;
  --card: #1c2229; --line: #333c47; --grid: #29313a; --good: #45b985; --bad: #f0665e; --warn: #d99a3c;
  --fall: #b5593c; --asked: #3d6c9f; --other: #48515d; --beside: #78828f; --window: #45b98522;
  --curve: #6ea5e0; --second: #e08a52; --third: #45b985; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 28px 24px 60px; max-width: 1020px; background: var(--paper);
  color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
h1 { font-size: 24px; margin: 0 0 4px; } h2 { font-size: 18px; margin: 36px 0 10px; }
h3 { font-size: 14px; margin: 0 0 6px; font-weight: 600; }
.quiet { color: var(--quiet); } p { margin: 4px 0; } a { color: var(--curve); text-decoration: none; }
.cards { display: flex; flex-wrap: wrap; gap: 12px; margin: 18px 0; }
.card { flex: 1 1 150px; background: var(--card); border: 1px solid var(--line); border-radius: 8px;
  padding: 12px 14px; }
.card b { display: block; font-size: 25px; line-height: 1.25; font-variant-numeric: tabular-nums; }
.card.good b { color: var(--good); } .card.bad b { color: var(--bad); } .card span { color: var(--quiet);
  font-size: 13px; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; background: var(--card); border: 1px solid var(--line);
  font-variant-numeric: tabular-nums; font-size: 14px; }
th, td { padding: 5px 9px; text-align: right; border-top: 1px solid var(--line); white-space: nowrap; }
th { font-weight: 500; color: var(--quiet); border-top: 0; }
  th:first-child, td:first-child { text-align: left; }
td small { color: var(--quiet); } tr.all td { font-weight: 600; } td svg { vertical-align: middle; }
tr.here td { background: var(--window); }
.pair { display: flex; flex-wrap: wrap; gap: 16px; } .pair > * { flex: 1 1 400px; min-width: 0; }
figure { margin: 0; background: var(--card); border: 1px solid var(--line); border-radius: 8px;
  padding: 12px; }
figcaption { font-size: 13px; color: var(--quiet); margin-bottom: 6px; }
.clip { background: var(--card); border: 1px solid var(--line); border-left: 4px solid var(--good);
  border-radius: 8px; padding: 12px 14px; margin: 0 0 14px; }
.clip.wrong { border-left-color: var(--bad); } .clip p { font-size: 13px; }
  .clip p.wrong { color: var(--bad); }
.clip p.note { color: var(--quiet); }
.pictures { display: flex; flex-wrap: wrap; gap: 6px; margin-top: 8px; }
.pictures div { font-size: 11px; color: var(--quiet); } .pictures img { display: block; height: 84px;
  border-radius: 3px; }
ul.wrong { padding-left: 20px; } ul.wrong li { margin: 2px 0; }
svg { display: block; max-width: 100%; } td svg { display: block; width: 84px; margin-left: auto; }
td.bar { width: 100px; padding-left: 0; } td.bar small { display: block; line-height: 1.1; }
svg.plot, svg.strip { width: 100%; height: auto; }
svg text { fill: var(--ink); font-size: 11px; } svg .name { fill: var(--quiet); font-size: 11px; }
svg .tick { fill: var(--quiet); } svg .time { font-weight: 700; } svg .grid { stroke: var(--grid); }
.track { stroke: var(--grid); stroke-width: 3; stroke-linecap: round; }
.whisker { stroke: var(--curve); stroke-width: 3; stroke-linecap: round; opacity: .45; }
.dot { fill: var(--curve); } .curve { fill: none; stroke: var(--curve); stroke-width: 2; }
.curve.c1 { stroke: var(--second); } .curve.c2 { stroke: var(--third); }
.band { fill: var(--curve); opacity: .13; }
.aim { fill: none; stroke: var(--warn); stroke-dasharray: 4 3; stroke-width: 1.3; }
.window { fill: var(--window); } .label.fall { fill: var(--fall); } .label.asked { fill: var(--asked); }
.label.other { fill: var(--other); opacity: .55; } .label.missed { stroke: var(--bad); stroke-width: 2.5; }
.reached { stroke: var(--ink); stroke-width: 1.5; } .suspected { fill: var(--warn); opacity: .55; }
.told { opacity: .75; } .told.right { fill: var(--good); } .told.false { fill: var(--bad); }
.told.beside { fill: var(--beside); } polygon.alert { stroke: none; } line.alert { stroke-width: 2; }
.alert.right { fill: var(--good); stroke: var(--good); } .alert.false { fill: var(--bad);
  stroke: var(--bad); }
.alert.beside { fill: var(--beside); stroke: var(--beside); }
.key { display: flex; flex-wrap: wrap; gap: 6px 18px; font-size: 13px; color: var(--quiet);
  margin: 0 0 12px; }
.key i { display: inline-block; width: 22px; height: 11px; border-radius: 2px; margin-right: 6px; }
"""
