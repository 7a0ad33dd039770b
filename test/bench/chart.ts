/** The figures that name a chart, drawn as bars: one group each, its own scale, the target as a line. */
import { reached, type Figure } from './measure.ts';
import { valueText } from './report.ts';

const width = 830;
const label = 360;
const bar = 18;
const step = 26;
const groupHead = 34;
const room = width - label - 110;
/** What a value's text takes: a target's line that would run through it pushes it aside. */
const textRoom = 90;

const style = `
  text { font: 13px system-ui, sans-serif; fill: #1c2430 }
  .head { font-weight: 600 } .bar { fill: #3d6fd9 } .missed { fill: #c2452d } .target { stroke: #1c2430; stroke-dasharray: 3 3 }
  .ground { fill: #ffffff }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6eaf0 } .bar { fill: #7aa2f7 } .missed { fill: #ff8a70 } .target { stroke: #e6eaf0 } .ground { fill: #12161d }
  }`;

const escape = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

function drawGroup(name: string, figures: readonly Figure[], top: number): string {
  const most = Math.max(...figures.map(({ value, target }) => Math.max(value, target?.at ?? 0)));
  const scale = (value: number): number => Math.round((value / most) * room);
  const bars = figures.map((figure, place) => {
    const y = top + groupHead + place * step;
    const target = figure.target ? label + scale(figure.target.at) : null;
    const end = label + scale(figure.value);
    const crossed = target !== null && target > end && target < end + textRoom;
    return [
      `<text x="${label - 10}" y="${y + 13}" text-anchor="end">${escape(figure.what)}</text>`,
      `<rect class="${reached(figure) === false ? 'missed' : 'bar'}" x="${label}" y="${y}" width="${Math.max(1, scale(figure.value))}" height="${bar}" rx="2"/>`,
      `<text x="${(crossed ? target : end) + 8}" y="${y + 13}">${escape(valueText(figure))}</text>`,
      ...(target === null
        ? []
        : [`<line class="target" x1="${target}" x2="${target}" y1="${y - 3}" y2="${y + bar + 3}"/>`]),
    ].join('\n');
  });
  return [`<text class="head" x="16" y="${top + 22}">${escape(name)}</text>`, ...bars].join('\n');
}

/** An SVG that stands alone: no script, no font, light and dark. */
export function chart(figures: readonly Figure[]): string {
  const groups = Map.groupBy(
    figures.filter((figure) => figure.chart !== undefined),
    (figure) => figure.chart ?? '',
  );
  let top = 8;
  const drawn = [...groups].map(([name, members]) => {
    const at = top;
    top += groupHead + members.length * step + 10;
    return drawGroup(name, members, at);
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${top}" viewBox="0 0 ${width} ${top}" role="img">
<title>Measured figures; dashed lines are targets</title>
<style>${style}</style>
<rect class="ground" width="${width}" height="${top}"/>
${drawn.join('\n')}
</svg>
`;
}
