"""What the walk slider looks like: its HTML and CSS."""

HTML = """
<section class="walk" role="group">
  <div class="stage">
    <canvas role="img"></canvas>
    <div class="said">
      <p class="verdict">The network says:<b></b></p>
      <div class="bars"></div>
    </div>
  </div>
  <p class="amount"><b></b> <span></span></p>
  <div class="marks flips"></div>
  <div class="rail"><div class="track"></div><input type="range" step="0.01"></div>
  <div class="marks stops"></div>
  <div class="jumps"></div>
  <div class="legend"><span>100 %</span><span class="keys"></span></div>
  <div class="plot"><div class="inside">
    <svg viewBox="0 0 1000 100" preserveAspectRatio="none" role="img"></svg>
    <span class="beyond">beyond</span>
    <div class="cursor"><div class="point source"></div><div class="point target"></div></div>
  </div></div>
  <div class="legend"><span>0 %</span></div>
</section>
"""

CSS = """
.walk { --source: #3d7fb8; --target: #d9822b; --other: #7d8590; --thumb: 30px; container-type: inline-size;
  --quiet: color-mix(in srgb, var(--st-text-color) 78%, var(--st-background-color));
  --faint: color-mix(in srgb, var(--st-text-color) 22%, transparent);
  --shade: color-mix(in srgb, var(--st-text-color) 8%, transparent);
  font-family: var(--st-font); color: var(--st-text-color); padding: 4px; }
.walk * { box-sizing: border-box; }
.walk p { margin: 0; }
.source { --color: var(--source); } .target { --color: var(--target); } .other { --color: var(--other); }

.stage { display: grid; gap: 1.2rem 2.6rem; align-items: center;
  grid-template-columns: min(57%, calc(max(46vh, 300px) * var(--aspect))) minmax(0, 1fr); }
canvas { width: 100%; aspect-ratio: var(--aspect); display: block; border-radius: var(--st-base-radius, 8px); }
canvas.crisp { image-rendering: pixelated; }
.verdict { font-size: 1.3rem; color: var(--quiet); }
.verdict b { display: block; color: var(--st-text-color); font-size: 2.5rem; font-weight: 700; line-height: 1.25;
  white-space: nowrap; overflow: hidden; text-overflow: ellipsis; padding-left: 0.7rem;
  border-left: 0.4rem solid var(--color); margin-top: 0.2rem; }
.verdict.long b { font-size: 1.75rem; line-height: 1.786; }
.bars { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 0.1rem 0.8rem; margin-top: 1.3rem; }
.bars span { font-size: 1.2rem; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; align-self: end; }
.bars output { font-size: 1.7rem; font-weight: 650; font-variant-numeric: tabular-nums; text-align: right;
  line-height: 1.15; min-width: 4.6em; white-space: nowrap; align-self: end; }
.bar { grid-column: 1 / 3; height: 0.85rem; background: var(--shade); border-radius: 3px; overflow: hidden;
  margin-bottom: 0.45rem; }
.bar i { display: block; height: 100%; background: var(--color); transform-origin: left; transform: scaleX(0); }

.walk .amount { font-size: 1.3rem; margin-top: 0.9rem; color: var(--quiet); white-space: nowrap; overflow: hidden;
  text-overflow: ellipsis; }
.amount b { font-size: 1.9rem; font-weight: 700; font-variant-numeric: tabular-nums; color: var(--st-text-color); }
.rail { position: relative; height: 40px; }
.track { position: absolute; left: 0; right: 0; top: 15px; height: 10px; border-radius: 5px;
  background: linear-gradient(to right, var(--faint) var(--end), var(--shade) var(--end)); }
input[type=range] { appearance: none; -webkit-appearance: none; position: relative; width: 100%; height: 40px;
  margin: 0; background: transparent; cursor: pointer; outline: none; touch-action: pan-y; }
input::-webkit-slider-runnable-track { background: transparent; height: 40px; }
input::-moz-range-track { background: transparent; height: 40px; }
input::-webkit-slider-thumb { -webkit-appearance: none; width: var(--thumb); height: var(--thumb); margin-top: 5px;
  border-radius: 50%; border: 4px solid var(--st-background-color); background: var(--st-primary-color);
  box-shadow: 0 0 0 2px var(--st-primary-color); }
input::-moz-range-thumb { width: var(--thumb); height: var(--thumb); box-sizing: border-box; border-radius: 50%;
  border: 4px solid var(--st-background-color); background: var(--st-primary-color);
  box-shadow: 0 0 0 2px var(--st-primary-color); }
input:focus-visible::-webkit-slider-thumb { box-shadow: 0 0 0 6px var(--st-primary-color); }
input:focus-visible::-moz-range-thumb { box-shadow: 0 0 0 6px var(--st-primary-color); }
.tick { position: absolute; left: calc(var(--thumb) / 2 + (100% - var(--thumb)) * var(--at)); top: 8px; height: 24px;
  width: 3px; margin-left: -1.5px; background: var(--quiet); pointer-events: none; }
.tick.flip { background: var(--st-text-color); top: 0; height: 40px; clip-path: polygon(0 0, 100% 0, 100% 35%, 0 35%,
  0 65%, 100% 65%, 100% 100%, 0 100%); }
.marks { position: relative; }
.marks span { position: absolute; left: 0; white-space: nowrap; font-size: 1.1rem; line-height: 1.4; }
.marks.flips span { font-weight: 650; }
.jumps { display: flex; flex-wrap: wrap; gap: 0.6rem; margin: 0.5rem 0 0.2rem; }
.jumps:empty { display: none; }
.jumps button { font: 600 1.1rem var(--st-font); color: var(--st-text-color); background: transparent; cursor: pointer;
  border: 2px solid var(--st-border-color, currentColor); border-radius: 0.5rem; padding: 0.35rem 1rem; }
.jumps button:hover, .jumps button:focus-visible, .jumps button[aria-pressed=true] {
  border-color: var(--st-primary-color); }
.jumps button[aria-pressed=true] { background: color-mix(in srgb, var(--st-primary-color) 18%, transparent); }
.jumps button:focus-visible { outline: 3px solid var(--st-primary-color); outline-offset: 2px; }

.legend { display: flex; justify-content: space-between; gap: 1rem; padding: 0 calc(var(--thumb) / 2);
  font-size: 1rem; line-height: 1.5; color: var(--quiet); font-variant-numeric: tabular-nums; }
.keys { display: flex; gap: 1.4rem; min-width: 0; }
.keys span { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.keys .source::before, .keys .target::before { content: ""; display: inline-block; width: 1.5rem; height: 4px;
  background: var(--color); vertical-align: 0.28em; margin-right: 0.45rem; border-radius: 2px; }
.plot { padding: 10px calc(var(--thumb) / 2); margin: -10px 0; overflow: hidden; }
.inside { position: relative; height: clamp(92px, 13vh, 170px); }
svg { position: absolute; inset: 0; width: 100%; height: 100%; overflow: visible; }
svg * { vector-effect: non-scaling-stroke; fill: none; }
svg .zone { fill: var(--shade); }
svg .grid, svg .stop { stroke: var(--faint); stroke-width: 1; }
svg .flip { stroke: var(--st-text-color); stroke-width: 2; stroke-dasharray: 6 5; }
svg .curve { stroke: var(--color); stroke-width: 4; stroke-linejoin: round; }
.beyond { position: absolute; top: 50%; transform: translate(-50%, -50%); font-size: 1.1rem; font-style: italic;
  color: var(--quiet); pointer-events: none; }
.cursor, .point { position: absolute; inset: 0; pointer-events: none; will-change: transform; }
.cursor::before { content: ""; position: absolute; top: 0; bottom: 0; left: -1.5px; width: 3px;
  background: var(--st-primary-color); }
.point::before { content: ""; position: absolute; left: -8px; top: -8px; width: 16px; height: 16px;
  border-radius: 50%; box-sizing: border-box;
  background: var(--color); border: 2px solid var(--st-background-color); }

@container (max-width: 720px) {
  .stage { grid-template-columns: minmax(0, 1fr); }
  canvas { width: min(100%, calc(max(34vh, 260px) * var(--aspect))); margin: 0 auto; }
  .bars { margin-top: 0.7rem; grid-template-columns: fit-content(40%) minmax(0, 1fr) auto; grid-auto-flow: dense; }
  .bars span, .bars output { align-self: center; }
  .bars output { grid-column: 3; font-size: 1.4rem; }
  .bar { grid-column: 2; align-self: center; margin: 0; }
  .verdict { display: flex; align-items: baseline; gap: 0.8rem; white-space: nowrap; }
  .verdict b { min-width: 0; margin: 0; font-size: 2rem; }
  .verdict.long b { font-size: 1.4rem; }
}
"""
