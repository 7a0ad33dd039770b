/** Character references (`&amp;`, `&#x2013;`) in text, which Markdown leaves to HTML and this tree has none. */

const named: Readonly<Record<string, string>> = {
  amp: '&',
  apos: "'",
  copy: '©',
  gt: '>',
  hellip: '…',
  lt: '<',
  mdash: '—',
  nbsp: '\u00a0',
  ndash: '–',
  quot: '"',
  rarr: '→',
  times: '×',
};

/** Unknown ones stay as they are written. */
export function decodeReferences(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|(\w+));/g, (whole, decimal, hex, name) => {
    if (typeof name === 'string') return named[name] ?? whole;
    const code = typeof decimal === 'string' ? Number(decimal) : parseInt(String(hex), 16);
    const sound = code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
    return sound ? String.fromCodePoint(code) : '\ufffd';
  });
}
