/** The figures as a table, for the terminal and as Markdown. */
import { cpus, totalmem } from 'node:os';
import process from 'node:process';
import { reached, type Figure } from './measure.ts';

export function machine(): string {
  const [cpu] = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  return `${cpus().length} × ${cpu?.model.trim() ?? 'unknown'}, ${memory} GB, Node ${process.versions.node}`;
}

export function valueText({ value, unit }: Pick<Figure, 'value' | 'unit'>): string {
  if (unit === 'rows') return `${value.toLocaleString('en')} rows`;
  const digits = unit === 'ms' ? (value < 10 ? 1 : 0) : value < 10 ? 2 : 1;
  const number = value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return unit === '×' ? `${number}×` : `${number} ${unit}`;
}

function targetText({ target, unit }: Figure): string {
  if (!target) return '';
  return `${target.is === 'most' ? '≤' : '≥'} ${valueText({ value: target.at, unit })}`;
}

function verdict(figure: Figure): string {
  const held = reached(figure);
  return held === null ? '' : held ? 'reached' : 'MISSED';
}

function lines(figures: readonly Figure[]): string[][] {
  return figures.map((figure) => [
    figure.section,
    figure.what,
    valueText(figure),
    targetText(figure),
    verdict(figure),
  ]);
}

const head = ['section', 'what', 'measured', 'target', ''];

export function table(figures: readonly Figure[]): string {
  const all = [head, ...lines(figures)];
  const widths = head.map((_, column) => Math.max(...all.map((line) => line[column]?.length ?? 0)));
  const aligned = (line: readonly string[]): string =>
    line
      .map((cell, column) =>
        column === 2 || column === 3 ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd();
  return all.map(aligned).join('\n');
}

export function markdown(figures: readonly Figure[], at: string): string {
  const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    `# Measured ${at.slice(0, 10)}`,
    '',
    `${machine()}. Ratios are taken side by side in one run; times are for orientation.`,
    '',
    '![chart](latest.svg)',
    '',
    row(head),
    '| --- | --- | ---: | ---: | --- |',
    ...lines(figures).map(row),
    '',
  ].join('\n');
}
