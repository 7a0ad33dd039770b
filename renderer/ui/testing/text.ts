import { createRawSnippet } from 'svelte';
import type { Snippet } from 'svelte';

/** Children that are a text. */
export function text(words: string): Snippet {
  return createRawSnippet(() => ({ render: () => `<span>${words}</span>` }));
}
