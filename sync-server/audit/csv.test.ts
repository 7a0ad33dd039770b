import { expect, it } from 'vitest';
import { csvCell } from './csv.ts';

it('what a spreadsheet would calculate is text, however it begins', () => {
  const begins = ['=', '+', '-', '@', '|', '%', '\t=', '\r=', '\n=', ' =', '\u3000=', '＝', '＋', '－', '＠'];
  expect(begins.filter((begin) => !/^"?'/.test(csvCell(`${begin}1+1`)))).toEqual([]);
});

it('a cell keeps its quotes, its line ends and the blanks around it', () => {
  const cells = [null, 'plain', 'a "b"', ' a', 'a\r\nb'];
  expect(cells.map(csvCell)).toEqual(['', 'plain', '"a ""b"""', '" a"', '"a\r\nb"']);
});
