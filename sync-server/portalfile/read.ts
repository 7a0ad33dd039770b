/** Reads a portal file and what it points to. Every mistake is found before anything is changed, and named by its line. */
import { readFile } from 'node:fs/promises';
import { dirname, relative, resolve } from 'node:path';
import { isMap, isNode, isScalar, isSeq, LineCounter, parseDocument, type Document } from 'yaml';
import type { z } from 'zod';
import { GatehouseError, type FieldError } from '../../domain/errors.ts';
import { findMistakes, type Mistake } from './references.ts';
import { portalFileSchema, type PortalFile } from './schema.ts';

/** A file that was read whole: specifications by `product/version`, documents by `product/slug`. */
export interface Loaded {
  readonly file: PortalFile;
  readonly specifications: ReadonlyMap<string, unknown>;
  readonly documents: ReadonlyMap<string, string>;
}

/** Throws `portal_file_invalid` with a field for each mistake: `line 12, portals.0.name`. */
export async function readPortalFile(path: string): Promise<Loaded> {
  const source = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new GatehouseError('portal_file_invalid', {
      fields: [{ field: path, reason: 'cannot be read' }],
      cause,
    });
  });
  const lines = new LineCounter();
  const document = parseDocument(source, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  if (document.errors.length > 0) {
    fail(
      document.errors.map(({ pos, message }) => ({
        field: `line ${lines.linePos(pos[0]).line}`,
        reason: message,
      })),
    );
  }
  const at = (mistake: Mistake): FieldError => ({
    field: [`line ${lineOf(document, lines, mistake.path)}`, mistake.path.join('.')]
      .filter(Boolean)
      .join(', '),
    reason: mistake.reason,
  });
  const content: unknown = document.toJS({ maxAliasCount: 100 });
  const parsed = portalFileSchema.safeParse(content ?? {}, {
    error: ({ input }) => (input === undefined ? 'is missing' : undefined),
  });
  if (!parsed.success) {
    fail(parsed.error.issues.flatMap(mistakesOf).map(at));
  }
  const mistakes = findMistakes(parsed.data);
  const attached = await readAttached(parsed.data, dirname(resolve(path)));
  const all = [...mistakes, ...attached.mistakes];
  if (all.length > 0) fail(all.map(at));
  return { file: parsed.data, specifications: attached.specifications, documents: attached.documents };
}

/** An unknown field is named itself, not only what holds it. */
function mistakesOf(issue: z.core.$ZodIssue): Mistake[] {
  const path = issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part));
  if (issue.code !== 'unrecognized_keys') return [{ path, reason: issue.message }];
  return issue.keys.map((key) => ({ path: [...path, key], reason: 'is no field of a portal file' }));
}

function fail(fields: FieldError[]): never {
  throw new GatehouseError('portal_file_invalid', { fields });
}

/** The line of the deepest part of `path` that is there. */
function lineOf(document: Document, lines: LineCounter, path: Mistake['path']): number {
  let node: unknown = document.contents;
  let line = 1;
  for (const part of path) {
    let next: unknown;
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && key.value === part);
      if (pair && isNode(pair.key) && pair.key.range) line = lines.linePos(pair.key.range[0]).line;
      next = pair?.value;
    } else if (isSeq(node) && typeof part === 'number') {
      next = node.items[part];
      if (isNode(next) && next.range) line = lines.linePos(next.range[0]).line;
    }
    if (next === undefined) break;
    node = next;
  }
  return line;
}

interface Attached {
  readonly specifications: Map<string, unknown>;
  readonly documents: Map<string, string>;
  readonly mistakes: Mistake[];
}

async function readAttached(file: PortalFile, folder: string): Promise<Attached> {
  const attached: Attached = { specifications: new Map(), documents: new Map(), mistakes: [] };
  for (const [index, product] of file.products.entries()) {
    for (const [place, { name, specification }] of product.versions.entries()) {
      if (specification === undefined) continue;
      const path = ['products', index, 'versions', place, 'specification'];
      const text = await readBeside(folder, specification, path, attached.mistakes);
      if (text === null) continue;
      const parsed = parseSpecification(text);
      if (parsed === null)
        attached.mistakes.push({ path, reason: `${specification} is not an OpenAPI document` });
      else attached.specifications.set(`${product.slug}/${name}`, parsed);
    }
    for (const [place, { slug, file: name, content }] of product.documents.entries()) {
      const path = ['products', index, 'documents', place, 'file'];
      const text =
        name === undefined ? (content ?? '') : await readBeside(folder, name, path, attached.mistakes);
      if (text !== null) attached.documents.set(`${product.slug}/${slug}`, text);
    }
  }
  return attached;
}

/** Files are taken from the portal file's own folder and below only. */
async function readBeside(
  folder: string,
  name: string,
  path: Mistake['path'],
  mistakes: Mistake[],
): Promise<string | null> {
  const full = resolve(folder, name);
  if (relative(folder, full).startsWith('..')) {
    mistakes.push({ path, reason: `${name} lies outside the portal file's folder` });
    return null;
  }
  return readFile(full, 'utf8').catch(() => {
    mistakes.push({ path, reason: `${name} cannot be read` });
    return null;
  });
}

/** JSON is YAML too. Null where it is neither, or no OpenAPI document. */
function parseSpecification(text: string): Record<string, unknown> | null {
  const document = parseDocument(text, { prettyErrors: false });
  if (document.errors.length > 0) return null;
  const content: unknown = document.toJS({ maxAliasCount: 1_000 });
  if (typeof content !== 'object' || content === null || !('openapi' in content || 'swagger' in content))
    return null;
  return { ...content };
}
