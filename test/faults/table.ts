/** The table of what was tried and found. */
import type { Check, Tally } from './check.ts';

export interface Tried {
  readonly check: Pick<Check, 'name' | 'property' | 'unit'>;
  readonly tally: Tally;
  readonly seconds: number;
}

/** After N clean runs the true rate is at most 3/N, at 95 % ("rule of three"). */
export function bound({ cases, lost, doubled, unauthorised }: Tally): string {
  if (lost + doubled + unauthorised > 0 || cases === 0) return 'none';
  const rate = Math.min(1, 3 / cases);
  return rate >= 0.001 ? `${(rate * 100).toFixed(2)} %` : rate.toExponential(1);
}

export function passed({ cases, lost, doubled, unauthorised }: Tally): boolean {
  return cases > 0 && lost + doubled + unauthorised === 0;
}

const thousands = (value: number): string => value.toLocaleString('en-US');

/** A table's lines in Markdown: its head, the dashes below it and what follows. */
export function rows(lines: readonly (readonly string[])[]): string {
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** As README keeps it. */
export function markdown(tried: readonly Tried[]): string {
  const head = ['check', 'what always holds', 'tried', 'lost', 'doubled', 'unauthorised', 'true rate (95 %)'];
  const lines = tried.map(({ check, tally }) => [
    `\`${check.name}\``,
    check.property,
    `${thousands(tally.cases)} ${check.unit}`,
    String(tally.lost),
    String(tally.doubled),
    String(tally.unauthorised),
    passed(tally) ? `≤ ${bound(tally)}` : '**broken**',
  ]);
  return rows([head, head.map(() => '---'), ...lines]);
}
