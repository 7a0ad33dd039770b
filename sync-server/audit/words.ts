/** Names as the audit's search knows them: lower-case words, so that the beginning of any of them finds the thing. */

/** `Dana.Doe@example.com` → `dana doe example com`. */
export function wordsOf(name: string): string {
  return name
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}

/** A text search query: every word, the beginnings of them. Null where nothing is left to search by. */
export function prefixQuery(search: string): string | null {
  const words = wordsOf(search).split(' ');
  return words[0] === '' ? null : words.map((word) => `'${word}':*`).join(' & ');
}
