import type { DocumentTree } from '../../../domain/wire/portal-v2.ts';

/** All documents of a tree, in reading order. */
export function flatten(tree: readonly DocumentTree[]): DocumentTree[] {
  return tree.flatMap((document) => [document, ...flatten(document.children)]);
}
