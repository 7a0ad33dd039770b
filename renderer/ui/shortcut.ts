/** How a key is written on the hint, for names that are longer than their sign. */
const signs: Record<string, string> = {
  Escape: 'Esc',
  Enter: '↵',
  ArrowUp: '↑',
  ArrowDown: '↓',
  ArrowLeft: '←',
  ArrowRight: '→',
  Backspace: '⌫',
  ' ': 'Space',
};

/** Splits a shortcut into what each key cap shows: `Ctrl+K` → Ctrl, K; `g q` (one after the other) → g, q. */
export function keyCaps(keys: string): string[] {
  return keys.split(/(?<=.)\+(?=.)|(?<=\S) (?=\S)/).map((key) => signs[key] ?? key);
}

/** The same shortcut as `aria-keyshortcuts` wants it (`Ctrl` is spelt `Control` there). */
export function ariaKeys(keys: string | undefined): string | undefined {
  return keys?.replace(/\bCtrl\b/, 'Control').replace(/\bEsc\b/, 'Escape');
}
