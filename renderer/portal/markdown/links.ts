/** Where a link in a document leads. */

export type Target =
  | { readonly kind: 'elsewhere'; readonly href: string }
  /** Another document of the same product, by its slug. */
  | { readonly kind: 'document'; readonly slug: string }
  | { readonly kind: 'heading'; readonly id: string }
  /** Shown as plain text. */
  | { readonly kind: 'none' };

/** Only these leave the portal. `javascript:`, `data:` and the like lead nowhere. */
const safe: ReadonlySet<string> = new Set(['http:', 'https:', 'mailto:']);

export function targetOf(href: string, hasDocument: (slug: string) => boolean): Target {
  if (href.startsWith('#')) return { kind: 'heading', id: `doc-${decoded(href.slice(1)).toLowerCase()}` };
  if (/^[a-z][a-z0-9+.-]*:/i.test(href)) {
    return URL.canParse(href) && safe.has(new URL(href).protocol)
      ? { kind: 'elsewhere', href: new URL(href).href }
      : { kind: 'none' };
  }
  if (href.startsWith('//')) return { kind: 'none' };
  const path = decoded(href.split(/[?#]/)[0] ?? '')
    .replace(/\.md$/, '')
    .replace(/\/+$/, '');
  const slug = path.slice(path.lastIndexOf('/') + 1);
  return hasDocument(slug) ? { kind: 'document', slug } : { kind: 'none' };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
