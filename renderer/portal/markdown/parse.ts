/**
 * Markdown as a tree of what the pages can draw. Nothing in it is HTML: what an author wrote as HTML is shown as the text
 * it is, so a document can neither run nor restyle anything, whatever it holds.
 */
import { lexer, type MarkedToken, type Token, type Tokens } from 'marked';
import { decodeReferences } from './references.ts';

export type Inline =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'code'; readonly text: string }
  | { readonly kind: 'break' }
  | { readonly kind: 'strong' | 'em' | 'del'; readonly children: readonly Inline[] }
  /** Pictures too: the policy loads nothing from elsewhere, so they are links with their description. */
  | { readonly kind: 'link'; readonly href: string; readonly children: readonly Inline[] };

export interface Item {
  /** Null where the item is no task. */
  readonly checked: boolean | null;
  readonly children: readonly Block[];
}

type Align = 'center' | 'left' | 'right' | null;

export type Block =
  | {
      readonly kind: 'heading';
      readonly depth: number;
      readonly id: string;
      readonly children: readonly Inline[];
    }
  /** `tight`: an item's text that is no paragraph of its own. */
  | { readonly kind: 'paragraph'; readonly tight: boolean; readonly children: readonly Inline[] }
  | { readonly kind: 'code'; readonly language: string; readonly text: string }
  | { readonly kind: 'quote'; readonly children: readonly Block[] }
  | {
      readonly kind: 'list';
      readonly ordered: boolean;
      readonly start: number;
      readonly items: readonly Item[];
    }
  | {
      readonly kind: 'table';
      readonly align: readonly Align[];
      readonly header: readonly (readonly Inline[])[];
      readonly rows: readonly (readonly (readonly Inline[])[])[];
    }
  | { readonly kind: 'rule' };

/** More than any document needs; beyond it a hostile one would only cost time. */
const longest = 500_000;
/** Quotes in quotes, lists in lists: drawn this deep, and no deeper. */
const deepest = 24;

export function parseMarkdown(source: string): Block[] {
  const text = source.slice(0, longest);
  return blocks(lexed(text), new Map(), 0);
}

/** marked descends by recursion, so thousands of quotes in quotes exhaust the stack: such a document is shown as text. */
function lexed(text: string): readonly Token[] {
  try {
    return lexer(text);
  } catch {
    return [{ type: 'code', raw: text, text }];
  }
}

/** marked's own tokens; without extensions there are no others. */
function known(token: Token): MarkedToken | null {
  return isKnown(token) ? token : null;
}

const kinds: ReadonlySet<string> = new Set<MarkedToken['type']>([
  'blockquote',
  'br',
  'code',
  'codespan',
  'def',
  'del',
  'em',
  'escape',
  'heading',
  'hr',
  'html',
  'image',
  'link',
  'list',
  'list_item',
  'paragraph',
  'space',
  'strong',
  'table',
  'text',
]);

function isKnown(token: Token): token is MarkedToken {
  return kinds.has(token.type);
}

function blocks(tokens: readonly Token[], ids: Map<string, number>, depth: number): Block[] {
  if (depth > deepest) return [];
  return tokens.flatMap((token) => block(token, ids, depth));
}

function block(token: Token, ids: Map<string, number>, depth: number): Block[] {
  const found = known(token);
  if (!found) return [];
  switch (found.type) {
    case 'heading':
      return [
        {
          kind: 'heading',
          depth: found.depth,
          id: headingId(found.text, ids),
          children: inlines(found.tokens, depth),
        },
      ];
    case 'paragraph':
      return [{ kind: 'paragraph', tight: false, children: inlines(found.tokens, depth) }];
    case 'text':
      return [{ kind: 'paragraph', tight: true, children: inlines(found.tokens ?? [token], depth) }];
    case 'code':
      return [{ kind: 'code', language: (found.lang ?? '').split(/\s/)[0] ?? '', text: found.text }];
    case 'blockquote':
      return [{ kind: 'quote', children: blocks(found.tokens, ids, depth + 1) }];
    case 'list':
      return [list(found, ids, depth)];
    case 'table':
      return [table(found, depth)];
    case 'hr':
      return [{ kind: 'rule' }];
    case 'html':
      return isComment(found.text)
        ? []
        : [{ kind: 'paragraph', tight: false, children: [{ kind: 'text', text: found.text.trim() }] }];
    default:
      return [];
  }
}

function list(token: Tokens.List, ids: Map<string, number>, depth: number): Block {
  const items = token.items.map((item) => ({
    checked: item.task ? item.checked === true : null,
    children: blocks(item.tokens, ids, depth + 1),
  }));
  return { kind: 'list', ordered: token.ordered, start: token.start === '' ? 1 : token.start, items };
}

function table(token: Tokens.Table, depth: number): Block {
  const cells = (row: readonly Tokens.TableCell[]) => row.map((cell) => inlines(cell.tokens, depth));
  return { kind: 'table', align: token.align, header: cells(token.header), rows: token.rows.map(cells) };
}

function inlines(tokens: readonly Token[], depth: number): Inline[] {
  if (depth > deepest) return [];
  return tokens.flatMap((token) => inline(token, depth));
}

function inline(token: Token, depth: number): Inline[] {
  const found = known(token);
  if (!found) return [];
  switch (found.type) {
    case 'text':
      return found.tokens
        ? inlines(found.tokens, depth + 1)
        : [{ kind: 'text', text: found.escaped ? found.text : decodeReferences(found.text) }];
    case 'escape':
      return [{ kind: 'text', text: found.text }];
    case 'codespan':
      return [{ kind: 'code', text: found.text }];
    case 'br':
      return [{ kind: 'break' }];
    case 'strong':
    case 'em':
    case 'del':
      return [{ kind: found.type, children: inlines(found.tokens, depth + 1) }];
    case 'link':
      return [{ kind: 'link', href: found.href, children: inlines(found.tokens, depth + 1) }];
    case 'image':
      return [
        { kind: 'link', href: found.href, children: [{ kind: 'text', text: found.text || 'Picture' }] },
      ];
    case 'html':
      return isComment(found.text) ? [] : [{ kind: 'text', text: found.text }];
    default:
      return [];
  }
}

function isComment(html: string): boolean {
  return /^\s*<!--/.test(html);
}

/** `doc-` keeps a heading from taking the place of an id that the page uses. */
function headingId(text: string, ids: Map<string, number>): string {
  const words = text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-+|-+$/g, '');
  const seen = ids.get(words) ?? 0;
  ids.set(words, seen + 1);
  return `doc-${words || 'section'}${seen === 0 ? '' : `-${seen}`}`;
}
