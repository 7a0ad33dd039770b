/** How a secret could lie somewhere: as itself, or encoded in one of the usual ways. */

export interface Canary {
  /** What it is, for the finding. */
  readonly name: string;
  readonly bytes: Buffer;
}

export interface Form {
  readonly canary: Canary;
  readonly encoding: string;
  readonly bytes: Buffer;
}

/** Shorter than this is found by chance. */
const shortest = 12;

export function formsOf(canary: Canary): Form[] {
  const { bytes } = canary;
  const text = bytes.toString('latin1');
  const hex = bytes.toString('hex');
  const spelled: [string, string][] = [
    ['plain', text],
    ['hex', hex],
    ['HEX', hex.toUpperCase()],
    ['URL', encodeURIComponent(text)],
    ['form', new URLSearchParams({ v: text }).toString().slice(2)],
    ['JSON', JSON.stringify(text).slice(1, -1)],
    ...base64Forms(bytes),
  ];
  const distinct = new Map(spelled.reverse().map(([encoding, spelling]) => [spelling, encoding]));
  return [...distinct]
    .filter(([spelling]) => spelling.length >= shortest)
    .map(([spelling, encoding]) => ({ canary, encoding, bytes: Buffer.from(spelling, 'latin1') }));
}

/** Inside of something larger, base64 of the same bytes reads in three ways, by where they begin. */
function base64Forms(bytes: Buffer): [string, string][] {
  return [0, 1, 2].flatMap((before): [string, string][] => {
    const padded = Buffer.concat([Buffer.alloc(before), bytes]);
    // Characters at both ends also depend on what stands beside.
    const skip = before === 0 ? 0 : before + 1;
    const keep = Math.floor((padded.length * 4) / 3);
    const inner = (encoding: 'base64' | 'base64url'): string =>
      padded.toString(encoding).slice(skip, padded.length % 3 === 0 ? keep : keep - 1);
    return [
      [`base64+${before}`, inner('base64')],
      [`base64url+${before}`, inner('base64url')],
    ];
  });
}
